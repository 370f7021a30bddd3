import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("log", [])
frame = pd.DataFrame({"name": list("abcde"), "count": range(5), "go": ["x"] * 5})
rows = st.dataframe(frame, on_select="rerun", selection_mode="multi-row", key="rows", width=500)
cells = st.dataframe(
    frame,
    on_select=lambda: kept.log.append(dict(kept.cells.selection)),
    selection_mode=["single-row", "single-cell", "multi-column"],
    key="cells",
    width=500,
)
chosen = st.dataframe(
    frame,
    on_select="rerun",
    selection_mode="single-row",
    selection_default={"selection": {"rows": [1]}},
    key="chosen",
    width=500,
)
st.text(f"rows: {rows.selection.rows}")
st.text(f"cells: {cells.selection}")
st.text(f"chosen: {chosen.selection.rows}")
st.text(f"log: {kept.log}")
