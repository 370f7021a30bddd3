import streamlit as st

kept = st.session_state
checked = st.checkbox("Check", value=True, key="check")
toggled = st.toggle("Toggle", help="A switch")


def called(what):
    kept.called = [*kept.get("called", []), (what, kept.late)]


st.checkbox("Called", key="late", on_change=called, args=("late",))
st.text(f"checked: {checked}, toggled: {toggled}")
st.text({key: kept[key] for key in sorted(kept)})
