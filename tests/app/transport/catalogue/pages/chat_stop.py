import time

import streamlit as st

kept = st.session_state
said = st.chat_input("Ask", submit_mode="stop")
if said:
    place = st.empty()
    for _ in range(60 if said == "stop me" else 2):
        place.text("words come")
        time.sleep(0.1)
    place.text("all words")
    kept.finished = kept.get("finished", 0) + 1
    st.text(f"said: {said}, finished: {kept.finished}")
