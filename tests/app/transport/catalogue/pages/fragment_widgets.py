import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


@st.fragment
def fragment():
    name = st.text_input("Name", key="name", on_change=lambda: kept.log.append(("name", kept.name)))
    with st.form("form"):
        size = st.slider("Size", 0, 10, key="size")
        sent = st.form_submit_button("Send", on_click=lambda: kept.log.append(("sent", kept.size)))
    box = st.selectbox("Box", ["a", "b"])
    file = st.file_uploader("File")
    st.text(f"{name} {size} {sent} {box} {file.name if file else None} {kept.log}")
    st.download_button("Late", f"late {name}", "late.txt", on_click="ignore")


fragment()
with st.container(border=True):
    place = st.empty()


@st.fragment
def writer():
    place.text(f"from a fragment: {st.button('Write')}")


writer()
st.text({key: kept[key] for key in sorted(kept)})
