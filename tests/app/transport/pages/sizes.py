"""Tells of files without reading them, and reads them when asked to."""

import streamlit as st

files = st.file_uploader("Files", accept_multiple_files=True)
st.write(f"told: {[(file.name, file.size) for file in files]}")
if st.button("Read"):
    st.write(f"read: {[len(file.getvalue()) for file in files]}")
