import time

import streamlit as st

kept = st.session_state


@st.fragment(parallel=True)
def part(name, pause_s):
    time.sleep(pause_s)
    kept[name] = kept.get(name, 0) + 1
    st.button(f"Run {name}")
    st.text(f"{name}: {kept[name]}")


left, right = st.columns(2)
with left:
    part("left", 0.2)
with right:
    part("right", 0.1)
with st.sidebar:
    part("side", 0.05)
st.button("All")
