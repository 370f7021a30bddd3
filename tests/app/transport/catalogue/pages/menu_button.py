import streamlit as st

kept = st.session_state
kept.setdefault("heard", [])
chosen = st.menu_button("Menu", ["save", "print"], format_func=str.title)
if chosen:
    kept.heard.append(("chosen", chosen))
st.menu_button("Called", ["x", "y"], key="menu", on_click=lambda: kept.heard.append(("called", kept.menu)))
st.text(f"{chosen}")
st.text({key: kept[key] for key in sorted(kept)})
