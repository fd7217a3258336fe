"""An OpenID issuer of our own: a real HTTP server on this machine with real keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "thidua"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def jwk(kid: str, key: Private, **more: Any) -> dict[str, Any]:
    """A public key as an issuer publishes it."""
    shown = (RSAKey if isinstance(key, rsa.RSAPrivateKey) else ECKey).import_key(public_pem(key)).as_dict(private=False)
    return {**shown, "kid": kid, "use": "sig", **more}


def public_pem(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private(key: Private) -> RSAKey | ECKey:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (RSAKey if isinstance(key, rsa.RSAPrivateKey) else ECKey).import_key(pem)


def _part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None = None) -> str:
    """A token that proper libraries refuse to create: unsigned, or signed with HMAC and any secret."""
    signing_input = f"{_part(json.dumps(header).encode())}.{_part(json.dumps(claims).encode())}"
    signature = b"" if secret is None else hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
    return f"{signing_input}.{_part(signature)}"


class Issuer:
    """Signs tokens with the keys of its set; ``served`` counts how often the set was fetched.

    People who come to sign in are sent back at once; ``requests`` holds what was asked for by the codes given for it.
    """

    def __init__(self) -> None:
        self.rsa, self.ec = rsa_key(), ec_key()
        self.keys = [jwk("r1", self.rsa, alg="RS256"), jwk("e1", self.ec)]
        self.served = 0
        self.answering = True
        self.calls_itself: str | None = None
        self.requests: dict[str, dict[str, str]] = {}
        self.id_token: dict[str, Any] = {}
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer: dict[str, Any] | None = None
                if issuer.answering and self.path == "/.well-known/openid-configuration":
                    answer = {"issuer": issuer.calls_itself or issuer.url, "jwks_uri": f"{issuer.url}/keys"}
                    answer |= {f"{name}_endpoint": f"{issuer.url}/{name}" for name in ("authorization", "token")}
                elif issuer.answering and self.path.startswith("/authorization?"):
                    request = dict(parse_qsl(urlsplit(self.path).query))
                    code = f"code-{request['state']}"
                    issuer.requests[code] = request
                    given = urlencode({"code": code, "state": request["state"], "iss": issuer.url})
                    self.send_response(302)
                    self.send_header("Location", f"{request['redirect_uri']}?{given}")
                    self.end_headers()
                    return
                elif issuer.answering and self.path == "/keys":
                    issuer.served += 1
                    answer = {"keys": issuer.keys}
                self.send_response(200 if answer else 500)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                token = issuer.exchange({name: values[0] for name, values in parse_qs(body).items()})
                self.send_response(200 if token else 400)
                self.end_headers()
                self.wfile.write(json.dumps({"id_token": token, "access_token": "x", "token_type": "Bearer"}).encode())

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def exchange(self, form: dict[str, str]) -> str | None:
        """The ID token for a code, which counts once, from the client that asked for it (RFC 6749, RFC 7636).

        ``id_token`` holds what a test changes in it, and how it is signed.
        """
        request = self.requests.pop(form.get("code", ""), None)
        challenge = _part(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if request is None or request["code_challenge"] != challenge or request["code_challenge_method"] != "S256":
            return None
        if any(form.get(name) != request[name] for name in ("client_id", "redirect_uri")):
            return None
        return self.token(**({"agency": None, "nonce": request["nonce"], "aud": request["client_id"]} | self.id_token))

    def claims(self, agency: str | None = "so-noi-vu", **changes: Any) -> dict[str, Any]:
        """The claims of a valid token; a change to None removes a claim."""
        now = int(time.time())
        defaults = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": "nguyen.van.a",
            "iat": now,
            "exp": now + 300,
            "agency": agency,
        }
        return {name: value for name, value in {**defaults, **changes}.items() if value is not None}

    def token(
        self,
        agency: str | None = "so-noi-vu",
        *,
        algorithm: str = "RS256",
        kid: str | None = "r1",
        key: Private | None = None,
        **changes: Any,
    ) -> str:
        """A token with the claims of ``claims``, signed by ``key`` or else by the issuer's key for the algorithm."""
        signer = key or (self.rsa if algorithm.startswith(("RS", "PS")) else self.ec)
        headers = {"kid": kid} if kid is not None else {}
        claims = self.claims(agency, **changes)
        return jwt.encode({"alg": algorithm, **headers}, claims, _private(signer), algorithms=[algorithm])
