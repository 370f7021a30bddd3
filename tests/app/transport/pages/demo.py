"""A page that uses one of everything the transport has to carry."""

import time

import streamlit as st

kept = st.session_state


class Cart:
    def __init__(self):
        self.items = []


def add(amount):
    kept.callbacks = kept.get("callbacks", 0) + amount


@st.fragment
def fragment():
    kept.fragment_runs = kept.get("fragment_runs", 0) + 1
    st.button("Fragment", key="fragment")
    st.write(f"fragment runs: {kept.fragment_runs}")


@st.dialog("Question")
def dialog():
    answer = st.text_input("Answer", key="answer")
    if st.button("OK"):
        kept.answered = answer
        st.rerun()


def main_page():
    if "cart" not in kept:
        kept.cart = Cart()
    st.title("Demo")
    # Read above its widget: the browser's new value, not the one of the run before.
    st.write(f"early number: {kept.get('number', 5)}")
    text = st.text_area("Text", "hello")
    st.write(f"echo: {text.upper()}")
    if st.button("Add one"):
        kept.count = kept.get("count", 0) + 1
        st.rerun()
    st.write(f"count: {kept.get('count', 0)}")
    if st.button("Buy"):
        kept.cart.items.append("x")
    st.write(f"cart: {len(kept.cart.items)}")
    st.button("Callback", on_click=add, args=(5,))
    st.write(f"callbacks: {kept.get('callbacks', 0)}")
    st.number_input("Number", min_value=1, value=5, key="number")
    with st.form("form"):
        name = st.text_input("Name")
        if st.form_submit_button("Submit"):
            kept.submitted = name
    st.write(f"form: {kept.get('submitted')}")
    fragment()
    if st.button("Ask"):
        dialog()
    st.write(f"answered: {kept.get('answered')}")
    st.dataframe({"a": [1, 2], "b": [3, 4]})
    count = kept.get("count", 0)
    st.download_button("Download", f"count={count}".encode(), "plain.txt")
    st.download_button("Deferred", lambda: f"deferred={count}", "late.txt", on_click="ignore")
    upload = st.file_uploader("Upload")
    if upload is not None:
        st.write(f"upload: {upload.name} {len(upload.getvalue())}")
    if st.button("Slow"):
        bar = st.progress(0.0)
        for step in range(1, 9):
            time.sleep(0.4)
            bar.progress(step / 8, f"step {step}")
        kept.slow = kept.get("slow", 0) + 1
    st.write(f"slow: {kept.get('slow', 0)}")


def second_page():
    st.title("Second page")
    st.write(f"count there: {kept.get('count', 0)}")


st.navigation(
    [
        st.Page(main_page, title="Main", default=True),
        st.Page(second_page, title="Second", url_path="second"),
    ]
).run()
