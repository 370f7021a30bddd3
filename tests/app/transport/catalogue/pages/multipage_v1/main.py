import streamlit as st

kept = st.session_state
st.title("Main")
if st.button("Count"):
    kept.count = kept.get("count", 0) + 1
st.text_input("Only here", key="only")
if st.button("Switch"):
    st.switch_page("pages/2_second.py")
st.page_link("pages/1_first.py", label="Link to first")
st.text(f"main: {kept.get('count', 0)}")
st.text({key: kept[key] for key in sorted(kept)})
