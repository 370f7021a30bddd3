import streamlit as st

kept = st.session_state
kept.setdefault("log", [])


def submitted():
    value = kept.chat
    kept.log.append((value.text, [(file.name, file.getvalue()) for file in value.files]))


value = st.chat_input(
    "Files too", key="chat", accept_file="multiple", file_type=["txt", "csv"], on_submit=submitted
)
if value:
    st.text(f"now: {value.text} {[file.name for file in value.files]}")
inline = st.container().chat_input("Inside", submit_mode="disable", max_upload_size=1)
st.text(f"inside: {inline}")
st.button("Again")
st.text(f"log: {kept.log}")
