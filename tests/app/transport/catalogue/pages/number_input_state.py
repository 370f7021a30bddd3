import streamlit as st

kept = st.session_state
if "number" not in kept:
    kept.number = 5
st.text(f"early: {kept.number}, number: {kept.get('number')}")
st.number_input("Number", min_value=1, key="number")
st.number_input("Float", min_value=0.5, max_value=9.5, step=0.25, format="%.2f")
st.text({key: kept[key] for key in sorted(kept)})
