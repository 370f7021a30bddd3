import streamlit as st

kept = st.session_state
st.title("First")
if st.button("Count"):
    kept.count = kept.get("count", 0) + 10
st.text(f"first: {kept.get('count', 0)}")
st.text({key: kept[key] for key in sorted(kept)})
