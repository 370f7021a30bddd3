import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
whole = st.number_input("Whole", 0, 10, 5)
real = st.number_input("Real", value=1.5, step=0.25, format="%.3f")
none = st.number_input("None", value=None, placeholder="Nothing yet")
st.number_input("Called", key="called", step=2, on_change=lambda: kept.heard.append(kept.called))
st.text(f"{whole} {real} {none}")
st.text({key: kept[key] for key in sorted(kept)})
