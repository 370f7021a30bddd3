from dataclasses import dataclass

import streamlit as st

kept = st.session_state


@dataclass(slots=True)
class Cart:
    items: list
    count: int = 0

    def add(self, item):
        self.items.append(item)
        self.count += 1


if "cart" not in kept:
    kept.cart, kept.rows, kept.held = Cart([]), [{"n": 0}, {"n": 0}], {"in": {"n": 0}}


def bump(counts):
    counts["n"] += 1


st.button("Put in", on_click=kept.cart.add, args=("a",))
st.button("Bump", on_click=bump, args=(kept.held["in"],))
for place, row in enumerate(kept.rows):
    st.button(f"Row {place}", on_click=lambda row=row: row.update(n=row["n"] + 1))
st.button("Another row", on_click=lambda rows=kept.rows: rows.append({"n": 10}))
cart = kept.cart


@st.fragment
def part():
    if st.button("In part"):
        cart.add("p")
    st.text(f"in part: {cart.count} {kept.cart.count}")


part()
st.button("Again")
st.text(f"cart: {cart.count} {''.join(cart.items)}, held: {kept.held}, rows: {kept.rows}")
