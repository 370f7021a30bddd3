import time

import streamlit as st

kept = st.session_state
kept["runs"] = kept.get("runs", 0) + 1


@st.cache_data
def cached():
    return 1


if st.button("Long"):
    place = st.empty()
    for _ in range(100):
        place.text("at work")
        time.sleep(0.1)
st.text(f"runs: {kept['runs']} {cached()}")
