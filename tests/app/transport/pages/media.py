import random

import streamlit as st


def noise(size, seed):
    return random.Random(seed).randbytes(size)  # noqa: S311 - repeatable


st.download_button("Large", noise(7_000_000, 1), "größe.bin")
st.download_button("Small", noise(1000, 2), "small.bin")
st.audio(noise(5000, 3), format="audio/wav")
