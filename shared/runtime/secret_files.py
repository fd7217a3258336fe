"""Settings that are secret come as files, which neither ``docker inspect`` nor a child process shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

FOLDER: Final = "THIDUA_SECRETS"
"""The variable that names the folder."""


def secrets_of(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings that the folder of an environment holds, by the names of their variables; nothing without a folder.

    The file ``thidua_kafka_password`` holds what the variable ``THIDUA_KAFKA_PASSWORD`` would. White space around it is
    not part of it. Other files, such as a certificate, are none of ours. Raises ``OSError`` for a folder that cannot be
    read.
    """
    if not (folder := environment.get(FOLDER)):
        return {}
    files = [file for file in sorted(Path(folder).iterdir()) if file.name.startswith("thidua_") and file.is_file()]
    return {file.name.upper(): file.read_text(encoding="utf-8").strip() for file in files}
