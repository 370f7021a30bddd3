import streamlit as st

kept = st.session_state
kept.setdefault("runs", 0)
kept.runs += 1


def sent():
    kept.sent = [*kept.get("sent", []), kept.note]


with st.form("first", clear_on_submit=True):
    name = st.text_input("Name")
    size = st.number_input("Size", value=1)
    if st.form_submit_button("Send"):
        kept.submitted = (name, size)
with st.form("second"):
    st.text_input("Kept", key="note")
    st.form_submit_button("Send second", on_click=sent)
with st.form("third", enter_to_submit=False):
    st.text_input("No enter", key="unsent")
    st.form_submit_button("Send third")
st.text(f"submitted: {kept.get('submitted')}")
st.text({key: kept[key] for key in sorted(kept)})
