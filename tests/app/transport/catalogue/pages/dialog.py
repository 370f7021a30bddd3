import streamlit as st

kept = st.session_state


@st.dialog("Question")
def ask():
    answer = st.text_input("Answer", key="answer")
    if st.button("OK"):
        kept.answered = answer
        st.rerun()


def dismissed():
    kept.dismissed = kept.get("dismissed", 0) + 1


@st.dialog("Called", on_dismiss=dismissed)
def called():
    st.text("Close me")


if st.button("Ask"):
    ask()
if st.button("Ask called"):
    called()
st.text(f"answered: {kept.get('answered')}, dismissed: {kept.get('dismissed', 0)}")
st.text({key: kept[key] for key in sorted(kept)})
