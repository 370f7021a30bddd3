"""Elements that come with the core, in the pack of tables, and singly."""

import streamlit as st

st.title("Elements")
st.button("With icon", icon=":material/home:")
st.dataframe({"number": [1, 2], "word": ["one", "two"]})
st.table({"number": [3, 4]})
size = st.slider("Size", 0, 10)
st.markdown(f"size: {size}")
st.latex("x^2")
st.code("print('code')")
