import streamlit as st

kept = st.session_state
kept.setdefault("pressed", 0)
kept.setdefault("calls", [])


def call(name, *, times=1):
    kept.calls.extend([name] * times)


if st.button("Count", key="count", type="primary", icon=":material/add:"):
    kept.pressed += 1
st.button("Call a", on_click=call, args=("a",))
st.button("Call b", on_click=call, args=("b",), kwargs={"times": 1})
st.button("Off", disabled=True, help="With **help**")
st.text(f"pressed: {kept.pressed}, callbacks: {kept.calls}")
st.text({key: kept[key] for key in sorted(kept)})
