"""A box that the page itself may untick, and that counts how often somebody ticks it."""

import streamlit as st

st.session_state.setdefault("ticks", 0)


def count() -> None:
    st.session_state.ticks += 1


def untick() -> None:
    st.session_state.box = False


box = st.checkbox("Box", key="box", on_change=count)
st.button("Untick", on_click=untick)
st.write(f"box={box} ticks={st.session_state.ticks}")
