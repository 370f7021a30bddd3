import pandas as pd
import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def clicked(mark):
    kept.log.append((mark, dict(kept.clicks)))


config = {
    "do": st.column_config.ButtonColumn("Do", key="clicks", on_click=clicked, args=("m",), width="small"),
    "part": st.column_config.ProgressColumn("Part", max_value=1.0),
    "link": st.column_config.LinkColumn("Link", display_text="open"),
    "line": st.column_config.LineChartColumn("Line"),
    "json": st.column_config.JsonColumn("Json"),
    "picture": st.column_config.ImageColumn("Picture"),
}
frame = pd.DataFrame(
    {
        "do": ["go", "run"],
        "part": [0.25, 0.5],
        "link": ["https://example.com/a", "https://example.com/b"],
        "line": [[1, 2, 3], [3, 2, 1]],
        "json": [{"a": 1}, {"b": 2}],
        "picture": [None, None],
    }
)
st.dataframe(frame, column_config=config, hide_index=True, width=900)
st.text(f"log: {kept.log}")
