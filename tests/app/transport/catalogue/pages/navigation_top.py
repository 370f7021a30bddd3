import streamlit as st

kept = st.session_state


def one():
    st.text("one")
    if st.button("Position"):
        kept.position = "hidden" if kept.get("position") == "top" else "top"
        st.rerun()


def two():
    st.text(f"two {st.context.url.rpartition('/')[2]}")


pages = [st.Page(one, title="One"), st.Page(two, title="Two", url_path="two")]
st.navigation(pages, position=kept.get("position", "top"), expanded=True).run()
