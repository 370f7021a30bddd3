import streamlit as st

kept = st.session_state


def fail():
    raise ValueError("in a callback")


class OwnError(Exception):
    pass


st.exception(RuntimeError("shown, not raised"))
st.button("In callback", on_click=fail)
if st.button("Recover"):
    kept.recovered = kept.get("recovered", 0) + 1
if st.button("Own"):
    raise OwnError("defined in the page")


@st.fragment
def fragment():
    if st.button("In fragment"):
        raise KeyError("in a fragment")
    st.text("the fragment is well")


fragment()
st.text(f"recovered: {kept.get('recovered', 0)}")
