"""What the services of a played year have logged: JSON that a program reads, and nothing about a person."""

from __future__ import annotations

import json
import re
from datetime import datetime

from deploy.demo.steps import SubmitNomination
from shared.contracts.topics import SERVICES
from tests.support.played_year import Played, year_to_the_awards

_KEY = re.compile(r"(?<![\w-])[\w-]{43}(?![\w-])")
"""The form of every key that the services and the stack make."""


def logged(played: Played, service: str) -> list[str]:
    """The lines of a service's log."""
    return (played.stack.folder / "logs" / f"{service}.log").read_text(encoding="utf-8").splitlines()


def test_every_line_is_json_with_instant_level_service_and_message(played: Played) -> None:
    """A collector needs no rules of its own."""
    for service in SERVICES:
        lines = [json.loads(line) for line in logged(played, service)]
        assert lines, service
        for line in lines:
            assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
            assert line["level"] in {"info", "warning", "error", "critical"}
            assert line["service"] == service
            assert line["event"]


def test_no_log_has_a_persons_name_or_birthday_or_a_key(played: Played) -> None:
    """The persons whom the year's nominations name, and every key of the stack and of its agencies."""
    people = {
        str(person[field])
        for step in year_to_the_awards().steps
        if isinstance(step, SubmitNomination) and isinstance(person := step.body.get("person"), dict)
        for field in ("name", "born")
    }
    assert len(people) >= 6
    private = {*people, played.stack.operator_key, played.stack.desk_key, *played.keys.values()}
    for service in SERVICES:
        log = "\n".join(logged(played, service))
        assert [text for text in private if text in log] == []
        assert _KEY.findall(log) == []
        assert "Bearer" not in log
