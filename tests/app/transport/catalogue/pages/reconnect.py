import streamlit as st

kept = st.session_state
st.text_input("Name", key="name")
if st.button("Count"):
    kept.count = kept.get("count", 0) + 1
file = st.file_uploader("File")
st.text(f"count: {kept.get('count', 0)} {file.getvalue() if file else None}")
st.text({key: kept[key] for key in sorted(kept)})
