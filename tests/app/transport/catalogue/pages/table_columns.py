import datetime

import pandas as pd
import streamlit as st

kept = st.session_state

frame = pd.DataFrame(
    {
        "text": ["a", "b"],
        "tick": [True, False],
        "box": ["x", "y"],
        "many": [["m"], ["n", "m"]],
        "day": [datetime.date(2024, 1, 2), datetime.date(2024, 3, 4)],
        "hour": [datetime.time(8), datetime.time(9)],
        "moment": [datetime.datetime(2024, 1, 2, 3), datetime.datetime(2024, 1, 2, 4)],
        "list": [[1, 2], [3]],
        "area": [[1, 2], [3, 1]],
        "bars": [[1, 2], [3, 1]],
        "mark": ["**bold**", "plain"],
    }
)
config = {
    "text": st.column_config.TextColumn("Text", max_chars=5),
    "tick": st.column_config.CheckboxColumn("Tick"),
    "box": st.column_config.SelectboxColumn("Box", options=["x", "y", "z"]),
    "many": st.column_config.MultiselectColumn("Many", options=["m", "n"]),
    "day": st.column_config.DateColumn("Day"),
    "hour": st.column_config.TimeColumn("Hour"),
    "moment": st.column_config.DatetimeColumn("Moment"),
    "list": st.column_config.ListColumn("List"),
    "area": st.column_config.AreaChartColumn("Area"),
    "bars": st.column_config.BarChartColumn("Bars"),
    "mark": st.column_config.MarkdownColumn("Mark"),
    "_index": st.column_config.Column("Index"),
}
edited = st.data_editor(frame, column_config=config, num_rows="dynamic", key="edited", height=200)
media = pd.DataFrame({"sound": ["https://example.invalid/a.wav"], "film": ["https://example.invalid/a.mp4"]})
st.dataframe(
    media,
    column_config={"sound": st.column_config.AudioColumn(), "film": st.column_config.VideoColumn()},
    width=400,
)
st.button("Again")
st.text(f"ticks: {edited['tick'].tolist()}")
