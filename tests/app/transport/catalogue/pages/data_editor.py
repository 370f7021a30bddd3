import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("log", [])
frame = pd.DataFrame({"name": ["ada", "bob", "eve"], "count": [1, 2, 3], "on": [True, False, True]})
edited = st.data_editor(frame, key="editor", on_change=lambda: kept.log.append(dict(kept.editor)), width=500)
grown = st.data_editor(
    pd.DataFrame({"a": [1, 2]}),
    num_rows="dynamic",
    key="grown",
    width=300,
    column_config={"a": st.column_config.NumberColumn("A", min_value=0)},
)
st.text(f"edited: {edited.to_dict('list')}")
st.text(f"grown: {grown.to_dict('list')}")
st.text(f"log: {kept.log}")
