import streamlit as st

kept = st.session_state
st.title("Second")


@st.fragment
def fragment():
    if st.button("Back from a fragment"):
        st.switch_page("main.py")


fragment()
st.text(f"second: {kept.get('count', 0)} {st.query_params.to_dict()}")
