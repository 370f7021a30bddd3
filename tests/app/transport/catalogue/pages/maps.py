import pandas as pd
import pydeck
import streamlit as st

kept = st.session_state
places = pd.DataFrame({"lat": [48.85, 48.86], "lon": [2.35, 2.36]})
st.map(places, height=200)
layer = pydeck.Layer("ScatterplotLayer", places, get_position=["lon", "lat"], id="dots", pickable=True)
view = pydeck.ViewState(latitude=48.85, longitude=2.35, zoom=10)
deck = pydeck.Deck(layers=[layer], initial_view_state=view, map_style=None)
chosen = st.pydeck_chart(deck, on_select="rerun", selection_mode="single-object", key="deck", height=200)
if st.button("Again"):
    kept.again = kept.get("again", 0) + 1
st.text(f"chosen: {chosen.selection} {kept.get('again', 0)}")
