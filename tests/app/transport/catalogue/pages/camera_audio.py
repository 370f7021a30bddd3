import io

import streamlit as st
from PIL import Image

kept = st.session_state
kept.setdefault("log", [])


def hear(key, *, mark):
    kept.log.append((key, kept[key] is not None, mark))


picture = st.camera_input("Camera", key="camera", on_change=hear, args=("camera",), kwargs={"mark": 1})
if picture:
    # The fake camera shows a clock: only what is the same each time is told.
    st.text(f"picture: {picture.type} {Image.open(io.BytesIO(picture.getvalue())).format}")
sound = st.audio_input("Sound", key="sound", on_change=hear, args=("sound",), kwargs={"mark": 2})
if sound:
    st.text(f"sound: {sound.type} {sound.getvalue()[:4]}")
st.button("Again")
st.text(f"log: {kept.log}")
