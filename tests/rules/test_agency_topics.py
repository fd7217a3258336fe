"""The topics of the agencies that report."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from services.intake.reports.agency_topics import AgencyTopics


class Broker:
    """Creates topics; is away while ``away`` is set."""

    def __init__(self) -> None:
        self.away = False
        self.created: list[set[str]] = []

    async def create(self, agencies: Collection[str]) -> None:
        if self.away:
            raise ConnectionResetError
        self.created.append({*agencies})


async def test_an_agency_that_no_plan_names_gets_its_topics_with_its_first_report_only() -> None:
    broker = Broker()
    topics = AgencyTopics(lambda: {"so-noi-vu"}, broker.create)
    for agency in ("so-noi-vu", "so-moi", "so-moi"):
        await topics.ensure(agency)
    assert broker.created == [{"so-noi-vu", "so-moi"}]
    assert topics.agencies() == {"so-noi-vu", "so-moi"}


async def test_topics_that_could_not_be_created_are_created_with_the_next_report() -> None:
    broker = Broker()
    topics = AgencyTopics(set, broker.create)
    broker.away = True
    with pytest.raises(ConnectionResetError):
        await topics.ensure("so-moi")
    assert topics.agencies() == set()
    broker.away = False
    await topics.ensure("so-moi")
    assert broker.created == [{"so-moi"}]
