"""Renders an account's unpublished notices, each as one ``notice.sent`` event. Rendering has no side effects."""

from __future__ import annotations

from collections.abc import Sequence

from services.notify.state import StoredAccount
from services.notify.store import EVENT, MAIL, Accounts
from shared.contracts.ids import derived
from shared.contracts.notify import Notice, NoticeSent
from shared.contracts.topics import NOTICES
from shared.runtime.outbox import Outgoing, Rendering, Undeliverable, rendering

SOURCE = "thidua/notify"


def publisher(accounts: Accounts) -> Rendering:
    """How the outbox publishes the notices of accounts; a broker that has lost its topics gets all of them again."""
    return rendering(
        accounts.published, _render, lambda stored: [f"{EVENT}{notice}" for notice in stored.account.notices]
    )


async def _render(stored: StoredAccount, unsent: Sequence[str]) -> list[Outgoing]:
    """The events of an account. Raises ``Undeliverable`` while ``unsent`` still names a mail of release 0.1.0.

    A process of that release may still be running and add one. The relay clears every name that it has published, so
    the mail would be lost if its name were skipped here.
    """
    if any(what.startswith(MAIL) for what in unsent):
        raise Undeliverable("a mail of the last release has not been taken over yet")
    return [_event(stored.account.notices[what.removeprefix(EVENT)]) for what in unsent]


def _event(notice: Notice) -> Outgoing:
    key = f"{notice.plan.province}/{notice.recipient}"
    event = NoticeSent(
        id=derived("notice sent", notice.id), source=SOURCE, time=notice.sent_at, subject=key, data=notice
    )
    return Outgoing(NOTICES.name, key.encode(), event.encode())
