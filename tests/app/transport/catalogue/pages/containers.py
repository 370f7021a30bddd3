import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def note(key):
    kept.log.append((key, kept.get(key)))


one, two = st.tabs(["One", "Two"])
one.text("in one")
two.button("In two")
first, second = st.tabs(["First", "Second"], key="tabs", on_change=note, args=("tabs",), default="Second")
if second.open:
    second.text("second is open")
if first.open:
    first.text("first is open")
with st.expander("Plain"):
    st.text("in plain")
    st.checkbox("Inside plain", key="inside")
box = st.expander("Called", key="expander", on_change=note, args=("expander",))
if box.open:
    box.text("called is open")
with st.popover("Popover"):
    st.text_input("In popover", key="popped")
over = st.popover("Called popover", key="popover", on_change=note, args=("popover",))
if over.open:
    over.text("popover is open")
left, right = st.columns([2, 1], border=True, vertical_alignment="bottom")
left.metric("Metric", 5, 2, chart_data=[1, 2, 3])
right.text("right")
with st.container(border=True, height=80, horizontal=True, key="box"):
    st.text("contained")
with st.grid(2, key="grid") as cells:
    st.text("in a grid")
    cells.cell(column_span=2).button("In a cell")
st.sidebar.button("In sidebar")
with st.sidebar:
    st.text(f"sidebar after {len(kept.log)}")
with st.bottom:
    st.text("at the bottom")
st.space("small")
st.divider()
st.text(f"{kept.log}")
st.text({key: kept[key] for key in sorted(kept)})
