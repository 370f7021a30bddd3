import time

import streamlit as st

kept = st.session_state
place = st.empty()
with st.container():
    late = st.container()
holder = st.empty()
if st.button("Long"):
    for number in range(15):
        place.text(f"number {number}")
        time.sleep(0.2)
    holder.container().text("in the holder")
    late.text("added later")
if st.button("Clear"):
    holder.text("soon gone")
    holder.empty()
    place.markdown("**cleared**")
if st.button("Skeleton"):
    place.skeleton(40).text("after the skeleton")
    with holder.skeleton(height=30):
        time.sleep(0.7)
st.text("end")
