"""Mails go where the mailbox book says, on a real database, and an address that bounces is flagged."""

from __future__ import annotations

from datetime import date

from services.notify.channels.protocol import RenderedMail
from services.notify.mailboxes.book import Mailbox
from services.notify.state import Delivery, FailedForGood, Outcome, Sent
from shared.runtime.mongo import Database
from tests.support.notifying import ACCOUNT, REAL, Process, RecordingChannel, process

DOMAIN = "x.example"


async def write(one: Process, *entries: Mailbox) -> None:
    await one.mailboxes.replace(await one.mailboxes.book("thai-binh"), entries, "ban-tdkt")


async def flagged(one: Process) -> dict[str, int]:
    """The flagged addresses with how often they failed, as the routes, the metric and the log have them."""
    entries = await one.mailboxes.flagged("thai-binh")
    await one.mailboxes.watch()
    assert one.metrics.mailboxes_flagged._value.get() == len({entry.bounced.address for entry in entries})
    return {entry.bounced.address: entry.bounced.failures for entry in entries}


def agency(unit: str, address: str, **more: object) -> Mailbox:
    return Mailbox.model_validate({"unit": unit, "role": "agency", "address": address, **more})


async def test_a_mail_goes_to_the_address_of_the_book_on_the_day_it_is_sent(database: Database) -> None:
    """The mail itself names the address, too; a unit without an entry has its code as its mailbox."""
    channel, to = RecordingChannel(), list[str]()

    async def noting(mail: RenderedMail, address: str) -> Outcome:
        to.append(str(mail.message["To"]))
        return Sent()

    channel.attempt = noting
    one = await process(database, channel)
    await one.notes("so-noi-vu", "so-tttt", "so-gddt")
    sent_on = date(2023, 12, 1)
    away = {"deputy": "thay@tinh.example", "deputy_first": sent_on}
    await write(
        one, agency("so-noi-vu", "vt@tinh.example", first=sent_on), agency("so-tttt", "vt2@tinh.example", **away)
    )
    await one.deliver()
    addresses = [f"so-gddt@{DOMAIN}", "thay@tinh.example", "vt@tinh.example"]
    assert sorted(delivery.mailbox for delivery in await one.deliveries.all()) == addresses
    assert sorted(to) == addresses


async def test_another_process_sees_a_replaced_book_at_once(database: Database) -> None:
    one, two = await process(database, RecordingChannel()), await process(database, RecordingChannel())
    await one.notes("so-noi-vu")
    (notice,) = [stored.kept.notice for stored in await one.notices.all()]
    assert await two.mailboxes.address(notice) == f"so-noi-vu@{DOMAIN}"
    await write(one, agency("so-noi-vu", "vt@tinh.example"))
    assert await two.mailboxes.address(notice) == "vt@tinh.example"
    head = notice.model_copy(update={"role": "head"})
    assert await two.mailboxes.address(head) == f"thu-truong.so-noi-vu@{DOMAIN}"


async def test_an_address_is_flagged_from_its_second_failure_until_a_mail_gets_through(database: Database) -> None:
    """So is one that the book does not name; and an address that was replaced is not flagged any more."""
    channel, refused = RecordingChannel(), {f"so-noi-vu@{DOMAIN}", f"so-tttt@{DOMAIN}"}

    async def refusing(mail: RenderedMail, address: str) -> Outcome:
        return FailedForGood("550 no such user") if address in refused else Sent()

    channel.attempt = refusing
    one = await process(database, channel)

    async def remind() -> None:
        await one.notes("so-noi-vu", "so-tttt", "so-gddt")
        await one.deliver()
        one.after(60)

    await remind()
    assert await flagged(one) == {}
    await remind()
    assert await flagged(one) == {f"so-noi-vu@{DOMAIN}": 2, f"so-tttt@{DOMAIN}": 2}
    (first, _) = await one.mailboxes.flagged("thai-binh")
    assert first.bounced.last_error == "550 no such user"
    assert [(holder.unit, holder.name, holder.role) for holder in first.holders] == [
        ("so-noi-vu", "Sở Nội vụ", "agency")
    ]
    refused.remove(f"so-noi-vu@{DOMAIN}")
    await remind()
    assert await flagged(one) == {f"so-tttt@{DOMAIN}": 3}
    await write(one, agency("so-tttt", "vt@tinh.example"))
    assert await flagged(one) == {}


async def test_a_copy_in_the_folder_does_not_hide_what_the_mail_server_refuses(database: Database) -> None:
    """The folder takes every mail, so each channel is counted by itself."""
    one, address = await process(database, RecordingChannel()), f"so-gddt@{DOMAIN}"
    refused = Delivery(
        notice="", account=ACCOUNT, channel="smtp", mailbox=address, next_attempt=REAL, state="failed", last_error="550"
    )
    for n in range(2):
        await one.deliveries.make([refused.model_copy(update={"notice": f"earlier {n}"})])
    one.after(60)
    await one.notes("so-gddt")
    await one.deliver()
    assert {delivery.state for delivery in await one.deliveries.all()} == {"sent", "failed"}
    assert await flagged(one) == {address: 2}
