import io

import streamlit as st
from PIL import Image

kept = st.session_state
kept.setdefault("log", [])
picture = st.camera_input("Camera", key="camera", on_change=lambda: kept.log.append(kept.camera is not None))
if picture:
    # The fake camera shows a clock: only what is the same each time is told.
    st.text(f"picture: {picture.type} {Image.open(io.BytesIO(picture.getvalue())).format}")
sound = st.audio_input("Microphone", key="microphone")
if sound:
    st.text(f"sound: {sound.type} {sound.getvalue()[:4]}")
st.button("Again")
st.text(f"log: {kept.log}")
