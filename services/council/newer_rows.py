"""Write rows of a document that are newer than those that are stored."""

from __future__ import annotations

from collections.abc import Iterable

from shared.runtime.mongo import Document, Documents


async def save_newer_rows(documents: Documents, doc_id: str, rows: Iterable[tuple[str, Document]]) -> None:
    """Store rows by name; a row whose ``version`` is not higher than the stored one changes nothing.

    Raises ``VersionConflict``.
    """
    doc = await documents.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}
    changed = False
    for name, row in rows:
        if doc["rows"].get(name, {}).get("version", 0) < row["version"]:
            doc["rows"][name] = row
            changed = True
    if changed:
        await documents.save(doc)
