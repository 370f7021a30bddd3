import streamlit as st

kept = st.session_state
kept.setdefault("changes", 0)


def late():
    return f"deferred after {changes} changes"


if st.button("Change"):
    kept.changes += 1
changes = kept.changes
if st.download_button("Text", f"text after {changes} changes", "text.txt"):
    kept.text = kept.get("text", 0) + 1
st.download_button(
    "Bytes", b"bytes", "bytes.bin", "application/octet-stream", on_click=lambda: kept.update(b=1)
)
# With a rerun of its own, a native server loses the download now and then: the rerun ends its id.
st.download_button("Deferred", late, "late.txt", on_click="ignore")
st.download_button("Ignored", lambda: b"ignored", "ignored.txt", on_click="ignore")
st.text(f"plain: {kept.get('b', 0)}")
st.text({key: kept[key] for key in sorted(kept)})
