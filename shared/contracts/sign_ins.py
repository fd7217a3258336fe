"""What intake publishes about sign-ins that have ended: every service refuses their cookies from then on."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime

from shared.contracts.model import Event, Id, TolerantModel


class EndedSignIn(TolerantModel):
    """A sign-in that ended by a sign-out or because the person's rights changed.

    ``expires_at`` (UTC, the machine's clock) is when its cookie would have expired anyway; nobody needs to remember
    the sign-in after that.
    """

    sign_in: Id
    expires_at: AwareDatetime


class SignInEnded(Event):
    """A sign-in has ended. It never becomes valid again."""

    type: Literal["sign_in.ended"] = "sign_in.ended"
    data: EndedSignIn
