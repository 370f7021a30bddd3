import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def hear(key, *, mark):
    kept.log.append((key, str(kept.get(key)), mark))


st.checkbox("Check", key="check", on_change=hear, args=("check",), kwargs={"mark": 1})
st.toggle("Toggle", key="toggle", on_change=hear, args=("toggle",), kwargs={"mark": 2})
st.multiselect("Many", ["m", "n"], key="many", on_change=hear, args=("many",), kwargs={"mark": 3})
st.pills("Pills", ["p", "q"], key="pill", on_change=hear, args=("pill",), kwargs={"mark": 4})
st.segmented_control("Part", ["r", "s"], key="part", on_change=hear, args=("part",), kwargs={"mark": 5})
st.feedback("thumbs", key="thumb", on_change=hear, args=("thumb",), kwargs={"mark": 6})
st.pagination(9, key="page", on_change=hear, args=("page",), kwargs={"mark": 7})
st.menu_button("Menu", ["u", "v"], key="menu", on_click=hear, args=("menu",), kwargs={"mark": 8})
st.color_picker("Colour", key="colour", on_change=hear, args=("colour",), kwargs={"mark": 9})
with st.form("form"):
    st.text_input("In form", key="formed")
    st.form_submit_button("Send", on_click=hear, args=("formed",), kwargs={"mark": 10})
st.download_button("Down", "x", "x.txt", on_click=hear, args=("down",), kwargs={"mark": 11})
st.link_button("Link", "about:blank", on_click=hear, args=("link",), kwargs={"mark": 12})
st.file_uploader("File", key="file", on_change=hear, args=("named",), kwargs={"mark": 13})
frame = pd.DataFrame({"a": [1, 2]})
st.data_editor(frame, key="edited", on_change=hear, args=("edited",), kwargs={"mark": 14}, width=300)
st.chat_input("Chat", key="said", on_submit=hear, args=("said",), kwargs={"mark": 15})
one, two = st.tabs(["One", "Two"], key="tab", on_change=hear, args=("tab",), kwargs={"mark": 16})
st.expander("Expander", key="open", on_change=hear, args=("open",), kwargs={"mark": 17})
st.popover("Popover", key="over", on_change=hear, args=("over",), kwargs={"mark": 18})
st.text(f"log: {kept.log}")
