"""Buttons whose code holds objects of the session, or that only certain presses have made."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

kept = st.session_state


@dataclass(slots=True)
class Cart:
    count: int = 0


class Wizard:
    def __init__(self):
        self.step = 0

    def forward(self):
        self.step += 1


if "todo" not in kept:
    kept.n, kept.todo, kept.held, kept.wizard, kept.cart = 0, [], {"n": 0, "in": {"n": 0}}, Wizard(), Cart()
kept.runs = kept.get("runs", 0) + 1


def add(number):
    kept.n += number


def bump(counts):
    counts["n"] += 1


st.button("Step on", on_click=kept.wizard.forward)
st.button("Append", on_click=kept.todo.append, args=("x",))
st.button("Bump", on_click=bump, args=(kept.held,))
st.button("Bump within", on_click=bump, args=(kept.held["in"],))
st.button("Anonymous", on_click=lambda: kept.todo.append("y"))
if st.button("Fill"):
    kept.cart.count += 1

if st.button("Ask"):
    kept.asked = True
    st.rerun()
if kept.pop("asked", False):
    st.button("Sure", on_click=add, args=(1000,))


@st.dialog("Delete?")
def dialog():
    if st.button("Confirm"):
        st.button("Really", on_click=add, args=(10,))
    if st.button("Yes"):
        kept.n += 10_000
        st.rerun()


if st.button("Open"):
    dialog()


@st.fragment
def inner():
    if st.button("Deep"):
        kept.n += 100
    st.write(f"inner n={kept.n}")


todo = kept.todo


@st.fragment
def outer():
    if st.button("Held by a fragment"):
        todo.append("f")
    if st.button("Show"):
        st.button("Shown", on_click=add, args=(1,))
    if st.button("More"):
        inner()
    if st.button("Prepare"):
        st.download_button("Get", lambda: b"made", "a.txt", on_click="ignore")
    if st.button("Load"):
        st.dataframe(pd.DataFrame({"n": range(5000)}), lazy=True)


outer()
st.button("Total")
st.write(
    f"n={kept.n} todo={''.join(kept.todo)} held={kept.held['n']},{kept.held['in']['n']} "
    f"step={kept.wizard.step} cart={kept.cart.count}"
)
st.write(f"runs={kept.runs}")
