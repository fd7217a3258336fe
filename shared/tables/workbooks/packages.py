"""Finds the parts of an .xlsx file by the relationships between them, and unpacks them under a limit. Pure.

A part may have any name: Excel itself follows the relationships (ECMA-376 Part 2, 8). The sizes in the ZIP directory
may be false, so the unpacked size is counted.
"""

from __future__ import annotations

import io
import posixpath
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from shared.tables.workbooks.bounded_xml import parse_xml
from shared.tables.workbooks.invalid_workbook import not_excel, workbook_too_large

MAX_SHEETS = 10
_MAX_PARTS = 300
_MAX_UNPACKED = 24 * 1024 * 1024
_MAX_RATIO = 150
_CHUNK = 64 * 1024
_END, _END_64 = b"PK\x05\x06", b"PK\x06\x07"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HTML = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<head", b"<style")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A sheet: its name, the relationship it is found by, its XML; ``hidden`` if no tab shows it."""

    name: str
    relationship: str
    xml: bytes
    hidden: bool


@dataclass(frozen=True, slots=True)
class Package:
    """The parts of a workbook that are read; ``strings`` and ``styles`` are empty if there are none."""

    workbook: bytes
    sheets: tuple[SheetPart, ...]
    strings: bytes
    styles: bytes


@dataclass(frozen=True, slots=True)
class _Relationship:
    kind: str
    target: str


def open_package(content: bytes) -> Package:
    """The parts of a workbook. Raises ``InvalidWorkbook``, and what ``zipfile`` and ``expat`` raise."""
    if detail := _what_else(content):
        raise not_excel(detail)
    _check_directory(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return _Archive(archive).package()


class _Archive:
    """An untrusted archive, of which at most ``_MAX_UNPACKED`` bytes are unpacked."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        entries = archive.infolist()
        self._archive, self._remaining = archive, _MAX_UNPACKED
        self._entries = {entry.filename.lower(): entry for entry in entries}
        if len(self._entries) < len(entries):
            raise not_excel()
        if sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
            raise workbook_too_large()
        if any(entry.file_size > _CHUNK and entry.file_size > _MAX_RATIO * entry.compress_size for entry in entries):
            raise workbook_too_large()

    def package(self) -> Package:
        """The workbook's parts."""
        if "encryptedpackage" in self._entries:
            raise not_excel(_ENCRYPTED)
        documents = [way for way in self._relationships("").values() if way.kind == "officeDocument"]
        if len(documents) != 1 or documents[0].target.lower() not in self._entries:
            raise not_excel(self._what_else())
        path = documents[0].target
        workbook, relationships = self._unpacked(path), self._relationships(path)
        named = _sheets(workbook)
        sheets = [
            SheetPart(name, way, self._unpacked(relationships[way].target), hidden)
            for name, way, hidden in named
            if way in relationships and relationships[way].kind == "worksheet"
        ]
        if not sheets:
            raise not_excel(self._what_else())
        return Package(workbook, tuple(sheets), *(self._other(relationships, k) for k in ("sharedStrings", "styles")))

    def _what_else(self) -> str:
        names = self._entries.keys()
        if "xl/workbook.bin" in names:
            return "Tệp là Excel nhị phân (.xlsb); hãy mở bằng Excel và lưu lại dưới dạng .xlsx."
        if "mimetype" in names or "content.xml" in names:
            return "Tệp là bảng tính OpenDocument (.ods); hãy mở ra và lưu lại dưới dạng Excel (.xlsx)."
        if "word/document.xml" in names:
            return "Tệp là văn bản Word (.docx), không phải Excel; hãy điền vào mẫu Excel (.xlsx) rồi gửi."
        return ""

    def _other(self, relationships: Mapping[str, _Relationship], kind: str) -> bytes:
        targets = [way.target for way in relationships.values() if way.kind == kind]
        if len(targets) > 1:
            raise not_excel()
        return self._unpacked(targets[0]) if targets and targets[0].lower() in self._entries else b""

    def _relationships(self, path: str) -> dict[str, _Relationship]:
        """The relationships of a part by their ids, those of the whole package for ""; links outside are left out."""
        folder, name = posixpath.split(path)
        relationships: dict[str, _Relationship] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                relationships[attributes.get("Id", "")] = _Relationship(kind, target.lstrip("/"))

        parse_xml(self._unpacked(posixpath.join(folder, "_rels", f"{name}.rels")), start)
        return relationships

    def _unpacked(self, path: str) -> bytes:
        entry = self._entries.get(path.lower())
        if entry is None:
            raise not_excel(self._what_else())
        raw = bytearray()
        with self._archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                raw += chunk
                if len(raw) > self._remaining:
                    raise workbook_too_large()
        self._remaining -= len(raw)
        return bytes(raw)


def _sheets(workbook: bytes) -> list[tuple[str, str, bool]]:
    """The name and relationship of each sheet, and whether it is hidden. Raises ``InvalidWorkbook``."""
    sheets: list[tuple[str, str, bool]] = []

    def start(element: str, attributes: dict[str, str]) -> None:
        if element == "sheet":
            way = next((value for key, value in attributes.items() if key.endswith("relationships id")), "")
            sheets.append((attributes.get("name", ""), way, attributes.get("state", "visible") != "visible"))
            if len(sheets) > MAX_SHEETS:
                raise workbook_too_large()

    parse_xml(workbook, start)
    if len({name for name, _, _ in sheets}) < len(sheets):
        raise not_excel()
    return sheets


def _check_directory(content: bytes) -> None:
    """Refuse an archive with more parts than a workbook needs, by its last record alone."""
    at = content.rfind(_END, max(0, len(content) - 65_557))
    if at < 0 or len(content) < at + 22 or content[max(0, at - 20) : at].startswith(_END_64):
        raise not_excel()
    parts, size = struct.unpack_from("<H I", content, at + 10)
    if parts > _MAX_PARTS or size > _MAX_PARTS * 512:
        raise workbook_too_large()


_ENCRYPTED = "Tệp Excel được đặt mật khẩu nên không đọc được; hãy bỏ mật khẩu (Encrypt with Password), lưu lại rồi gửi."


def _what_else(content: bytes) -> str:
    """What a file is that is no archive, with what to do about it, in Vietnamese; empty if that is not known."""
    if content.startswith(b"PK"):
        return ""
    beginning = content[:2048].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if content.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            return _ENCRYPTED
        return "Tệp là Excel kiểu cũ (.xls); hãy mở bằng Excel và lưu lại dưới dạng .xlsx."
    if beginning.startswith(b"%pdf"):
        return "Tệp là bản PDF, không phải Excel; hãy điền vào mẫu Excel (.xlsx) rồi gửi."
    if beginning.startswith(_HTML):
        return "Tệp là trang web (HTML), dù tên tệp có đuôi Excel; hãy mở bằng Excel và lưu lại dưới dạng .xlsx."
    if beginning.startswith(b"<?xml"):
        return "Tệp là XML, không phải Excel (.xlsx); hãy mở bằng Excel và lưu lại dưới dạng .xlsx."
    first_line = beginning.partition(b"\n")[0]
    if b"\0" not in content[:2048] and any(mark in first_line for mark in (b",", b";", b"\t")):
        return "Tệp là văn bản CSV, không phải Excel; hãy điền vào mẫu Excel (.xlsx) rồi gửi."
    return ""
