"""The services of docker-compose.yml behind the real nginx with the configuration that compose gives it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from deploy.stack.part import Part
from deploy.stack.ports import free_ports
from tests.support.compose_file import ROOT
from tests.support.waiting import until

_CONFIGURATION: Final = ROOT / "deploy/proxy/nginx.conf"
_PORTS: Final = {"8080": "plain", "8443": "tls", "8081": "health"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx: ``address`` is that of its TLS port on the loopback, ``plain`` that of the other."""

    address: str
    plain: str
    port: int
    certificate: Path

    def client(self, site: str) -> httpx.AsyncClient:
        """A program that calls the proxy under a host name, and trusts nothing but its certificate."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False
        return httpx.AsyncClient(base_url=self.address, headers={"Host": site}, verify=context, timeout=10)


def nginx() -> str:
    """The program; a test that needs it is skipped without it."""
    if (path := shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin")) is None:
        pytest.skip("there is no nginx on this machine (Debian: apt-get install nginx)")
    return path


@asynccontextmanager
async def proxied(folder: Path, services: dict[str, int], port: int | None = None) -> AsyncIterator[Proxy]:
    """nginx in front of ``services`` on ports of the loopback. Only addresses, ports and paths are others."""
    program = nginx()
    ports = dict(zip(_PORTS.values(), [*free_ports([None, port, None])], strict=True))
    certificate, key = folder / "tls.crt", folder / "tls.key"
    options = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"]
    making = ["openssl", "req", "-x509", *options, "-subj", "/CN=thidua.tinh.example", "-keyout", str(key)]
    await asyncio.to_thread(subprocess.run, [*making, "-out", str(certificate)], check=True, capture_output=True)
    here = {f" {name}:8000;": f" 127.0.0.1:{there};" for name, there in services.items()}
    here |= {f"listen {inside}": f"listen 127.0.0.1:{ports[name]}" for inside, name in _PORTS.items()}
    here |= {f"listen 127.0.0.1:{inside}": f"listen 127.0.0.1:{ports[name]}" for inside, name in _PORTS.items()}
    here |= {
        " /run/secrets/": f" {folder}/",
        " /tmp/": f" {folder}/",
        " /etc/thidua/proxy": f" {_CONFIGURATION.parent}",
    }
    text = re.sub("|".join(map(re.escape, here)), lambda match: here[match[0]], _CONFIGURATION.read_text("utf-8"))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    log = folder / "nginx.log"
    user = "user root; " if os.geteuid() == 0 else ""  # else its workers cannot read the test's folder
    part = Part("nginx", [program, "-c", str(folder / "nginx.conf"), "-g", f"{user}daemon off;"], log)
    await part.start()
    try:
        proxy = Proxy(
            f"https://127.0.0.1:{ports['tls']}", f"http://127.0.0.1:{ports['plain']}", ports["tls"], certificate
        )
        async with httpx.AsyncClient() as http:

            async def healthy() -> bool:
                part.check()
                try:
                    return (await http.get(f"http://127.0.0.1:{ports['health']}/")).status_code == 204
                except httpx.TransportError:
                    return False

            await until(healthy, "nginx")
        yield proxy
    finally:
        await part.stop()
