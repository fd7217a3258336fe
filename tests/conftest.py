"""Fixtures that several rooms of tests share, and the order and distribution of the test files."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from deploy.stack.embedded import Stack
from tests.support.memory_kafka import MemoryKafka

settings.register_profile("whatever the machine", deadline=None)
settings.load_profile("whatever the machine")


_LONGEST = (
    *("live/year", "live/test_chaos_kafka", "browser/test_desk_journey", "live/test_cli", "live/test_agency_examples"),
    *("live/test_chaos", "live/test_kafka_access", "wire/test_schema_driven"),
    *("live/test_intake_killed", "live/test_readiness", "live/test_last_release", "wire/test_dead_letters_cli"),
    *("wire/test_fetch_batching", "stores/test_notify_killed", "stores/test_nomination_replay"),
    *("stores/test_scoring_replay", "stores/test_reminding"),
    *("wire/test_consuming", "wire/test_intake_fuzz", "wire/test_excel_http"),
    *("rules/test_replay_properties", "rules/test_evaluate_random", "rules/test_authority", "rules/test_evaluate_cli"),
    *("contracts/test_strict_input", "rules/test_command_line", "rules/test_excel", "rules/test_excel_hostile"),
    *(
        "rules/test_evaluate_codes",
        "papers/test_session_papers",
        "architecture/test_import_contracts",
        "contracts/test_fast_decoder",
    ),
)
"""The files and the folder that take longest, in the order in which they start, so that none runs alone at the end."""

_SHARING = {
    "the disturbed stack": ("tests/live/test_intake_killed.py", "tests/live/test_readiness.py"),
    "the usual ports": ("tests/live/test_cli.py", "tests/live/test_agency_examples.py"),
    "the syntax trees": (
        *("tests/architecture/test_names.py", "tests/architecture/test_layout.py"),
        *("tests/architecture/test_typed_state.py", "tests/architecture/test_wording.py"),
        *("tests/contracts/test_problem_titles.py", "tests/rules/test_criteria.py"),
    ),
}
"""The files that share something that one process of tests makes once."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep the garbage collector from scanning, again and again, what every test of the process needs.

    Modules, models and collected tests live until the end; scanning them takes a seventh of the time of pure tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files in ``_LONGEST`` first, in their order there; those of a folder stay together."""
    tests = Path(__file__).parent
    places = {tests / name: place for place, name in enumerate(_LONGEST)}

    def place(item: pytest.Item) -> int:
        return places.get(item.path.with_suffix(""), places.get(item.path.parent, len(places)))

    items.sort(key=place)


class _Sharing(LoadScopeScheduling):  # type: ignore[misc] # the base class has no types
    """Distributes whole files; files that share the played year or what ``_SHARING`` names go to one process."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file.startswith("tests/live/year/"):
            return "the played year"
        return next((shared for shared, files in _SHARING.items() if file in files), file)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Use ``_Sharing`` if tests run in several processes."""
    return _Sharing(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """For ``--numprocesses auto`` one process more than there are cores: live tests wait for brokers and groups.

    ``logical`` is as many as there are cores, for tests that only compute.
    """
    cores = os.cpu_count() or 1
    return cores if config.option.numprocesses == "logical" else cores + 1


@pytest_asyncio.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """The embedded broker and database alone, as real processes."""
    stack = Stack(tmp_path_factory.mktemp("servers") / "stack", agencies=["so-noi-vu"])
    try:
        await stack.start_servers()
        yield stack
    finally:
        await stack.stop()


@pytest_asyncio.fixture
async def kafka() -> MemoryKafka:
    """A broker in memory of the test's own."""
    return MemoryKafka()
