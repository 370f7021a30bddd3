from datetime import date, datetime, time

import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
whole = st.slider("Whole", 0, 10, 5)
ends = st.slider("Ends", 0.0, 1.0, (0.25, 0.75), step=0.05)
day = st.slider("Day", date(2024, 1, 1), date(2024, 1, 31), date(2024, 1, 10))
hour = st.slider("Hour", time(8), time(18), time(9))
moment = st.slider("Moment", datetime(2024, 1, 1), datetime(2024, 1, 3), datetime(2024, 1, 2))
size = st.select_slider("Size", ["s", "m", "l", "xl"], value="m")
sizes = st.select_slider("Sizes", ["s", "m", "l", "xl"], value=("s", "l"))
st.slider("Called", 0, 10, key="called", on_change=lambda: kept.heard.append(kept.called))
st.text(f"{whole} {ends} {day} {hour} {moment} {size} {sizes}")
st.text({key: kept[key] for key in sorted(kept)})
