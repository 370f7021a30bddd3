import streamlit as st

st.markdown("[A file](app/static/note.txt)")
st.html("<iframe src='app/static/note.txt' title='note'></iframe>")
st.button("Again")
