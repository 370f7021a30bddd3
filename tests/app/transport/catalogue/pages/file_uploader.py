import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def heard():
    file = kept.called
    kept.log.append((file.name, file.size) if file else None)


def shown(files):
    return [(file.name, file.size, file.type, file.getvalue()[:5]) for file in files]


one = st.file_uploader("One", type=["txt", "csv"])
several = st.file_uploader("Several", accept_multiple_files=True, key="several")
st.file_uploader("Called", key="called", on_change=heard, max_upload_size=1)
folder = st.file_uploader("Folder", accept_multiple_files="directory")
with st.form("form", clear_on_submit=True):
    formed = st.file_uploader("In form", accept_multiple_files=True)
    if st.form_submit_button("Send"):
        kept.formed = shown(formed)
if one:
    kept.first = kept.get("first") or one
    st.download_button("Back", one.getvalue(), one.name)
st.button("Again")
st.text(f"one: {shown([one]) if one else None}")
st.text(f"several: {shown(several)}")
st.text(f"called: {kept.log}, formed: {kept.get('formed')}")
st.text(f"first: {kept.first.getvalue() if kept.get('first') else None}")
