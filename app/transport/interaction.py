"""What a page may ask about the interaction that it is being run for, and do to its session.

    from app.transport import forget_session, idempotency_key

    if st.button("Order"):
        orders.place(basket, idempotency_key=idempotency_key())
    st.button("Forget everything", on_click=forget_session)

An interaction is one message of the browser that asks for a run. When an instance dies midway, the same
interaction is run again on another, and what the script did to the outside world it does twice: whoever
is told the key can see that it is the same thing.

The key travels with the request for the run, in the list of messages that the browser has in its cache:
from there Streamlit carries it to the script, through `st.rerun`, fragments and repetitions, without looking.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from .client import FrameCollector

if TYPE_CHECKING:
    from streamlit.proto.ClientState_pb2 import ClientState

    from .protocol import Headline

_MARK: Final = "interaction:"


class NoInteractionError(RuntimeError):
    """There is no interaction: the code runs outside a page, or the page is not served by this transport."""


def idempotency_key(purpose: str = "") -> str:
    """A name for what the page does now: the same whenever this very interaction is run again.

    The next interaction has another one, even if it presses the same button. 64 hexadecimal digits that
    tell nothing of the session.

    Args:
        purpose: tells several side effects of one interaction apart, such as "mail" and "invoice".

    Raises:
        NoInteractionError: nobody asked for this run over the transport, so it has no name.
    """
    context = get_script_run_ctx(suppress_warning=True)
    marks = [hash_ for hash_ in context.cached_message_hashes if hash_.startswith(_MARK)] if context else []
    if not marks:
        raise NoInteractionError("idempotency_key() is for a page that is run by an interaction.")
    return hashlib.sha256(f"{marks[0]}\0{purpose}".encode()).hexdigest()


def forget_session() -> None:
    """Erase the session when this run ends: its record, its frames, its uploads and media, and what is here.

    The browser then loads the page anew, with empty widgets. What the run still shows is shown until then.
    Where no transport is, `st.session_state` is cleared.

    Raises:
        NoInteractionError: the code runs outside a page.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        raise NoInteractionError("forget_session() is for a page that is run by an interaction.")
    client = get_instance().get_client(context.session_id)
    if isinstance(client, FrameCollector):
        client.is_forgotten = True
    else:
        st.session_state.clear()


def name(browser: str, headline: Headline, place: int) -> str:
    """What the message is called that is `place` after the first of the request; a secret of ours.

    It has the same name whether it comes in a request of its own or is told of behind the run before.
    """
    text = f"interaction\0{headline.epoch}\0{headline.first + place}"
    return hmac.digest(browser.encode(), text.encode(), hashlib.sha256).hex()


def mark(request: ClientState, interaction: str) -> None:
    """Let the run that `request` asks for be known as `interaction`, and as nothing else."""
    hashes = [hash_ for hash_ in request.cached_message_hashes if not hash_.startswith(_MARK)]
    del request.cached_message_hashes[:]
    request.cached_message_hashes.extend([*hashes, f"{_MARK}{interaction}"])
