"""Pauses between attempts."""

from __future__ import annotations

import pytest

from shared.runtime.retrying import Backoff, retry_transient


def test_each_pause_is_twice_as_long_as_the_last_up_to_the_longest() -> None:
    """A pause never exceeds the longest, however many attempts fail."""
    backoff = Backoff(first=0.1, longest=0.5)
    pauses = []
    for _ in range(5):
        pauses.append(backoff.pause)
        backoff.grow()
    assert pauses == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5])


async def test_after_a_success_the_pauses_start_again_from_the_first() -> None:
    """A fault an hour ago does not make the next one cost more."""
    backoff = Backoff(first=0.001, longest=1.0)
    await backoff.wait()
    await backoff.wait()
    assert backoff.pause == pytest.approx(0.004)
    backoff.reset()
    assert backoff.pause == 0.001


async def test_work_is_attempted_again_after_a_transient_error_and_never_after_another() -> None:
    """A bug is raised at once."""
    failures: list[Exception] = [OSError(), OSError(), ValueError("a bug")]

    async def work() -> str:
        if failures:
            raise failures.pop(0)
        return "done"

    with pytest.raises(ValueError, match="a bug"):
        await retry_transient(work, (OSError,))
    assert await retry_transient(work, (OSError,)) == "done"
