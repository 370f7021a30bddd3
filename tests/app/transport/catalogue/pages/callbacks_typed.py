from datetime import date, datetime, time

import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def hear(key, *, mark):
    kept.log.append((key, str(kept[key]), mark))


st.text_input("Line", key="line", on_change=hear, args=("line",), kwargs={"mark": 1})
st.text_area("Area", key="area", on_change=hear, args=("area",), kwargs={"mark": 2})
st.number_input("Number", key="number", on_change=hear, args=("number",), kwargs={"mark": 3})
st.slider("Slider", key="slider", on_change=hear, args=("slider",), kwargs={"mark": 4})
st.select_slider("Letter", "abc", key="letter", on_change=hear, args=("letter",), kwargs={"mark": 5})
day, moment = date(2024, 5, 6), datetime(2024, 5, 6, 7, 30)
st.date_input("Day", day, key="day", on_change=hear, args=("day",), kwargs={"mark": 6})
st.time_input("Hour", time(9), key="hour", on_change=hear, args=("hour",), kwargs={"mark": 7})
st.datetime_input("Moment", moment, key="moment", on_change=hear, args=("moment",), kwargs={"mark": 8})
st.button("Again")
st.text(f"log: {kept.log}")
