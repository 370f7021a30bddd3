import streamlit as st

st.title("before")
raise ValueError("what the page was told must not get out")
