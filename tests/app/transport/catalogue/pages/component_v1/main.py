from pathlib import Path

import streamlit as st
import streamlit.components.v1 as components

kept = st.session_state
kept.setdefault("log", [])
part = components.declare_component("part", path=str(Path(__file__).parent / "frontend"))
value = part(word="first", key="part", default=None, on_change=lambda: kept.log.append(kept.part))
other = part(word=f"second {value}", key="other", default={"count": 0})
st.text(f"value: {value} other: {other} log: {kept.log}")
components.html("<p>static html</p>", height=60)
