import streamlit as st

st.success("Success", icon="✅", title="Titled")
st.info("Info")
st.warning("Warning", icon=":material/warning:")
st.error("Error")
if st.button("Toast"):
    st.toast("A toast", icon="🍞", duration="infinite")
if st.button("Toast again"):
    st.toast("Another toast", duration="infinite")
if st.button("Balloons"):
    st.balloons()
    st.text("balloons fly")
if st.button("Snow"):
    st.snow()
    st.text("snow falls")
