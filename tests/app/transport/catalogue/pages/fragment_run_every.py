import streamlit as st

kept = st.session_state
kept.setdefault("ticks", 0)
LAST = 4


@st.fragment(run_every=0.3 if kept.ticks < LAST and kept.get("on") else None)
def clock():
    kept.ticks += 1
    st.text(f"tick {kept.ticks}")
    if kept.ticks >= LAST and kept.on:
        kept.on = False
        st.rerun()


if st.button("Start"):
    kept.on = True
    kept.ticks = 0
    st.rerun()
if kept.get("on"):
    clock()
st.text(f"ticks: {min(kept.ticks, LAST)}, on: {kept.get('on')}")
