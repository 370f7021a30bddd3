import streamlit as st

st.header("Part")
st.button("On the part")
st.text(f"parts: {st.session_state.setdefault('parts', 0)}")
st.session_state.parts += 1
