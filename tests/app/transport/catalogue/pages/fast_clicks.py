import streamlit as st

kept = st.session_state
if st.button("Add"):
    kept.count = kept.get("count", 0) + 1
st.text(f"count: {kept.get('count', 0)}")
