"""Files too large for one request, of every kind that `?show=` names."""

import hashlib
import io
import random
import wave

import streamlit as st

LARGE = 20_000_000


@st.cache_data
def noise(size, seed):
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable


@st.cache_data
def sound():
    """110 s of noise, in an uncompressed format that every browser plays."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(noise(LARGE, 3))
    return file.getvalue()


@st.cache_data
def picture():
    """A PNG of 8 MB, since noise does not compress."""
    from PIL import Image

    file = io.BytesIO()
    Image.frombytes("RGB", (1400, 2000), noise(1400 * 2000 * 3, 4)).save(file, "PNG")
    return file.getvalue()


def told(name, data):
    st.write(f"{name}: {len(data)} {hashlib.sha256(data).hexdigest()[:16]}")


show = st.query_params.get("show", "uploads")
st.session_state.clicks = st.session_state.get("clicks", 0) + st.button("Click")
st.write(f"clicks: {st.session_state.clicks}")

if show == "uploads":
    for file in st.file_uploader("Several", accept_multiple_files=True):
        told(file.name, file.getvalue())
    one = st.file_uploader("One")
    if one:
        told(f"one {one.name}", one.getvalue())
    for file in st.file_uploader("Folder", accept_multiple_files="directory"):
        told(file.name, file.getvalue())
    said = st.chat_input("Say", accept_file=True)
    if said:
        for file in said.files:
            told(f"said {file.name}", file.getvalue())
if show == "downloads":
    st.download_button("Download", noise(LARGE, 1), "größe 1.bin", on_click="ignore")
    st.download_button("Deferred", lambda: noise(LARGE, 2), "later.bin")
    st.download_button("Small", b"small", "small.txt")
if show == "sound":
    st.audio(sound())
if show == "picture":
    st.image(picture(), output_format="PNG")
if show == "static":
    st.markdown("[Data](app/static/data.bin) [Text](app/static/text.txt)")
    st.markdown('<a href="app/static/data.bin" download>Save</a>', unsafe_allow_html=True)
    st.components.v1.iframe("/app/static/text.txt")
