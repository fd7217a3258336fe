"""Renders what an account has still to publish: one ``notice.sent`` a notice. Rendering has no side effects."""

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
    """What the outbox publishes of accounts, and of all notices again to a broker that has forgotten its topics."""
    return rendering(
        accounts.published, _render, lambda stored: [f"{EVENT}{notice}" for notice in stored.account.notices]
    )


async def _render(stored: StoredAccount, unsent: Sequence[str]) -> list[Outgoing]:
    """The events of an account. Raises ``Undeliverable`` while a mail the last release noted is not taken over.

    The relay clears all that it was given to render, so a process of that release beside this one could lose a mail.
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
