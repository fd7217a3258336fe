"""From the council's freeze to the members' mailboxes: what council publishes, notify sends, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from deploy.stack.embedded import Stack
from services.notify.delivery import DeliveryWorker
from shared.contracts.model import VIETNAM
from shared.contracts.topics import AGENDAS
from shared.runtime.outbox import Outbox, Outgoing
from tests.support.council_desk import open_desk
from tests.support.intake_client import listening
from tests.support.kafka_access import thidua
from tests.support.notify_client import DESK, NotifyClient, notify_client
from tests.support.sittings import HEAD, MEMBERS, post, put
from tests.support.waiting import until

FREEZE = datetime(2023, 12, 23, 10, tzinfo=VIETNAM)
"""A Saturday, on which nobody is reminded of anything else."""


async def delivered(notify: NotifyClient) -> None:
    """Publish everything, and deliver everything that is due, as the running service does."""

    async def publish(messages: Sequence[Outgoing]) -> None:
        """To no broker."""

    await Outbox(notify.service.outbox._renderings, publish, notify.service.metrics, ()).relay()
    (worker,) = [work for work in notify.service._background._works if isinstance(work, DeliveryWorker)]
    await worker.look()
    await until(lambda: _is_idle(worker))


async def _is_idle(worker: DeliveryWorker) -> bool:
    await worker.look()
    return await worker.backlog() == 0


async def test_members_are_invited_when_the_secretary_freezes_and_notified_when_the_chair_cancels(
    servers: Stack, tmp_path: Path
) -> None:
    folder = tmp_path / "outbox"
    with_unit = [{**member, "unit": "so-noi-vu"} if member["id"] == "tv-2" else member for member in MEMBERS]
    async with (
        open_desk(servers) as desk,
        notify_client(servers, folder, FREEZE, council_url="https://hd.example") as notify,
    ):

        async def passes_on() -> None:
            """notify hears what council published, and does what is due."""
            for message in await desk.published():
                if message.topic == AGENDAS.name and b"P4" in (message.key or b""):
                    await notify.apply(AGENDAS.by_contract(message.value or b""))
            await notify.tick(FREEZE)

        async def ledger() -> dict[str, str]:
            (session,) = (await notify.http.get("/v1/invitations", headers=DESK)).json()
            return {member["member"]: member["state"] for member in session["members"]}

        await put(desk, "head", {**HEAD, "day": "2023-12-28", "members": with_unit})
        await passes_on()
        assert (await notify.http.get("/v1/invitations", headers=DESK)).json() == []
        assert (await post(desk, "freeze")).status_code == 200
        await passes_on()
        states = await ledger()
        assert (states.pop("tv-1"), states.pop("tv-2"), set(states.values())) == ("waiting", "waiting", {"no_mailbox"})
        await post(desk, "cancel", {"reason": "Gộp với phiên sau"})
        await passes_on()
        await delivered(notify)
        assert len(list(folder.rglob("*.eml"))) == 4
        (session,) = (await notify.http.get("/v1/invitations", headers=DESK)).json()
        of_member = next(member for member in session["members"] if member["member"] == "tv-2")
        assert [message["kind"] for message in of_member["messages"]] == ["invitation", "cancellation"]
        assert of_member["messages"][1]["reason"] == "Gộp với phiên sau"
        assert (await notify.http.get("/v1/invitations")).status_code == 401
        async with listening(notify.service) as url:
            code, out, err = await thidua("notices", "invitations", "--url", url, "--key", "desk")
        assert (code, err) == (1, "")
        assert "chưa có hộp thư" in out
        assert out.endswith("1 phiên họp; 7 thành viên chưa gửi được.\n")
