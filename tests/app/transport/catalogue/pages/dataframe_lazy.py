import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("runs", 0)
if st.button("Run"):
    kept.runs += 1
frame = pd.DataFrame({"number": range(5000), "square": [number * number for number in range(5000)]})
st.dataframe(frame, lazy=True, height=300, key="lazy")
st.text(f"runs: {kept.runs}")
