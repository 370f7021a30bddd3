import streamlit as st

kept = st.session_state
kept.setdefault("runs", 0)
kept.runs += 1
live = st.text_input("Live", live=True, key="live")
mail = st.text_input("Mail", type="email", validate=r".+@.+", required=True)
search = st.text_input("Search", type="search", live="100ms", key="search")
st.text(f"{live} {mail} {search}")
