from datetime import date, datetime, time

import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
day = st.date_input("Day", date(2024, 1, 10), format="DD.MM.YYYY")
span = st.date_input("Span", (date(2024, 1, 10), date(2024, 1, 20)))
none = st.date_input("None", None, min_value=date(2024, 1, 1), max_value=date(2024, 12, 31))
hour = st.time_input("Hour", time(9, 15))
moment = st.datetime_input("Moment", datetime(2024, 1, 2, 3, 45))
st.date_input("Called", date(2024, 1, 1), key="called", on_change=lambda: kept.heard.append(kept.called))
st.text(f"{day} {span} {none} {hour} {moment}")
st.text({key: kept[key] for key in sorted(kept)})
