"""Whom the page admits, by what the provider says of them.

A domain or an address admits only an e-mail address that the provider has verified: at many providers a user
may write any other into their profile. A claim admits whoever has that value of it, in a list too; the
provider alone decides who does. What is known of everybody who signs in, and the e-mail address, which is
only known with its verification, can't be such a claim.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# As Terraform takes those of `oidc_allowed_emails`.
_ADDRESS: Final = re.compile(r"[^@\s,]+@[^@\s,]+")
_NO_RULES: Final = frozenset({"email", "email_verified", "is_logged_in", "provider", "iss", "aud"})


@dataclass(frozen=True)
class Rules:
    """Who is admitted: domains and addresses in lower case, and claims with one value each."""

    domains: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    claims: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Rules:
        """The rules that the environment of a process names."""
        claims = (claim.partition("=")[::2] for claim in _listed(environment, "OIDC_ALLOWED_CLAIMS"))
        return cls(
            domains=frozenset(map(str.lower, _listed(environment, "OIDC_ALLOWED_DOMAINS"))),
            emails=frozenset(map(str.lower, _listed(environment, "OIDC_ALLOWED_EMAILS"))),
            claims=frozenset(
                (name.strip(), value.strip())
                for name, value in claims
                if value.strip() and name.strip() not in _NO_RULES
            ),
        )

    @property
    def names_anybody(self) -> bool:
        """Whether there is a rule at all."""
        return bool(self.domains or self.emails or self.claims)

    def admit(self, user: Mapping[str, Any]) -> bool:
        """Whether somebody is admitted of whom `st.user` holds this."""
        if user.get("is_logged_in") is not True:
            return False
        email = verified_email(user)
        is_known = bool(email) and (email in self.emails or email.rpartition("@")[2] in self.domains)
        return is_known or any(_has(user, name, value) for name, value in self.claims)


def verified_email(user: Mapping[str, Any]) -> str:
    """The e-mail address that the provider vouches for, in lower case; "" without one."""
    email, verified = user.get("email"), user.get("email_verified")
    # Some providers write the word.
    is_verified = verified is True or verified == "true"
    # Some letters of other scripts are an ASCII one in lower case.
    is_address = isinstance(email, str) and email.isascii() and _ADDRESS.fullmatch(email)
    return str(email).lower() if is_verified and is_address else ""


def _has(user: Mapping[str, Any], name: str, value: str) -> bool:
    held = user.get(name)
    return value in (map(_said, held) if isinstance(held, list) else [_said(held)])


def _said(value: object) -> str:
    """A claim's value as an operator writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else ""


def _listed(environment: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in environment.get(name, "").split(",") if part.strip()]
