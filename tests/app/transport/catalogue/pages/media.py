import io
import math
import struct
import wave

import numpy as np
import streamlit as st
from PIL import Image

kept = st.session_state
kept.setdefault("shade", 40)


def tone(frequency):
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        samples = (int(9000 * math.sin(2 * math.pi * frequency * n / 8000)) for n in range(4000))
        sound.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
    return file.getvalue()


if st.button("Change"):
    kept.shade += 60
st.image(np.full((20, 30, 3), kept.shade, dtype=np.uint8), caption=f"shade {kept.shade}")
st.image([Image.new("RGB", (9, 9), "red"), Image.new("RGB", (8, 8), "blue")], width=40, caption=["a", "b"])
st.image("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>")
st.audio(tone(440 + kept.shade), start_time=0)
st.audio(np.zeros(800), sample_rate=8000, loop=True)
subtitle = "WEBVTT\n\n00:00.000 --> 00:01.000\nHello\n"
st.video(b"no real film " * 40, subtitles={"English": subtitle, "Deutsch": subtitle}, muted=True)
st.logo(Image.new("RGB", (40, 12), "green"), size="large", link="https://example.com")
st.sidebar.text("the logo is above")
st.html("<p class='own'>Own <b>HTML</b></p>")
st.iframe("<p>In a frame</p>", height=60)
st.markdown("A [link](https://example.com) :material/home: :red[red] $x^2$")
st.latex(r"\sum_{i=0}^n i")
st.json({"a": [1, {"b": None}]}, expanded=2)
st.code("print('code')", line_numbers=True)
st.link_button("Link", "https://example.com/link")
st.badge("Badge", icon=":material/check:", color="green")
st.mermaid_chart("graph TD; A-->B;")
st.graphviz_chart("digraph { a -> b }")
st.text(f"shade: {kept.shade}")
