import pandas as pd
import streamlit as st

kept = st.session_state
st.title("Title", anchor="title")
st.header("Header", divider="blue")
st.subheader("Subheader", help="Helpful")
st.caption("A caption")
st.write("Written", {"a": 1}, pd.DataFrame({"b": [1, 2]}), unsafe_allow_html=False)
st.table(pd.DataFrame({"c": [1.5, 2.5]}), border="horizontal")
st.write(iter(["streamed ", "words"]))
st.button("Again")
st.text_input("Line", key="line")
st.metric("Metric", 1234.5, "-2", format="compact", help="More")
st.text(f"line: {kept.line}")
