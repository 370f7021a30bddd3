"""Sells tickets: what a press of the button orders is ordered once, whatever becomes of the instance."""

import os
import sqlite3
from contextlib import closing

import streamlit as st

from app.transport import forget_session, idempotency_key


def orders() -> sqlite3.Connection:
    """All orders, whoever placed them. In Lambda, a database: there a disk ends with its instance."""
    database = sqlite3.connect(os.environ.get("ORDERS_FILE", "orders.db"), isolation_level=None)
    database.execute("CREATE TABLE IF NOT EXISTS orders (key TEXT PRIMARY KEY, tickets INTEGER)")
    return database


def place(tickets: int, key: str) -> None:
    """Order `tickets`. Once more under the same key does nothing."""
    with closing(orders()) as database:
        database.execute("INSERT OR IGNORE INTO orders VALUES (?, ?)", (key, tickets))


@st.fragment(run_every="5s")
def sold() -> None:
    """Show how many are sold, and look again every five seconds."""
    with closing(orders()) as database:
        (count,) = database.execute("SELECT coalesce(sum(tickets), 0) FROM orders").fetchone()
    st.write(f"{count} sold")


st.title("Tickets")
st.session_state.setdefault("tickets", 1)

if st.button("One more"):
    st.session_state.tickets += 1
st.write(f"{st.session_state.tickets} in your basket")

if st.button("Order"):
    place(st.session_state.tickets, idempotency_key())
    st.write("Ordered")

sold()

st.button("Forget me", on_click=forget_session)
