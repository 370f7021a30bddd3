import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
COLOURS = ["red", "green", "blue"]
some = st.multiselect("Some", COLOURS, default=["red"])
most = st.multiselect("Most", COLOURS, max_selections=2, filter_mode="contains")
new = st.multiselect("New", COLOURS, accept_new_options=True)
st.multiselect("Called", COLOURS, key="many", on_change=lambda: kept.heard.append(list(kept.many)))
st.text(f"{some} {most} {new}")
st.text({key: kept[key] for key in sorted(kept)})
