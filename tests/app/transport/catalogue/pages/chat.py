import time

import streamlit as st

kept = st.session_state
kept.setdefault("messages", [])


def answer(question):
    for word in f"You said: {question} indeed".split():
        yield word + " "
        time.sleep(0.05)


for role, text in kept.messages:
    with st.chat_message(role, avatar="🧑" if role == "user" else None):
        st.markdown(text)
if question := st.chat_input("Say something", key="question", max_chars=40):
    with st.chat_message("user", avatar="🧑"):
        st.markdown(question)
    with st.chat_message("assistant"):
        said = st.write_stream(answer(question), cursor="▌")
    kept.messages += [("user", question), ("assistant", said)]
st.text(f"messages: {len(kept.messages)}")
