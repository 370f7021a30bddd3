import streamlit as st

kept = st.session_state
kept.setdefault("n", 0)


def add(number):
    kept.n += number


@st.dialog("Delete?")
def dialog():
    if st.button("Confirm"):
        st.button("Really", on_click=add, args=(10,))
    if st.button("Yes"):
        kept.n += 100
        st.rerun()


if st.button("Open"):
    kept.opened = True
    st.rerun()
if kept.pop("opened", False):
    dialog()

if st.button("Ask"):
    st.button("Sure", on_click=add, args=(1,))


@st.fragment
def inner():
    if st.button("Deep"):
        kept.n += 1000
    st.text(f"inner: {kept.n}")


@st.fragment
def outer():
    if st.button("Show"):
        st.button("Shown", on_click=add, args=(10_000,))
    if st.button("More"):
        inner()
    if st.button("Prepare"):
        st.download_button("Get", lambda: b"made", "a.txt", on_click="ignore")


outer()
st.button("Again")
st.text(f"n: {kept.n}")
