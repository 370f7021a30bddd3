from datetime import date, datetime, time

import streamlit as st

kept = st.session_state
st.number_input("Number", value=1, key="number", bind="query-params")
st.radio("Radio", ["a", "b"], key="radio", bind="query-params")
st.multiselect("Many", ["m", "n"], key="many", bind="query-params")
st.segmented_control("Part", ["r", "s"], key="part", bind="query-params")
st.select_slider("Letter", "abc", key="letter", bind="query-params")
st.date_input("Day", date(2024, 5, 6), key="day", bind="query-params")
st.time_input("Hour", time(9), key="hour", bind="query-params")
st.datetime_input("Moment", datetime(2024, 5, 6, 7, 30), key="moment", bind="query-params")
st.text_area("Area", key="area", bind="query-params")
st.toggle("Toggle", key="toggle", bind="query-params")
st.feedback("stars", key="stars", bind="query-params")
st.pagination(9, key="page", bind="query-params")
st.color_picker("Colour", "#000000", key="colour", bind="query-params")
st.tabs(["One", "Two"], key="tab", on_change="rerun", bind="query-params")
st.expander("Expander", key="open", on_change="rerun", bind="query-params")
st.button("Again")
st.text({key: str(kept[key]) for key in sorted(kept)})
