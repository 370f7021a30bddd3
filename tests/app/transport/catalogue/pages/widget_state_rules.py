import streamlit as st

kept = st.session_state
kept.setdefault("text", "set before")
kept.setdefault("number", 7)
kept.setdefault("kept_by_hand", "nothing")


def reset():
    kept.text = "reset"
    kept.number = 1


st.text(f"above: {kept.text} {kept.number}")
if st.checkbox("Show", value=True, key="show"):
    st.text_input("Text", key="text")
    st.number_input("Number", 0, 100, key="number")
st.button("Reset", on_click=reset)
if st.button("Set too late"):
    kept.text = "refused"
if st.button("Delete"):
    del kept["kept_by_hand"]
dynamic = st.selectbox("Options", [f"o{kept.number}", "other"])
st.text(f"{dynamic}")
st.text({key: kept[key] for key in sorted(kept)})
