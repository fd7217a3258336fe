"""Ids of nominations and nominees, derived from what they identify. Pure."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import date

from services.intake.papers import Paper, ids_of
from shared.contracts.awards import SubjectKind
from shared.contracts.ids import derived

_TONE_MARKS = "\u0300\u0301\u0303\u0309\u0323"


def nomination_ids(paper: Paper, movement: str, award: str, subject: str, digest: str) -> tuple[str, ...]:
    """The ids that a nomination may have, in their order; see ``papers.ids_of``."""
    released = derived("nomination", paper.agency, paper.number)
    return ids_of("nomination", paper, (movement, award, subject), digest, released)


def person_id(secret: str, name: str, born: date) -> str:
    """The id of a person: the same for every agency and every spelling that ``folded`` makes equal.

    It depends on a secret of intake. Without it, a reader of the events could try a name with every day of birth
    (L15).
    """
    return _keyed(secret, folded(name), born.isoformat())


def named_id(secret: str, kind: SubjectKind, nominator: str, name: str) -> str:
    """The id of a nominee given by its name.

    It depends on the nominator, because every agency has a "Phòng Tổ chức cán bộ", except for enterprises.
    """
    owner = "" if kind is SubjectKind.DOANH_NGHIEP else nominator
    return _keyed(secret, owner, folded(name))


def _keyed(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def folded(name: str) -> str:
    """A name without differences of spelling: case, spaces, composition, and the position of a syllable's tone mark.

    "Hoà" and "Hòa" are the same name: a syllable has one tone, so the position of its mark carries no meaning.
    """

    def fold_word(word: str) -> str:
        tones = "".join(character for character in word if character in _TONE_MARKS)
        return "".join(character for character in word if character not in _TONE_MARKS) + tones

    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).casefold())
    return unicodedata.normalize("NFC", " ".join(fold_word(word) for word in decomposed.split()))
