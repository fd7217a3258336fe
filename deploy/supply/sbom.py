"""The bill of materials of the image: CycloneDX 1.6 as JSON.

Its packages are those of the lock with the digests that the image's build checks, their licences those of the list.
The base images and what else the compose file runs are containers by name and version.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import NAMESPACE_URL, uuid5

import yaml

from deploy.supply.licences import Row, listed
from deploy.supply.locked import IMAGE, Locked, locked
from shared.contracts.json_values import JsonObject, JsonValue
from shared.runtime.metrics import release

_ROOT: Final = Path(__file__).parents[2]
_FONT: Final[JsonObject] = {
    "type": "data",
    "bom-ref": "font:liberation-serif",
    "name": "Liberation Serif",
    "version": "2.1.5",
    "licenses": [{"license": {"id": "OFL-1.1"}}],
}
_OURS: Final = "thidua:"
_FROM: Final = re.compile(r"^FROM (\S+)", re.MULTILINE)


def bill_of_materials(at: datetime) -> JsonObject:
    """The bill of this release; ``at`` is the instant it is made (UTC). Raises ``OSError``."""
    packages, licences, version = locked(IMAGE), listed(), release()
    components: list[JsonObject] = [_package(package, licences[name]) for name, package in sorted(packages.items())]
    components += [_FONT, *(_container(image) for image in images())]
    content = "".join(str(component["bom-ref"]) for component in components)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'thidua {version} {content}')}",
        "version": 1,
        "metadata": {
            "timestamp": at.isoformat(timespec="seconds"),
            "component": {
                "type": "application",
                "bom-ref": "thidua",
                "name": "thidua",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            },
        },
        "components": components,
        "dependencies": [{"ref": "thidua", "dependsOn": [component["bom-ref"] for component in components]}],
    }


def _package(package: Locked, row: Row) -> JsonObject:
    """A package; a digest for each file that may be installed, because which one depends on the platform."""
    url = f"pkg:pypi/{package.name}@{package.version}"
    files: JsonValue = [{"type": "distribution", "url": url, "hashes": [_digest(digest)]} for digest in package.digests]
    licence = {"license": {"id": row.licence}} if " " not in row.licence else {"expression": row.licence}
    return {
        "type": "library",
        "bom-ref": url,
        "name": package.name,
        "version": package.version,
        "purl": url,
        "licenses": [licence],
        "externalReferences": files,
    }


def _digest(digest: str) -> dict[str, str]:
    return {"alg": "SHA-256", "content": digest}


def images() -> list[str]:
    """The images that the Dockerfile and the compose file name, each with its tag, sorted. Raises ``OSError``."""
    dockerfile = _FROM.findall((_ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8"))
    services = yaml.safe_load((_ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    others = [service["image"] for service in services.values() if "image" in service and "build" not in service]
    return sorted({image for image in (*dockerfile, *others) if ":" in image and not image.startswith(_OURS)})


def _container(image: str) -> JsonObject:
    name, _, tag = image.rpartition(":")
    return {"type": "container", "bom-ref": f"image:{image}", "name": name, "version": tag}
