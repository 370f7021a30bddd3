"""One of each kind of widget, whatever a browser says of them."""

import datetime

import pandas as pd
import streamlit as st

st.session_state.setdefault("count", 0)


def add() -> None:
    st.session_state.count += 1


st.button("Add", on_click=add)
st.text_input("Text", key="text", on_change=add)
st.text_area("Area")
st.number_input("Number", key="number", on_change=add)
st.slider("Range", 0, 10, (2, 3))
st.select_slider("Step", ["a", "b", "c"])
st.selectbox("One", ["a", "b", "c"], key="one")
st.multiselect("Some", ["a", "b", "c"])
st.radio("Radio", ["a", "b"])
st.pills("Pills", ["a", "b"], selection_mode="multi")
st.segmented_control("Segments", ["a", "b"])
st.feedback("stars")
st.checkbox("Check")
st.toggle("Toggle")
st.color_picker("Colour")
st.date_input("Date", datetime.date(2026, 1, 1))
st.time_input("Time", datetime.time(12))
st.file_uploader("Files", accept_multiple_files=True)
st.camera_input("Camera")
st.audio_input("Audio")
st.chat_input("Chat")
st.data_editor(pd.DataFrame({"a": [1, 2]}), num_rows="dynamic")
st.dataframe(pd.DataFrame({"a": [1, 2]}), on_select="rerun")
st.download_button("Download", b"content")


@st.fragment
def part() -> None:
    st.button("Part", on_click=add)


part()
st.markdown(f"count={st.session_state.count}")
