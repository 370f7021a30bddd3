"""A slow page with two numbers: a callback hears of each value of the one, and of the other nobody does."""

import time

import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])

st.number_input("Heard", 0, 99, key="number", on_change=lambda: kept.heard.append(kept.number))
st.number_input("Unheard", 0, 99, key="other")
kept.runs = kept.get("runs", 0) + 1
time.sleep(0.8)
st.write(f"heard={kept.heard} other={kept.other} runs={kept.runs}")
