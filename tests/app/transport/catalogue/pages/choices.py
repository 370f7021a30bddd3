import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
OPTIONS = ["north", "east", "south"]


def hear(key):
    kept.heard.append((key, kept[key]))


one = st.pills("One", OPTIONS, format_func=str.title)
many = st.pills("Many", OPTIONS, selection_mode="multi", default=["east"])
st.pills("Called pills", ["p", "q"], key="pills", on_change=hear, args=("pills",))
segment = st.segmented_control("Segment", ["x", "y"], default="x", required=True)
segments = st.segmented_control("Segments", ["k", "l"], selection_mode="multi", key="segments")
thumb = st.feedback("thumbs", key="thumb", on_change=hear, args=("thumb",))
stars = st.feedback("stars")
faces = st.feedback("faces", default=2)
page = st.pagination(20, key="page", on_change=hear, args=("page",))
colour = st.color_picker("Colour", "#336699", key="colour", on_change=hear, args=("colour",))
st.text(f"{one} {many} {segment} {segments} {thumb} {stars} {faces} {page} {colour}")
st.text({key: kept[key] for key in sorted(kept)})
