import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])


def hear(what, *, mark):
    kept.heard.append((what, kept[what], mark))


LETTERS = ["a", "b", "c"]
radio = st.radio("Radio", LETTERS, format_func=str.upper, captions=["one", "two", "three"], horizontal=True)
empty = st.radio("Empty radio", LETTERS, index=None)
st.radio("Called radio", LETTERS, key="radio", on_change=hear, args=("radio",), kwargs={"mark": 1})
box = st.selectbox("Box", LETTERS, format_func=str.upper)
new = st.selectbox("New", LETTERS, index=None, accept_new_options=True, placeholder="Type")
st.selectbox("Called box", LETTERS, key="box", on_change=hear, args=("box",), kwargs={"mark": 2})
st.text(f"{radio} {empty} {box} {new} {kept.heard}")
st.text({key: kept[key] for key in sorted(kept)})
