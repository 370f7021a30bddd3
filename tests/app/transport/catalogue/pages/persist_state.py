import streamlit as st

kept = st.session_state


def first():
    if st.toggle("Show", value=True):
        st.text_input("Lost", key="lost")
        st.text_input("On page", key="on_page", persist_state="page")
        st.text_input("In session", key="in_session", persist_state="session")
    st.text({key: kept[key] for key in sorted(kept)})


def second():
    st.button("Nothing")
    st.text({key: kept[key] for key in sorted(kept)})


pages = [st.Page(first, title="First", default=True), st.Page(second, title="Second", url_path="second")]
st.navigation(pages).run()
