"""Where there is a sign-in: what is shown to whom it has not admitted, and who is here to whom it has."""

from __future__ import annotations

import hashlib

import streamlit as st

from app import access
from app.access.rules import verified_email
from app.ui import state
from app.ui.language import t
from app.ui.markup import literal


def ask() -> None:
    """Ask for the sign-in, and go on with nothing else until the reader is admitted.

    The transport asks the same at each request: see `app.transport.members`.
    """
    sign_in = access.current()
    if sign_in is None:
        return
    if not st.user.get("is_logged_in"):
        _welcome(is_possible=sign_in.secrets.is_complete)
        st.stop()
    if not sign_in.rules.admit(st.user.to_dict()):
        _refuse()
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("Connecté : {who}", who=literal(_who())))
        _offer_sign_out()


def reader() -> str:
    """Return what tells this reader from others who use the same browser; "" where nobody signs in."""
    if access.current() is None:
        return ""
    # Two providers may give the same `sub` to different people (OpenID Connect Core 1.0, section 5.7).
    return hashlib.sha256(f"{st.user.get('iss')}\0{st.user.get('sub')}".encode()).hexdigest()


def _welcome(*, is_possible: bool) -> None:
    if not is_possible:
        st.warning(
            t(
                "La connexion n'est pas encore configurée, et cette page ne s'ouvre pas sans elle. Prévenez "
                "la personne qui administre l'application."
            )
        )
        return
    st.info(
        t(
            "Cette page est réservée. Connectez-vous avec le compte de votre établissement ; elle s'ouvre "
            "ensuite d'elle-même."
        )
    )
    st.button(t("Se connecter"), key=state.SIGN_IN, type="primary", on_click=st.login)


def _refuse() -> None:
    st.error(
        t(
            "Le compte {who} n'a pas accès à cette page. Connectez-vous avec un autre compte, ou demandez "
            "l'accès à la personne qui administre l'application.",
            who=literal(_who()),
        )
    )
    _offer_sign_out()


def _offer_sign_out() -> None:
    st.button(t("Se déconnecter"), key=state.SIGN_OUT, on_click=st.logout)


def _who() -> str:
    """Return what a reader knows their account by."""
    claims = st.user.to_dict()
    shown = (verified_email(claims), *(claims.get(name) for name in ("email", "name", "sub")))
    return next((str(one) for one in shown if one), "")
