import streamlit as st

kept = st.session_state
kept.setdefault("runs", 0)
kept.runs += 1
name = st.text_input("Name", on_change="ignore")
tick = st.checkbox("Tick", on_change="ignore", key="tick")
box = st.selectbox("Box", ["a", "b"], on_change="ignore")
st.button("Run")
st.text(f"{name} {tick} {box} runs: {kept.runs}")
st.text({key: kept[key] for key in sorted(kept)})
