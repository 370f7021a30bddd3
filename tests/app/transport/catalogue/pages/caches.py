import streamlit as st

kept = st.session_state


@st.cache_data(show_spinner="Squaring", ttl=600, max_entries=10)
def square(number):
    st.text(f"replayed from the cache: {number}")
    return {"square": number * number}


@st.cache_resource(validate=lambda words: len(words) == 3, scope="global")
def words():
    return ["from", "the", "resource"]


@st.cache_data(scope="session")
def mine(number):
    return number + 1


number = st.number_input("Number", 0, 10, 3)
first = square(number)
first["square"] = -1
st.text(f"{square(number)} {words()} {mine(number)}")
if st.button("Clear"):
    square.clear()
    st.cache_data.clear()
    st.cache_resource.clear()
    kept.cleared = kept.get("cleared", 0) + 1
st.text(f"cleared: {kept.get('cleared', 0)}")
