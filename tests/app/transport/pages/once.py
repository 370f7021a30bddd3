"""Does things to the outside world: appends to the file in ONCE_FILE, which several instances share."""

import os
import secrets
import time
from pathlib import Path

import streamlit as st

from app.transport import forget_session, idempotency_key

OUTSIDE = Path(os.environ["ONCE_FILE"])


def happen(what: str, key: str) -> None:
    with OUTSIDE.open("a") as file:
        file.write(f"{what} {key}\n")


def on_call() -> None:
    happen("callback", idempotency_key())


happen("body", idempotency_key("body"))
st.session_state.setdefault("count", 0)
st.session_state.setdefault("token", secrets.token_hex())

if st.button("Order"):
    happen("order", idempotency_key())
    st.session_state.count += 1

if st.button("Slow order"):
    happen("slow", idempotency_key())
    for step in range(15):
        time.sleep(0.1)
        st.markdown(f"step {step}")

if st.button("Again"):
    happen("before-rerun", idempotency_key())
    st.rerun()

st.button("Call", on_click=on_call)


@st.fragment
def part() -> None:
    if st.button("Part"):
        happen("fragment", idempotency_key())


part()

secret = st.text_input("Secret", key="secret")
if st.button("Show"):
    # No two sessions make the same file: the one that both made would stay when one is forgotten.
    st.download_button("File", data=f"{st.session_state.token} {secret}", file_name="a.txt")
files = st.file_uploader("Files", accept_multiple_files=True)
st.button("Forget", on_click=forget_session)
if st.button("Forget slowly"):
    for step in range(12):
        time.sleep(0.1)
        st.markdown(f"step {step}")
    forget_session()

st.markdown(f"count={st.session_state.count} secret={secret} files={len(files)}")
