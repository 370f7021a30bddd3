import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def home():
    st.header("Home", anchor="top")
    st.button("Go in callback", on_click=lambda: kept.update(go=True))
    if kept.pop("go", False):
        st.switch_page(other, query_params={"from": "home"})
    st.page_link(other, label="Link", query_params={"by": "link"})
    st.text_input("Name", key="name")


def elsewhere():
    st.header("Elsewhere")
    st.text(f"query: {st.query_params.to_dict()}")
    if st.button("Hidden"):
        st.switch_page(hidden)


def unseen():
    st.header("Unseen")


other = st.Page(elsewhere, title="Other", icon=":material/star:", url_path="other")
hidden = st.Page(unseen, title="Hidden", url_path="hidden", visibility="hidden")
page = st.navigation({"": [st.Page(home, title="Home", default=True)], "More": [other, "part.py", hidden]})
st.set_page_config(page_title=f"{page.title} of many", page_icon="🧭", layout="wide")
st.sidebar.text(f"page: {page.title} at {page.url_path!r}")
page.run()
st.text({key: kept[key] for key in sorted(kept)})
