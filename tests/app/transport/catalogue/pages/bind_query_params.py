import streamlit as st

kept = st.session_state
st.text(f"early: {kept.get('name')} {kept.get('level')}")
st.text_input("Name", key="name", bind="query-params")
st.slider("Level", 0, 10, 3, key="level", bind="query-params")
st.checkbox("Tick", key="tick", bind="query-params")
st.selectbox("Box", ["a", "b"], key="box", bind="query-params")
st.pills("Pills", ["x", "y"], key="pills", selection_mode="multi", bind="query-params")
if st.button("Set"):
    st.query_params["level"] = "9"
st.text(st.query_params.to_dict())
st.text({key: kept[key] for key in sorted(kept)})
