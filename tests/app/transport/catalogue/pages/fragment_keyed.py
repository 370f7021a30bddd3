import streamlit as st

kept = st.session_state
kept.setdefault("runs", [])


@st.fragment(key="one")
def one():
    kept.runs.append("one")
    st.text(f"one sees {kept.get('word')}")


@st.fragment(key="two")
def two():
    kept.runs.append("two")
    st.text(f"two sees {kept.get('word')}")


def both():
    kept.word = "both"
    st.rerun(["one", "two"])


def only_two():
    kept.word = "second"
    st.rerun("two")


one()
two()
st.button("Two", on_click=only_two)
st.button("Both", on_click=both)
st.button("Everything")
st.text(f"{kept.runs}")
