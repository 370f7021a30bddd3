import altair as alt
import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("log", [])
frame = pd.DataFrame({"x": [1, 2, 3], "y": [3, 1, 2], "kind": ["a", "b", "a"]})
points = alt.Chart(frame).mark_bar().encode(x="kind", y="sum(y)").add_params(alt.selection_point("picked"))
chosen = st.altair_chart(
    points, on_select="rerun", selection_mode="picked", key="altair", width=400, height=300
)
spec = {
    "mark": {"type": "bar"},
    "params": [{"name": "hit", "select": {"type": "point"}}],
    "encoding": {
        "x": {"field": "kind", "type": "nominal"},
        "y": {"field": "y", "type": "quantitative", "aggregate": "sum"},
    },
}
st.vega_lite_chart(
    frame,
    spec,
    key="vega",
    selection_mode=["hit"],
    width=400,
    height=300,
    on_select=lambda: kept.log.append(
        kept.vega.to_dict() if hasattr(kept.vega, "to_dict") else dict(kept.vega)
    ),
)
options = {
    "animation": False,
    "xAxis": {"type": "category", "data": ["p", "q"]},
    "yAxis": {},
    "series": [{"type": "bar", "data": [5, 7]}],
}
echart = st.echarts_chart(options, key="echarts", on_select="rerun", renderer="svg", width=400, height=300)
st.line_chart(frame, x="x", y="y", height=120)
st.area_chart(frame, x="x", y="y", height=120)
st.bar_chart(frame, x="kind", y="y", horizontal=True, height=120)
st.scatter_chart(frame, x="x", y="y", size="x", height=120)
if st.button("Grow"):
    kept.grown = True
st.text(f"chosen: {chosen.selection}")
st.text(f"echart: {echart}")
st.text(f"log: {kept.log} grown: {kept.get('grown')}")
