"""docker-compose.yml of this repository, and the settings it gives the services."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import yaml

from shared.runtime.secret_files import FOLDER
from shared.runtime.settings import ServiceSettings
from tests.support.compose import filled_in

ROOT: Final = Path(__file__).parents[2]
PREFIX: Final = "THIDUA_"


def read(path: Path | str) -> Any:
    """A file of YAML in this repository. It is parsed once, which takes a tenth of a second for each of the larger."""
    return deepcopy(_parsed((ROOT / path).read_text()))


@cache
def _parsed(text: str) -> Any:
    return yaml.safe_load(text)


def compose() -> dict[str, Any]:
    document: dict[str, Any] = read("docker-compose.yml")
    return document


def service(name: str) -> dict[str, Any]:
    definition: dict[str, Any] = compose()["services"][name]
    return definition


def settings_of(name: str) -> type[ServiceSettings]:
    """The settings class that a service defines."""
    module = import_module(f"services.{name}.settings")
    classes = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value.__module__ == module.__name__
    ]
    assert len(classes) == 1
    return classes[0]


def given_variables(name: str) -> set[str]:
    """The settings that compose gives a service, in its environment or as files, by the names of their variables."""
    files = {entry["target"].upper() for entry in service(name)["secrets"]}
    return {*service(name)["environment"], *files} - {FOLDER}


def compose_settings(name: str) -> dict[str, str]:
    """The settings that compose gives a service but for secrets, by field, with the defaults of unset variables."""
    environment: dict[str, str] = filled_in(service(name)["environment"], {})
    assert all(key.startswith(PREFIX) for key in environment), environment
    return {key.removeprefix(PREFIX).lower(): value for key, value in environment.items() if key != FOLDER}


def mounted(name: str, path: str) -> Path:
    """The file or folder of this repository that a container sees at a path. Raises ``AssertionError`` if none."""
    for volume in service(name)["volumes"]:
        source, target, *_ = map(Path, volume.split(":"))
        if volume.startswith("./") and Path(path).is_relative_to(target):
            return ROOT / source / Path(path).relative_to(target)
    raise AssertionError(f"{name} mounts no folder of this repository at {path}")
