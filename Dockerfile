# The page, as Lambda runs it: on port 8501 of its own loopback, where the adapter asks it.
# Nothing here needs BuildKit: the classic builder writes the one plain manifest that Lambda accepts.
FROM public.ecr.aws/lambda/python:3.13

# Lambda starts the adapter as an extension: it turns events into requests to the page, and answers into responses.
COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0 /lambda-adapter /opt/extensions/lambda-adapter

WORKDIR /var/task

# From here on each layer changes less often than the next, so that a change of the page sends little. Packages lie
# apart from the base's own: nothing of pip is among them, and what no page can use is gone before the layer is made.
COPY requirements/ requirements/
RUN python -m pip install --require-hashes --no-cache-dir --no-compile --disable-pip-version-check \
    --requirement requirements/app.txt --target site-packages \
    && python requirements/lean.py site-packages
ENV PYTHONPATH=/var/task/site-packages

# What a browser loads, in packs and compressed; and a check that the transport knows this Streamlit.
COPY app/transport/ app/transport/
RUN PYTHONDONTWRITEBYTECODE=1 \
    python -m app.transport.assets.build app/transport/assets/built

# Bytecode is made here because Lambda's file system is read-only: every cold start would compile everything anew.
COPY app/ app/
RUN python -m compileall -q app

# The adapter sends no event before this path has answered. Its own default would take 404 for an answer.
ENV AWS_LWA_PORT=8501
ENV AWS_LWA_READINESS_CHECK_PATH=/_stcore/health
ENV AWS_LWA_READINESS_CHECK_HEALTHY_STATUS=200-399
# An HTTP API passes whole answers only.
ENV AWS_LWA_INVOKE_MODE=buffered
# Asked only of a version that starts from a snapshot: app/snapstart.py.
ENV AWS_LWA_SNAPSTART_BEFORE_CHECKPOINT_PATH=/snapstart/before-checkpoint
ENV AWS_LWA_SNAPSTART_AFTER_RESTORE_PATH=/snapstart/after-restore
# A line that waits in a buffer while the instance is frozen reaches the log with the next request, or never.
ENV PYTHONUNBUFFERED=1

# Nobody's: the page writes to /tmp alone, and Lambda runs it as a user of its own anyway.
USER 1000:1000

# The base image's own entry point expects the name of a handler.
ENTRYPOINT []
CMD ["python", "-m", "app"]
