"""Renders ended sign-ins as events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from services.intake.context import SOURCE
from shared.contracts.ids import derived
from shared.contracts.sign_ins import EndedSignIn, SignInEnded
from shared.contracts.topics import SIGN_OUTS
from shared.runtime.http.sign_in.ended import EndedSignIns
from shared.runtime.outbox import Outgoing, Rendering, rendering


def ended_rendering(ended: EndedSignIns) -> Rendering:
    """The rendering of each ended sign-in. Its instant is the cookie's expiry, which never changes."""

    async def render(stored: EndedSignIn, unsent: Sequence[str]) -> list[Outgoing]:
        if not unsent:
            return []
        event = SignInEnded(
            id=derived("sign-in ended", stored.sign_in),
            source=SOURCE,
            time=stored.expires_at,
            subject=stored.sign_in,
            data=stored,
        )
        return [Outgoing(SIGN_OUTS.name, stored.sign_in.encode(), event.encode())]

    def everything(stored: EndedSignIn) -> list[str]:
        return ["ended"] if stored.expires_at > datetime.now(UTC) else []

    return rendering(ended.published, render, everything)
