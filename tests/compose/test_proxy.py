"""One origin for all services: the real nginx, with the file that compose gives it, before real services.

The services are processes with the settings that compose gives them, on the embedded broker and database.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from deploy.stack.embedded import Stack
from deploy.stack.keys import digest
from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from services.intake.sign_in.signing import public_digits
from shared.contracts.topics import SERVICES
from shared.runtime.http.prefixes import FOR_OPERATORS
from tests.support.browsing import chromium, pictures_folder
from tests.support.compose import filled_in
from tests.support.compose_file import service
from tests.support.movement import register, s0, s1
from tests.support.proxied import Proxy, proxied
from tests.support.signed_in import SECRET
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(120)

HOST: Final = "thidua.tinh.example"
KEY: Final = "operator's key"
HTML: Final = {"Accept": "text/html"}
BEARER: Final = {"Authorization": f"Bearer {KEY}"}


@dataclass(frozen=True, slots=True)
class Origin:
    """The one origin: what browsers type, the proxy behind it, and the processes of the services."""

    site: str
    proxy: Proxy
    parts: dict[str, Part]

    @property
    def url(self) -> str:
        return f"https://{self.site}"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def origin(servers: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Origin]:
    """Compose's settings with a site of its own; only what names a server is another."""
    folder = tmp_path_factory.mktemp("proxied")
    (folder / "logs").mkdir()
    *ports, tls = free_ports([None] * (len(SERVICES) + 1))
    site = f"{HOST}:{tls}"
    given = {
        "THIDUA_SITE": site,
        "THIDUA_SIGN_IN_LINKS": "true",
    }
    parts: dict[str, Part] = {}
    for name, port in zip(SERVICES, ports, strict=True):
        environment = filled_in(service(name)["environment"], given) | {
            "THIDUA_KAFKA": servers.kafka,
            "THIDUA_KAFKA_USER": "",
            "THIDUA_SECRETS": "",
            "THIDUA_IDEMPOTENT_PRODUCER": "false",
            "THIDUA_MONGO": servers.mongo,
            "THIDUA_DATABASE_PREFIX": "proxied_",
            "THIDUA_HOST": "127.0.0.1",
            "THIDUA_PORT": str(port),
            "THIDUA_SIGN_IN_SECRET": SECRET if name == "intake" else "",
            "THIDUA_SIGN_IN_KEYS": public_digits(SECRET),
            "THIDUA_OPERATOR_KEY_SHA256": digest(KEY),
            "THIDUA_DESK_KEY_SHA256": "",
            "THIDUA_OUTBOX_DIR": str(folder / "outbox"),
            "THIDUA_SCORING_URL": f"http://127.0.0.1:{dict(zip(SERVICES, ports, strict=True))['scoring']}",
            "THIDUA_INTAKE_URL": f"http://127.0.0.1:{dict(zip(SERVICES, ports, strict=True))['intake']}",
        }
        parts[name] = Part(
            name, [sys.executable, "-m", f"services.{name}"], folder / "logs" / f"{name}.log", environment
        )
    try:
        await asyncio.gather(*(part.start() for part in parts.values()))
        async with proxied(folder, dict(zip(SERVICES, ports, strict=True)), tls) as proxy:
            opened = Origin(site, proxy, parts)
            await _wait_ready(opened, dict(zip(SERVICES, ports, strict=True)))
            async with proxy.client(site) as http:
                for path, body in (("units", register()), ("plans", s0()), ("plans", s1())):
                    sent = body.model_dump(mode="json")
                    answer = await http.put(f"/api/intake/v1/{path}", headers=BEARER, json=sent)
                    assert answer.status_code == 204, answer.text

                async def has_the_plan() -> bool:
                    answer = await http.get("/hoi-dong/", headers=BEARER | HTML)
                    return answer.status_code == 200

                await until(has_the_plan, "council having read the plan")
            yield opened
    finally:
        await asyncio.gather(*(part.stop() for part in parts.values()))


