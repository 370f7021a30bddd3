"""A counter, something slow, and what both left behind in the session."""

import time

import streamlit as st

state = st.session_state
state.setdefault("count", 0)
state.setdefault("attempts", 0)

if st.button("Add one"):
    state.count += 1
if st.checkbox("Slow"):
    state.attempts += 1
    for _ in range(30):
        time.sleep(0.1)
        st.empty()
st.write(f"count: {state.count}")
st.write(f"attempts: {state.attempts}")
