import streamlit as st

kept = st.session_state


def count(name):
    kept[name] = kept.get(name, 0) + 1
    return kept[name]


@st.fragment
def inner():
    st.button("Inner")
    st.text(f"inner runs: {count('inner')}")


@st.fragment
def outer():
    st.text(f"outer runs: {count('outer')}")
    nested()
    if st.button("Whole app"):
        st.rerun()
    if st.button("Again"):
        kept.again = kept.get("again", 0) + 1
        st.rerun(scope="fragment")


@st.fragment
def nested():
    st.button("Nested")
    st.text(f"nested runs: {count('nested')}")


inner()
outer()
if st.button("Outside"):
    count("outside")
st.text(f"outer: {kept.get('outside', 0)}, app runs: {count('app')}")
st.text({key: kept[key] for key in sorted(kept)})
