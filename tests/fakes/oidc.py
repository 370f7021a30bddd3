"""An OpenID Connect provider on 127.0.0.1: the authorization code flow, with PKCE, and logout.

It signs with a real key and refuses what a real one refuses: a client or an address that nobody registered,
a code used twice, a verifier that does not fit. Whoever comes chooses a user, on a page with a button for
each.

Sources: OpenID Connect Core 1.0, Discovery 1.0 and RP-Initiated Logout 1.0; RFC 7636 for PKCE.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID = "the-page"
CLIENT_SECRET = "known to the page and the provider"
LIFETIME_S = 3600


class Refused(Exception):  # noqa: N818 - reads as the sentence that it is
    """A request that is answered with `status` and the error of this name."""

    def __init__(self, error, status=400):
        super().__init__(error)
        self.status = status


class Provider:
    """Serves on `url` until closed.

    `users` holds their claims by their names, `redirect_uris` the addresses that a browser may be sent back
    to; both may be added to. `ended` lists who has logged out here, as their ID tokens say, None without one.
    """

    def __init__(self, users, redirect_uris=()):
        self.users = users
        self.redirect_uris = set(redirect_uris)
        self.ended = []
        self._key = RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}, private=True)
        self._codes = {}
        self._tokens = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.metadata_url = f"{self.url}/.well-known/openid-configuration"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- what is asked; each returns status, content type and text, or where to go ----------------------

    def discovery(self, *_):
        return _json(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
                "end_session_endpoint": f"{self.url}/end_session",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    def jwks(self, *_):
        return _json({"keys": [self._key.as_dict(private=False)]})

    def authorize(self, asked, _):
        """A button for each user and one to refuse, which all come back here with what was asked."""
        self._check_client(asked)
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in asked.items()
        )
        buttons = "".join(
            f'<button name="user" value="{name}">{html.escape(name)}</button>' for name in self.users
        )
        refuse = '<button name="user" value="">Refuse</button>'
        return 200, "text/html", f'<form action="/consent">{fields}{buttons}{refuse}</form>'

    def consent(self, asked, _):
        self._check_client(asked)
        back = asked["redirect_uri"]
        if asked["user"] not in self.users:
            return _redirect(
                back, error="access_denied", error_description="no\nconsent", state=asked["state"]
            )
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return _redirect(back, code=code, state=asked["state"])

    def token(self, asked, headers):
        expected = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("authorization") != f"Basic {expected}":
            raise Refused("invalid_client", 401)
        was = self._codes.pop(asked["code"], None)
        if was is None or was["redirect_uri"] != asked["redirect_uri"]:
            raise Refused("invalid_grant")
        if was["code_challenge"] != _challenge(asked["code_verifier"]):
            raise Refused("invalid_grant")
        access = secrets.token_urlsafe()
        self._tokens[access] = was["user"]
        return _json(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": LIFETIME_S,
                "id_token": self._id_token(was["user"], was["nonce"]),
            }
        )

    def userinfo(self, _, headers):
        user = self._tokens.get(headers.get("authorization", "").removeprefix("Bearer "))
        if user is None:
            raise Refused("invalid_token", 401)
        return _json(self._claims(user))

    def end_session(self, asked, _):
        hint = asked.get("id_token_hint")
        self.ended.append(jwt.decode(hint, self._key, algorithms=["RS256"]).claims["sub"] if hint else None)
        self._check_address(asked["post_logout_redirect_uri"])
        return _redirect(asked["post_logout_redirect_uri"])

    def nothing(self, *_):
        raise Refused("not_found", 404)

    # --- what is known ----------------------------------------------------------------------------------

    def _check_client(self, asked):
        self._check_address(asked.get("redirect_uri"))
        if asked.get("client_id") != CLIENT_ID:
            raise Refused("unauthorized_client")
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            raise Refused("invalid_request")
        if asked.get("code_challenge_method") != "S256" or not asked.get("nonce"):
            raise Refused("invalid_request")

    def _check_address(self, address):
        # Nobody is ever sent to an address that is not registered, not even with an error.
        if address not in self.redirect_uris:
            raise Refused("invalid_redirect_uri")

    def _claims(self, user):
        return {"sub": f"id-of-{user}", "name": user, **self.users[user]}

    def _id_token(self, user, nonce):
        now = int(time.time())
        times = {"iat": now, "exp": now + LIFETIME_S}
        claims = {"iss": self.url, "aud": CLIENT_ID, "nonce": nonce, **times, **self._claims(user)}
        return jwt.encode({"alg": "RS256", "kid": "1"}, claims, self._key)

    def _handler(provider):  # noqa: N805 - `self` is the handler's inside
        routes = {
            ("GET", "/.well-known/openid-configuration"): provider.discovery,
            ("GET", "/jwks"): provider.jwks,
            ("GET", "/authorize"): provider.authorize,
            ("GET", "/consent"): provider.consent,
            ("POST", "/token"): provider.token,
            ("GET", "/userinfo"): provider.userinfo,
            ("GET", "/end_session"): provider.end_session,
        }

        class Handler(BaseHTTPRequestHandler):
            def answer(self):
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
                asked = dict(parse_qsl(body if self.command == "POST" else url.query, keep_blank_values=True))
                try:
                    route = routes.get((self.command, url.path), provider.nothing)
                    status, kind, text = route(asked, self.headers)
                except Refused as error:
                    status, kind, text = error.status, *_json({"error": str(error)})[1:]
                except KeyError as error:
                    status, kind, text = 400, *_json({"error": f"{error} is missing"})[1:]
                self.send_response_only(status)
                self.send_header("Location" if status == 302 else "Content-Type", kind)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = answer  # noqa: N815 - names of the base

            def log_message(self, *_):
                pass

        return Handler


def _tag(name, **attributes):
    written = (f'{key}="{html.escape(value)}"' for key, value in attributes.items())
    return f"<{name} {' '.join(written)}>"


def _json(value):
    return 200, "application/json", json.dumps(value)


def _redirect(address, **query):
    return 302, f"{address}?{urlencode(query)}" if query else address, ""


def _challenge(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
