"""The smallest page with state: a counter, a callback, and a run that takes as long as it is told."""

import time
from pathlib import Path

import streamlit as st

kept = st.session_state


def call():
    kept.calls = kept.get("calls", 0) + 1


if st.button("Add"):
    kept.count = kept.get("count", 0) + 1
st.button("Call", on_click=call)
if st.button("Slow"):
    for step in range(40):
        time.sleep(0.1)
        st.write(f"step {step}")
    kept.slow = kept.get("slow", 0) + 1
if st.button("Asleep"):
    time.sleep(60)
if st.button("Large"):
    for number in range(3):
        st.html(f"<i>{number}" + "large " * 400_000)
if st.button("Private"):
    raise ValueError("text of a report")
st.write(f"count={kept.get('count', 0)} calls={kept.get('calls', 0)} slow={kept.get('slow', 0)}")
st.write(f"user={st.user.get('email')}")
if marks := st.query_params.get("marks"):
    with Path(marks).open("a") as file:
        file.write("run\n")
