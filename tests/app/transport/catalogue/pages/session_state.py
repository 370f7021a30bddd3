import datetime
import enum
from collections import OrderedDict, defaultdict, namedtuple
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import streamlit as st

kept = st.session_state


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclass
class Item:
    name: str
    tags: list = field(default_factory=list)


class Cart:
    limit = 3

    def __init__(self):
        self.items = []

    @property
    def total(self):
        return sum(len(item.tags) for item in self.items)


Pair = namedtuple("Pair", "left right")

if "cart" not in kept:
    kept.cart = Cart()
    kept.colour = Colour.RED
    kept.frame = pd.DataFrame({"a": [1, 2]})
    kept.array = np.arange(3)
    kept.names = {"x"}
    kept.nested = {"deep": [{"deeper": (1, Pair(2, 3))}]}
    kept.double = lambda number: number * 2
    kept.when = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC)
    kept.groups = defaultdict(list, a=[1])
    kept.order = OrderedDict(b=1, a=2)

if st.button("Next"):
    kept.cart.items.append(Item("one", ["t"] * len(kept.cart.items)))
    kept.colour = Colour.BLUE if kept.colour is Colour.RED else Colour.RED
    kept.frame.loc[len(kept.frame)] = [len(kept.frame)]
    kept.array = kept.array + 1
    kept.names.add(f"y{len(kept.names)}")
    kept.groups["b"].append(kept.double(len(kept.order)))

st.text(
    f"kept: {kept.cart.items} {kept.cart.total} {isinstance(kept.cart, Cart)} {kept.colour is Colour.BLUE}"
)
st.text(f"{kept.frame.to_dict('list')} {kept.array.tolist()} {sorted(kept.names)} {kept.nested}")
st.text(f"{kept.double(21)} {kept.when} {dict(kept.groups)} {list(kept.order)} {kept.colour.name}")
