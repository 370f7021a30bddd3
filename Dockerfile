# The page, as Lambda runs it: on port 8501 of its own loopback, where the adapter asks it.
# Nothing here needs BuildKit: the classic builder writes the one plain manifest that Lambda accepts.
FROM public.ecr.aws/lambda/python:3.13

# Lambda starts the adapter as an extension: it turns events into requests to the page, and answers into responses.
COPY --from=public.ecr.aws/awsguru/aws-lambda-adapter:1.1.0 /lambda-adapter /opt/extensions/lambda-adapter

WORKDIR /var/task

# A layer of its own: a change of the page alone leaves the dependencies where they are. Bytecode is made here because
# Lambda's file system is read-only, and without it every cold start would compile everything anew.
COPY requirements/app.txt requirements/app.txt
RUN python -m pip install --require-hashes --no-cache-dir --compile --disable-pip-version-check \
    --requirement requirements/app.txt

COPY app/ app/
# The second command makes what a browser loads, in packs and compressed, and checks that the transport knows
# this Streamlit.
RUN python -m compileall -q app \
    && python -m app.transport.assets.build app/transport/assets/built

# The adapter sends no event before this path has answered. Its own default would take 404 for an answer.
ENV AWS_LWA_PORT=8501
ENV AWS_LWA_READINESS_CHECK_PATH=/_stcore/health
ENV AWS_LWA_READINESS_CHECK_HEALTHY_STATUS=200-399
# An HTTP API passes whole answers only.
ENV AWS_LWA_INVOKE_MODE=buffered
# A line that waits in a buffer while the instance is frozen reaches the log with the next request, or never.
ENV PYTHONUNBUFFERED=1

# The base image's own entry point expects the name of a handler.
ENTRYPOINT []
CMD ["python", "-m", "app"]
