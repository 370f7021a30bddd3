"""Counts, and tells who is logged in."""

import streamlit as st

st.session_state.setdefault("count", 0)
if st.button("Add"):
    st.session_state.count += 1
files = st.file_uploader("Files", accept_multiple_files=True)
st.markdown(f"count={st.session_state.count} files={len(files)} user={st.user.to_dict().get('name')}")
