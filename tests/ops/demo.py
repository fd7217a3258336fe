"""The demo that is watched: a stack with a mail server, its year played, and its driver still at hand."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from deploy.demo import SEED
from deploy.demo.drive import Driver
from deploy.demo.run import demo_stack, demo_year, province, reporters
from deploy.demo.steps import Year
from deploy.demo.year import START
from deploy.stack.embedded import Stack

YEAR: Final = SEED


@asynccontextmanager
async def watched_demo(folder: Path, smtp_port: int) -> AsyncIterator[tuple[Stack, Driver, Year]]:
    """A started stack whose mails go to a mail server on this machine, as in production."""
    os.environ |= {"THIDUA_SMTP_URL": f"smtp://127.0.0.1:{smtp_port}", "THIDUA_ENVIRONMENT": "production"}
    plans, register = province()
    async with (
        demo_stack(folder, fixed_ports=False) as stack,
        Driver(stack, plans, register, reporters(plans)) as driver,
    ):
        yield stack, driver, demo_year(YEAR)


async def play(driver: Driver, year: Year) -> None:
    """Publish the plans and play the year."""
    await driver.load(START)
    await driver.play(year)
