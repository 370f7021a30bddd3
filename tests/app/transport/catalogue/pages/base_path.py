import streamlit as st

kept = st.session_state
if st.button("Count"):
    kept.count = kept.get("count", 0) + 1
st.image("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>")
st.download_button("Down", f"count {kept.get('count', 0)}", "count.txt")
file = st.file_uploader("File")
st.text(f"count: {kept.get('count', 0)} {file.getvalue() if file else None}")
