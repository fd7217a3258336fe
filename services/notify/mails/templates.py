"""The editable templates of mails: Jinja files in ``texts/``, each of which a province may replace by its own.

A letter's own template writes its body as plain text: paragraphs separated by empty lines, contents that begin with
"1. ", and lines of a content indented below it. The same body becomes the text part and the HTML part, so that they
cannot differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    select_autoescape,
)
from markupsafe import Markup, escape

from services.notify.mails.invitations import SittingWording
from services.notify.mails.samples import samples, sitting_samples
from services.notify.mails.wordings import Wording

TEXTS: Final = Path(str(files("services.notify.mails"))) / "texts"
"""The templates that ship with this release."""

_NOTHING: Final = re.compile(r"\bNone\b")
_CONTENT: Final = re.compile(r"(?P<number>[0-9]+)\. (?P<text>.*)")


class BrokenTemplate(ValueError):
    """A template cannot be read or filled in; the text names the file and what is wrong."""


class Block(NamedTuple):
    """A paragraph of a letter's body, or a numbered content, line by line."""

    number: str | None
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as text and as HTML."""

    text: str
    html: str


class Templates:
    """The templates of a deployment. Raises ``BrokenTemplate`` unless every kind of letter can be written with them.

    ``folder`` holds a province's own templates, under the names of those in ``texts/``.
    """

    def __init__(self, folder: Path | None = None) -> None:
        if folder is not None and (unknown := sorted(_unknown(folder))):
            raise BrokenTemplate(f"{folder}: no mail is made from {', '.join(unknown)}")
        loaders = [FileSystemLoader(path) for path in (folder, TEXTS) if path is not None]
        self._environment = Environment(
            loader=ChoiceLoader(loaders),
            undefined=StrictUndefined,
            autoescape=select_autoescape(("html.j2",), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        tried: list[Wording | SittingWording] = [*samples(), *sitting_samples()]
        for wording in tried:
            rendered = self.render(wording)
            if _NOTHING.search(rendered.text + rendered.html):
                raise BrokenTemplate(f"{wording.kind}.j2: it writes None where a letter has nothing; ask with if first")

    def render(self, wording: Wording | SittingWording) -> Rendered:
        """A letter as text and as HTML. Raises ``BrokenTemplate``."""
        body = _tidy(self._filled(f"{wording.kind}.j2", mail=wording))
        if not body:
            raise BrokenTemplate(f"{wording.kind}.j2: the letter is empty")
        text = _tidy(self._filled("mail.txt.j2", mail=wording, body=body))
        html = self._filled("mail.html.j2", mail=wording, blocks=list(_blocks(body)), marked=_Marking(wording))
        return Rendered(f"{text}\n", f"{html.strip()}\n")

    def _filled(self, name: str, **values: object) -> str:
        try:
            return self._environment.get_template(name).render(**values)
        except TemplateSyntaxError as error:
            raise BrokenTemplate(f"{error.filename or name}, line {error.lineno}: {error.message}") from error
        except (TemplateError, TypeError, ValueError, UnicodeError, OSError) as error:
            raise BrokenTemplate(f"{name}: {error}") from error


class _Marking:
    """Writes a line as HTML.

    The letter's own links, and no other addresses, can be followed; a deadline stands out; no number is broken.
    """

    def __init__(self, wording: Wording | SittingWording) -> None:
        links = sorted(wording.links, key=len, reverse=True)
        self._marked = re.compile(
            "|".join([*(f"(?P<link{n}>{re.escape(link)})" for n, link in enumerate(links)), _DEADLINE, _NUMBER])
        )

    def __call__(self, line: str) -> Markup:
        html, end = Markup(), 0
        for match in self._marked.finditer(line):
            mark = _MARKS.get(match.lastgroup or "", _ANCHOR)
            html += escape(line[end : match.start()]) + mark.format(match[0])
            end = match.end()
        return html + escape(line[end:])


_DEADLINE: Final = r"(?P<deadline>^Thời hạn[^(]*)"
_NUMBER: Final = r"(?P<number>\b[0-9]+(?:/[0-9]{4})?/(?=\w*-)\w[\w-]{2,20}(?![\w-]))"
_ANCHOR: Final = Markup('<a href="{0}" style="color:#0b3d91;">{0}</a>')
_MARKS: Final = {
    "deadline": Markup("<strong>{0}</strong>"),
    "number": Markup('<span style="white-space:nowrap;">{0}</span>'),
}


def _unknown(folder: Path) -> Iterator[str]:
    """What a folder holds that no mail is made from. Raises ``BrokenTemplate`` if the folder cannot be read."""
    try:
        names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    except OSError as error:
        raise BrokenTemplate(f"{folder}: {error.strerror}") from error
    return iter(names - {path.name for path in TEXTS.iterdir()})


def _tidy(text: str) -> str:
    """A text without blanks at the ends of lines, and with one empty line between paragraphs."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")


def _blocks(body: str) -> Iterator[Block]:
    for paragraph in body.split("\n\n"):
        number, lines = None, list[str]()
        for line in paragraph.splitlines():
            content = _CONTENT.fullmatch(line)
            if content is not None:
                if lines:
                    yield Block(number, lines)
                number, lines = content["number"], [content["text"]]
            else:
                lines.append(line.strip())
        if lines:
            yield Block(number, lines)
