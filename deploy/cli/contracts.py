"""Writes the generated contract documents beside the contracts they come from."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from shared.contracts.generate import asyncapi, schemas


def write_contracts(folder: Path) -> list[Path]:
    """Write ``schemas/*.json`` and ``asyncapi.yaml`` into a folder; schemas of events that are gone go too."""
    kept = folder / "schemas"
    kept.mkdir(parents=True, exist_ok=True)
    written = [
        _write(kept / name, json.dumps(schema, indent=2, ensure_ascii=False)) for name, schema in schemas().items()
    ]
    for orphan in set(kept.glob("*.json")) - set(written):
        orphan.unlink()
    document = yaml.safe_dump(asyncapi(), sort_keys=False, allow_unicode=True, width=120)
    return [*written, _write(folder / "asyncapi.yaml", document)]


def _write(path: Path, text: str) -> Path:
    path.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return path
