"""Cached functions of every kind. `runs` counts how often each ran for this session."""

import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import streamlit as st

from app.transport import forget_session

runs = st.session_state.setdefault("runs", {})


def count(name):
    runs[name] = runs.get(name, 0) + 1
    return runs[name]


@st.cache_data
def data(number):
    st.markdown(f"drew {number}")
    return count(f"data {number}")


@st.cache_data(scope="session")
def mine():
    return count("mine")


@st.cache_data(max_entries=2)
def few(number):
    return count(f"few {number}")


@st.cache_data(ttl=3)
def brief():
    return count("brief")


@st.cache_data(ttl=60, persist="disk")
def kept():
    return count("kept")


@st.cache_data
def large():
    count("large")
    return np.random.default_rng(0).bytes(900_000)


@st.cache_data
def for_its_effect():
    count("effect")


@st.cache_data
def temporary():
    count("temporary")
    return str(Path(tempfile.gettempdir()) / "model.bin")


@st.cache_data
async def later():
    return count("later")


@st.cache_resource
def shared():
    count("shared")
    return {"count": 0}


@st.cache_resource
def lock():
    count("lock")
    return threading.Lock()


@st.cache_resource(on_release=print)
def released():
    count("released")
    return {"count": 0}


@st.cache_resource(scope="session")
def my_list():
    count("my_list")
    return []


@st.cache_resource
def visitors():
    return {"count": 0}


class Board:
    def __init__(self):
        self.notes = []

    def __repr__(self):
        return f"{self.notes}"


@st.cache_resource
def board():
    count("board")
    return Board()


@st.cache_resource(ttl=2, refresh_mode="background")
def refreshed():
    shared()["count"] += 1
    return shared()["count"]


@st.cache_data(ttl=2, refresh_mode="background")
def renewed():
    shared()["count"] += 1
    return shared()["count"]


@st.cache_data(ttl=60, refresh_mode="background")
def shown():
    st.markdown("drew")
    count("shown")


@st.cache_data(show_spinner=False)
def doubled(number):
    return number * 2


@st.cache_data
def picture():
    count("picture")
    st.image(np.zeros((4, 4, 3), dtype=np.uint8))
    with st.container():
        st.markdown("below it")


@st.cache_data
def slow():
    count("slow")
    return "done"


def wait():
    result = slow()
    for step in range(50):
        st.markdown(f"step {step}")
        time.sleep(0.1)
    return result


@st.fragment
def part():
    if st.button("in part"):
        st.markdown(f"visits: {visits}")


actions = {
    "data": lambda: data(1),
    "mine": mine,
    "few": lambda: [few(1), few(2), few(3), few(1)],
    "brief": brief,
    "kept": kept,
    "large": lambda: len(large()),
    "effect": for_its_effect,
    "temporary": temporary,
    "later": lambda: __import__("asyncio").run(later()),
    "shared": shared,
    "increment": lambda: shared().update(count=shared()["count"] + 1) or shared(),
    "increment once held": lambda: (held := shared()).update(count=held["count"] + 1) or held,
    "lock": lambda: type(lock()).__name__,
    "released": released,
    "append": lambda: my_list().append(1) or my_list(),
    "refreshed": refreshed,
    "renewed": renewed,
    "shown": shown,
    "many": lambda: sum(doubled(number) for number in range(100)),
    "picture": picture,
    "note": lambda: board().notes.append(len(board().notes)) or board(),
    "wait": wait,
    "slow": slow,
    "clear all data": st.cache_data.clear,
    "clear all resources": st.cache_resource.clear,
    "clear data": data.clear,
    "clear data 1": lambda: data.clear(1),
    "clear mine": mine.clear,
    "clear shared": shared.clear,
    "clear lock": lock.clear,
}

for name, act in actions.items():
    if st.button(name):
        st.markdown(f"{name}: {act()} {runs}")

st.button("forget", on_click=forget_session)
visits = visitors()
if st.button("count visits"):
    st.session_state["counts visits"] = True
if "counts visits" in st.session_state:
    visits["count"] += 1
part()
