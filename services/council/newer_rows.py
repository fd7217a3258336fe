"""Write rows of a document that are newer than those that are stored."""

from __future__ import annotations

from collections.abc import Iterable

from shared.runtime.mongo import Document, Documents


async def save_newer_rows(documents: Documents, doc_id: str, rows: Iterable[tuple[str, Document]]) -> None:
    """Store rows by name; a row whose ``version`` is not higher than the stored one changes nothing.

    The same version is stored again where an earlier release left out some of its fields.
    Raises ``VersionConflict``.
    """
    doc = await documents.get(doc_id) or {"_id": doc_id, "rows": {}, "unsent": []}
    changed = False
    for name, row in rows:
        stored = doc["rows"].get(name, {"version": 0})
        if stored["version"] < row["version"] or (
            stored["version"] == row["version"] and not row.keys() <= stored.keys()
        ):
            doc["rows"][name] = row
            changed = True
    if changed:
        await documents.save(doc)
