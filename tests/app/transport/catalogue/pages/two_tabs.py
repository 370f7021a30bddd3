import streamlit as st

kept = st.session_state
if st.button("Count"):
    kept.count = kept.get("count", 0) + 1
st.text_input("Name", key="name")
st.text(f"count: {kept.get('count', 0)}")
st.text({key: kept[key] for key in sorted(kept)})
