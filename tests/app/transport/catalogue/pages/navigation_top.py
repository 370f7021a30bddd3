import streamlit as st

kept = st.session_state
kept.setdefault("position", "top")


def one():
    st.text("one")
    if st.button("Position"):
        kept.position = "hidden" if kept.position == "top" else "top"
        st.rerun()


def two():
    st.text(f"two {st.context.url.rpartition('/')[2]}")


pages = [st.Page(one, title="One"), st.Page(two, title="Two", url_path="two")]
st.navigation(pages, position=kept.position, expanded=True).run()