async def _wait_ready(origin: Origin, ports: dict[str, int]) -> None:
    async with httpx.AsyncClient(timeout=5) as http:
        for name, port in ports.items():

            async def ready(name: str = name, port: int = port) -> bool:
                origin.parts[name].check()
                try:
                    return (await http.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200
                except httpx.TransportError:
                    return False

            await until(ready, f"{name} being ready", seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium that finds the site on this machine, as a province's name server would."""
    async with chromium(f"--host-resolver-rules=MAP {HOST} 127.0.0.1") as opened:
        yield opened


async def link(origin: Origin, role: str = "secretary") -> str:
    """A one-time link of a person with a role."""
    async with origin.proxy.client(origin.site) as http:
        account = {"name": "Nguyễn Thị Hoa", "role": role}
        assert (await http.put("/api/intake/v1/people/hoa", headers=BEARER, json=account)).status_code == 204
        answer = await http.post("/api/intake/v1/people/hoa/links", headers=BEARER)
    url = str(answer.json()["url"])
    assert url.startswith(f"{origin.url}/dang-nhap/lien-ket/")
    return url


async def test_a_secretary_signs_in_reads_both_places_and_is_signed_out_of_both(
    origin: Origin, browser: Browser
) -> None:
    """With a browser and one secure cookie; every link and form of the pages leads below the prefix of its service."""
    context = await browser.new_context(ignore_https_errors=True, java_script_enabled=False)
    try:
        page = await context.new_page()
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        failed: list[str] = []
        page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
        await page.goto(await link(origin))
        await page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
        await page.wait_for_url(f"{origin.url}/hoi-dong/")
        (cookie,) = await context.cookies()
        assert (cookie.get("name"), cookie.get("secure"), cookie.get("path")) == ("__Host-thidua-thidua", True, "/")
        await page.screenshot(path=pictures_folder() / "proxied-overview.png")
        for place in await page.get_by_role("navigation", name="Các trang").get_by_role("link").all_inner_texts():
            await page.get_by_role("navigation", name="Các trang").get_by_role("link", name=place, exact=True).click()
            assert page.url.startswith(f"{origin.url}/hoi-dong/"), place
            await expect(page.get_by_role("navigation", name="Các trang")).to_be_visible()
        await page.get_by_role("searchbox").fill("dong hoang")
        await page.get_by_role("button", name="Tìm").click()
        await expect(page.get_by_role("main")).to_contain_text(re.compile("đông hoàng", re.IGNORECASE))
        for counts in ("/api/intake/v1/counts", "/cong/v1/counts", "/don-doc/v1/counts"):
            answer = await page.goto(origin.url + counts)
            assert answer is not None
            assert answer.status == 200, counts
        await page.goto(f"{origin.url}/hoi-dong/")
        assert failed == []
        await page.get_by_role("button", name="Đăng xuất").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Đã đăng xuất")
        assert await context.cookies() == []
        assert {url for url in requests if not url.startswith((f"{origin.url}/", "data:"))} == set()
        await context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": origin.url}])

        async def dead(path: str) -> bool:
            answer = await page.goto(origin.url + path)
            return answer is not None and answer.status == 401

        for path in ("/cong/v1/counts", "/hoi-dong/", "/don-doc/v1/counts"):
            await until(lambda path=path: dead(path), f"the cookie being dead at {path}", seconds=5)  # type: ignore[misc]
        await page.goto(f"{origin.url}/hoi-dong/nhat-ky?ngay=2023-01-01")
        signing = page.get_by_role("main").get_by_role("link", name="Đăng nhập")
        assert await signing.get_attribute("href") == "/dang-nhap?ve=%2Fhoi-dong%2Fnhat-ky%3Fngay%3D2023-01-01"
        await page.screenshot(path=pictures_folder() / "proxied-signed-out.png")
    finally:
        await context.close()


async def test_forms_of_the_pages_work_and_those_of_other_sites_do_not(origin: Origin) -> None:
    """The form of *Tổng quan* leads back below the prefix; the origin is compared with the host that was typed."""
    async with origin.proxy.client(origin.site) as http:
        address = (await link(origin)).removeprefix(origin.url)
        signed_in = await http.post(address, headers={"Origin": origin.url})
        assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/hoi-dong/")
        cookie = signed_in.headers["set-cookie"].split(";")[0]
        http.cookies.clear()
        page = await http.get("/hoi-dong/", headers=HTML | {"Cookie": cookie})
        addresses = re.findall(r'(?:href|action)="([^"#]+)"', page.text)
        assert len(addresses) > 10
        assert not [a for a in addresses if not a.startswith(("/hoi-dong/", "/dang-xuat", "data:"))]
        token = re.search(r'name="csrf" value="(\w+)"', page.text)
        assert token is not None
        form = {"csrf": token[1], "den": "1700000000000"}
        for source, status in ((origin.url, 303), ("https://evil.example", 403), (f"https://{HOST}", 403)):
            sent = await http.post("/hoi-dong/da-xem", data=form, headers={"Origin": source, "Cookie": cookie})
            assert sent.status_code == status, source
        sent = await http.post("/hoi-dong/da-xem", data=form, headers={"Origin": origin.url, "Cookie": cookie})
        assert sent.headers["location"] == "/hoi-dong/"


@pytest.mark.parametrize("below", ["/hoi-dong", "/cong", "/don-doc", "/api/intake", "/api/scoring", "/api/council", ""])
async def test_what_is_for_operators_is_never_reached_through_the_proxy(origin: Origin, below: str) -> None:
    """However the path is written; each service answers them at its own address."""
    async with origin.proxy.client(origin.site) as http:
        for path in sorted(FOR_OPERATORS):
            for written in (
                path,
                f"{path}/",
                f"/{path}",
                f"/.{path}",
                f"/x/..{path}",
                f"/%2e{path}",
                path.replace("e", "%65"),
            ):
                request = http.build_request("GET", "/", headers=BEARER)
                request.url = request.url.copy_with(raw_path=f"{below}{written}".encode())
                answer = await http.send(request)
                assert answer.status_code == 404, (written, answer.text)


async def test_paths_of_no_service_and_services_that_are_away_are_answered_in_vietnamese(origin: Origin) -> None:
    """As pages for people, as problem documents for programs."""
    async with origin.proxy.client(origin.site) as http:
        for path in (
            "/khong-co",
            "/v1/counts",
            "/static/x.css",
            "/hoi-dongx/",
            "/lich/khong-co.ics",
            "/hoi-dong/khong-co",
        ):
            page, problem = await http.get(path, headers=HTML), await http.get(path)
            assert (page.status_code, problem.status_code) == (404, 404), path
            assert "<html" in page.text, path
            assert problem.json()["code"] in ("not_found", "no_feed"), path
        origin.parts["notify"].suspend()
        await origin.parts["notify"].stop()
        try:
            page, problem = await http.get("/don-doc/v1/counts", headers=HTML), await http.get("/api/notify/v1/counts")
            assert (page.status_code, page.headers["content-type"]) == (503, "text/html; charset=utf-8")
            assert "Tạm thời" in page.text
            assert (problem.status_code, problem.json()["code"]) == (503, "unavailable")
            assert problem.headers["content-type"] == "application/problem+json"
        finally:
            await origin.parts["notify"].start()


async def test_without_tls_the_browser_is_sent_to_the_same_address_with_it(origin: Origin) -> None:
    async with httpx.AsyncClient(base_url=origin.proxy.plain, headers={"Host": HOST}) as http:
        answer = await http.get("/hoi-dong/phien?x=1")
        assert (answer.status_code, answer.headers["location"]) == (308, f"https://{HOST}/hoi-dong/phien?x=1")
    async with origin.proxy.client(origin.site) as http:
        for path, to in (("/", "/hoi-dong/"), ("/hoi-dong", "/hoi-dong/"), ("/cong", "/cong/")):
            assert (await http.get(path)).headers["location"] == to
        slash = await http.get("/hoi-dong/phien/", headers=BEARER)
        assert slash.headers["location"] == f"{origin.url}/hoi-dong/phien"
        assert (await http.get("/hoi-dong/", headers={"Host": "evil.example"})).status_code == 400
