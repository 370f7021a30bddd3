import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
name = st.text_input("Name", placeholder="Who?", max_chars=10)
secret = st.text_input("Secret", type="password")
area = st.text_area("Area", "before", key="area")
st.text_input("Called", key="called", on_change=lambda: kept.heard.append(kept.called))
st.text(f"{name} {len(secret)} {area!r}")
st.text(f"text: {kept.heard}")
st.text({key: kept[key] for key in sorted(kept)})
