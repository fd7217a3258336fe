"""Who is signed in, by the cookie of a request; a request that changes something must come from our own pages."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypedDict

from fastapi import Request, Response

from shared.caching import Cache
from shared.contracts.people import Person
from shared.runtime.http.form_bodies import read_form
from shared.runtime.http.pages.changes import Watcher
from shared.runtime.http.problems import Refusal
from shared.runtime.http.sign_in.addresses import is_loopback, is_own_origin, origins_of
from shared.runtime.http.sign_in.ended import TRUSTED_SECONDS, EndedSignIns
from shared.runtime.http.sign_in.tokens import SIGN_IN_SECONDS, SignIn, cookie_name, form_token, public_key, verified

FORM_FIELD: Final = "csrf"
FORM_HEADER: Final = "x-csrf-token"
_KEY_SECONDS: Final = 3600
_READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_KEPT: Final = 512
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


class CookieFlags(TypedDict):
    """How a browser keeps a cookie."""

    httponly: bool
    samesite: Literal["lax"]
    secure: bool


class SignIns:
    """The sign-ins of one stack.

    ``public_keys`` are the keys (64 hex digits) whose signatures are accepted; without one nobody is signed in.
    ``pages`` are the addresses of the stack's pages, whose forms may be sent to this service. ``now`` is the machine's
    clock in Unix seconds.
    """

    def __init__(
        self,
        ended: EndedSignIns,
        public_keys: Sequence[str],
        stack: str,
        pages: Sequence[str] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.ended, self.stack, self._now = ended, stack, now
        self._keys = [public_key(digits) for digits in public_keys]
        self.origins = origins_of(pages)
        self._verified = Cache[str, SignIn](_MOST_KEPT)

    def cookie_name(self, request: Request) -> str:
        """The name of the cookie for the host that the browser asked; outside loopback it is a secure one."""
        return cookie_name(self.stack, secure=not is_loopback(request.headers.get("host", "")))

    def give(self, request: Request, answer: Response, cookie: str) -> None:
        """Set the cookie of a new sign-in."""
        answer.set_cookie(self.cookie_name(request), cookie, max_age=SIGN_IN_SECONDS, **self.flags(request))

    def forget(self, request: Request, answer: Response) -> None:
        """Have the browser forget the cookie."""
        answer.delete_cookie(self.cookie_name(request), **self.flags(request))

    def flags(self, request: Request) -> CookieFlags:
        """How a cookie is kept: no script reads it, no other site's form carries it, and outside loopback only TLS."""
        secure = not is_loopback(request.headers.get("host", ""))
        return CookieFlags(httponly=True, samesite="lax", secure=secure)

    async def find(self, request: Request) -> SignIn | None:
        """The sign-in of a request's cookie, or None.

        ``request.state.person`` and ``request.state.form_token`` are then set for the pages. Raises ``Refusal`` with
        403 for a request that changes something and does not come from a page of ours. Who only reads may do so for a
        second after another process has noted the end of the sign-in.
        """
        cookie, reads = request.cookies.get(self.cookie_name(request), ""), request.method in _READING
        sign_in = self._of(cookie)
        if sign_in is None or await self.ended.has(sign_in.id, within=TRUSTED_SECONDS if reads else 0.0):
            return None
        request.state.person, request.state.form_token = sign_in.person, form_token(cookie)
        request.state.sign_in = sign_in
        if not reads:
            await self._require_own_form(request, form_token(cookie))
        return sign_in

    def _of(self, cookie: str) -> SignIn | None:
        """The sign-in of a cookie. Its signature is verified once; when it expires is looked at each time."""
        now, kept = self._now(), self._verified.get(cookie)
        if kept is not None and now < kept.expires_at:
            return kept
        sign_in = verified(cookie, self._keys, self.stack, now) if cookie else None
        return None if sign_in is None else self._verified.keep(cookie, sign_in)

    def require_own_page(self, request: Request) -> None:
        """Raise ``Refusal`` with 403 for a form that was not sent from a page of ours, whoever is signed in.

        A form of another site comes without our cookie, and the answer could still set one, or have it forgotten.
        """
        origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
        if not is_own_origin(origin, host, self.origins):
            raise Refusal(403, "other_site", "Yêu cầu không được gửi từ trang của hệ thống này.")

    async def _require_own_form(self, request: Request, token: str) -> None:
        self.require_own_page(request)
        given = request.headers.get(FORM_HEADER, "")
        if not given and request.headers.get("content-type", "").split(";")[0].strip().lower() in _FORMS:
            field = (await read_form(request)).get(FORM_FIELD)
            given = field if isinstance(field, str) else ""
        if not hmac.compare_digest(given.encode(), token.encode()):
            raise Refusal(403, "form_expired", "Trang đã mở quá lâu hoặc đã đăng nhập lại; hãy mở lại trang rồi gửi.")


def watcher_of(request: Request, person: Person) -> Watcher:
    """Who opens an event stream, and until when: the end of the sign-in, or an hour for a caller with a key.

    Call it after the caller is known.
    """
    sign_in: SignIn | None = getattr(request.state, "sign_in", None)
    if sign_in is None:
        return Watcher(person.id, "", time.time() + _KEY_SECONDS)
    return Watcher(person.id, sign_in.id, sign_in.expires_at)


def token_of(request: Request) -> str:
    """The CSRF token for the forms of a page; empty for a caller with a key. Call it after the caller is known."""
    return str(getattr(request.state, "form_token", ""))
