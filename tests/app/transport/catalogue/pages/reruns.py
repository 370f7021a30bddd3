import streamlit as st

kept = st.session_state
kept.setdefault("runs", 0)
kept.setdefault("steps", 0)


def again():
    kept.called = kept.get("called", 0) + 1
    st.rerun()


kept.runs += 1
if st.button("Thrice"):
    kept.steps = 3
if kept.steps:
    kept.steps -= 1
    st.rerun()
st.button("In callback", on_click=again)
if st.button("Stop"):
    st.text("before the stop")
    st.stop()
    st.text("after the stop")
st.text_input("Kept", key="kept")
st.text(f"runs: {kept.runs}")
st.text({key: kept[key] for key in sorted(kept)})
