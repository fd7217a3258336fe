"""What a secretary does with what a page has: with mouse and keyboard, or with the keyboard alone."""

from __future__ import annotations

from typing import Protocol

from playwright.async_api import Locator, Page

_MOST_KEYS = 600


class Hand(Protocol):
    """Uses links, buttons and fields. Every method raises an error of the browser if it cannot."""

    page: Page

    async def follow(self, target: Locator) -> None:
        """Use a link or a button that leads to another page, and wait for that page."""

    async def write(self, field: Locator, text: str) -> None:
        """Replace what stands in a field."""

    async def choose(self, choice: Locator, words: str) -> None:
        """Choose one of several options by its words."""

    async def tick(self, box: Locator) -> None:
        """Tick a box, or choose one of several round ones."""


class Mouse:
    """A hand on the mouse, the other on the keyboard. On a telephone this is a finger."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def follow(self, target: Locator) -> None:
        async with self.page.expect_navigation():
            await target.click()

    async def write(self, field: Locator, text: str) -> None:
        await field.fill(text)

    async def choose(self, choice: Locator, words: str) -> None:
        await choice.select_option(words)

    async def tick(self, box: Locator) -> None:
        await box.check()


class Keys:
    """The keyboard alone: Tab to what is meant, then the key that a browser has for it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def follow(self, target: Locator) -> None:
        await self.reach(target)
        async with self.page.expect_navigation():
            await self.page.keyboard.press("Enter")

    async def write(self, field: Locator, text: str) -> None:
        await self.reach(field)
        await self.page.keyboard.press("Control+A")
        await self.page.keyboard.press("Delete")
        await self.page.keyboard.type(text)

    async def choose(self, choice: Locator, words: str) -> None:
        await self.reach(choice)
        await self.page.keyboard.press("Home")
        for _ in range(await choice.locator("option").count()):
            if await choice.evaluate("select => select.selectedOptions[0].label") == words:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no option {words!r} in {choice}")

    async def tick(self, box: Locator) -> None:
        if await box.is_checked():
            return
        if await box.get_attribute("type") == "checkbox":
            await self.reach(box)
            await self.page.keyboard.press("Space")
        else:
            await self._turn_to(box)
        assert await box.is_checked(), f"no key ticks {box}"

    async def _turn_to(self, box: Locator) -> None:
        """Tab leads to one of the round boxes with a name, the arrows to the others."""
        same = 'box => document.activeElement.name === box.name && document.activeElement.type === "radio"'
        await self.reach(box, same)
        await self.page.keyboard.press("Space")
        for _ in range(10):
            if await box.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")

    async def reach(self, target: Locator, is_there: str = "element => element === document.activeElement") -> None:
        """Press Tab until what is meant has the focus. It is found once, because a key is pressed many times."""
        element = await target.element_handle()
        for _ in range(_MOST_KEYS):
            if await element.evaluate(is_there):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"no key reaches {target}")
