from datetime import date, datetime, time

import streamlit as st

kept = st.session_state


def widgets():
    st.checkbox("Check", key="check", persist_state="session")
    st.toggle("Toggle", key="toggle", persist_state="page")
    st.text_input("Line", key="line", persist_state="session")
    st.text_area("Area", key="area", persist_state="page")
    st.number_input("Number", key="number", persist_state="session")
    st.slider("Slider", key="slider", persist_state="session")
    st.select_slider("Letter", "abc", key="letter", persist_state="page")
    st.selectbox("Box", ["a", "b"], key="box", persist_state="session")
    st.radio("Radio", ["a", "b"], key="radio", persist_state="page")
    st.multiselect("Many", ["m", "n"], key="many", persist_state="session")
    st.pills("Pills", ["p", "q"], key="pill", persist_state="session")
    st.segmented_control("Part", ["r", "s"], key="part", persist_state="page")
    st.feedback("stars", key="stars", persist_state="session")
    st.pagination(9, key="page", persist_state="session")
    st.color_picker("Colour", key="colour", persist_state="session")
    st.date_input("Day", date(2024, 5, 6), key="day", persist_state="session")
    st.time_input("Hour", time(9), key="hour", persist_state="page")
    st.datetime_input("Moment", datetime(2024, 5, 6, 7, 30), key="moment", persist_state="session")


def first():
    if not st.checkbox("Hide"):
        widgets()
    st.text({key: str(kept[key]) for key in sorted(kept)})


def second():
    st.button("Nothing")
    st.text({key: str(kept[key]) for key in sorted(kept)})


st.navigation([st.Page(first, title="First"), st.Page(second, title="Second", url_path="second")]).run()
