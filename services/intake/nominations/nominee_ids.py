"""What those who are nominated are called by: ids that follow from their names, and whose names are not said. Pure."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import date

from shared.contracts.awards import SubjectKind
from shared.contracts.ids import derived

_TONES = "\u0300\u0301\u0303\u0309\u0323"


def nomination_id(nominator: str, key: str) -> str:
    """The nomination an agency makes under an idempotency key."""
    return derived("nomination", nominator, key)


def is_name_private(kind: SubjectKind) -> bool:
    """Whether names of this kind stay at the door: persons, and households, which go by the name of a person."""
    return kind.is_person or kind is SubjectKind.HO_GIA_DINH


def person_id(secret: str, name: str, born: date) -> str:
    """The same for the same person, whichever agency writes the name however.

    With a secret of the door's, for who reads the events could else try a name against every day of birth (L15).
    """
    return _keyed(secret, folded(name), born.isoformat())


def named_id(secret: str, kind: SubjectKind, nominator: str, name: str) -> str:
    """The id of what goes by its name. Every agency has a "Phòng Tổ chức cán bộ"; an enterprise is there once."""
    owner = "" if kind is SubjectKind.DOANH_NGHIEP else nominator
    return _keyed(secret, owner, folded(name))


def _keyed(secret: str, *parts: str) -> str:
    return hmac.new(secret.encode(), "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def folded(name: str) -> str:
    """A name without what people write differently: case, spaces, composition, and where a syllable's tone stands.

    "Hoà" and "Hòa" are one name: a syllable has one tone, so its place says nothing.
    """

    def folded(word: str) -> str:
        tones = "".join(letter for letter in word if letter in _TONES)
        return "".join(letter for letter in word if letter not in _TONES) + tones

    decomposed = unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).casefold())
    return unicodedata.normalize("NFC", " ".join(folded(word) for word in decomposed.split()))
