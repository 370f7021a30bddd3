import streamlit as st

kept = st.session_state
params = st.query_params
if st.button("Add"):
    params["count"] = str(int(params.get("count", 0)) + 1)
if st.button("List"):
    params.letter = ["a", "b"]
if st.button("Update"):
    params.update({"x": "1", "y": "2"})
if st.button("Delete"):
    del params["x"]
if st.button("Clear"):
    params.clear()
if st.button("From"):
    params.from_dict({"z": "ä b"})
st.text(f"{params.to_dict()} {params.get_all('letter')} {len(params)}")
st.button("Called", on_click=lambda: params.update(called="yes"))
