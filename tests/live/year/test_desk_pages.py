"""The desk's places of results over the whole year: words of people only, and every unit named beyond doubt."""

from __future__ import annotations

import re
from collections import Counter
from html import unescape
from typing import Final

import httpx
import pytest

from services.council.desk.choosing import found
from shared.contracts.model import Tier
from shared.wording.unit_names import short_name
from tests.support.movement import register, s0
from tests.support.played_year import Played

MOVEMENT: Final = "thai-binh/trach-nhiem-ky-cuong-2023"
TIERS: Final = (Tier.SO, Tier.HUYEN, Tier.XA)
FIRST_OF = {tier: next(unit.code for unit in register().units if unit.tier is tier) for tier in TIERS}
DONG_HOANG: Final = [unit.code for unit in found(register().units, register(), "dong hoang")]
PAGES: Final = [
    *(f"/tieu-chuan?hinh-thuc={award.id}" for award in s0().awards),
    *(f"/xep-hang?linh-vuc={field.id}&cap={tier.value}" for field in s0().fields for tier in TIERS),
    f"/xep-hang?linh-vuc=de-an-06&cap=xa&huyen={register().by_code[DONG_HOANG[0]].parent}",
    "/de-nghi",
    "/de-nghi?loc=con-so-luong",
    "/tim?q=dong+hoang",
    "/tim?q=so",
    *(f"/vi-sao/{MOVEMENT}/{unit}" for unit in (*FIRST_OF.values(), *DONG_HOANG)),
]
CODES: Final = sorted(
    {unit.code for unit in register().units}
    | {*(c.id for c in s0().criteria), *s0().field, *s0().obligation, *s0().award, *s0().nominated_award}
    | {"PASS", "FAIL", "HOLD", "MISSING", "None", "True", "False", "trach-nhiem-ky-cuong-2023", "S0", "A4", "A8"}
)
CODE: Final = re.compile(rf"(?<![\w/-])({'|'.join(map(re.escape, CODES))})(?![\w/-])")
SHARED: Final = [name for name, n in Counter(unit.name for unit in register().units).items() if n > 1]
UNCLEAR: Final = re.compile(rf"({'|'.join(map(re.escape, SHARED))})(?!\w| ?, (huyện|thành phố))", re.IGNORECASE)


def visible(html: str) -> str:
    """What a reader sees or hears of a page: its text, without the markup."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub(r"<svg.*?</svg>", " ", html, flags=re.DOTALL))))


async def read(played: Played, address: str) -> str:
    headers = {"Authorization": f"Bearer {played.stack.desk_key}", "Accept": "text/html"}
    async with httpx.AsyncClient(base_url=played.stack.urls["council"], headers=headers, timeout=60) as http:
        answer = await http.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.text


@pytest.mark.parametrize("address", PAGES)
async def test_a_page_has_no_code_no_iso_date_and_no_name_that_two_units_share(played: Played, address: str) -> None:
    """DOMAIN 6: a commune stands with its district, a date as 05/12/2023; no page is heavier than 150 kB."""
    html = await read(played, address)
    text = visible(html)
    assert CODE.findall(text) == []
    assert re.findall(r"\d{4}-\d{2}-\d{2}", text) == []
    assert UNCLEAR.findall(text) == []
    assert len(html.encode()) < 150_000


async def test_the_flags_winner_is_found_without_marks_and_beside_the_other_commune_of_its_name(
    played: Played,
) -> None:
    """The secretary types what the caller says, and reads the answer aloud."""
    text = visible(await read(played, "/tim?q=dong+hoang"))
    assert {short_name(register(), unit).removeprefix("xã ") for unit in DONG_HOANG} <= set(
        re.findall(r"Xã (Đông Hoàng, huyện \w+ \w+)", text)
    )
    assert "Đã có quyết định" in text


async def test_scoring_adds_what_supports_a_result(played: Played) -> None:
    """The services know each other's addresses."""
    assert "Tham dự họp: được mời" in visible(await read(played, f"/vi-sao/{MOVEMENT}/{FIRST_OF[Tier.SO]}"))
