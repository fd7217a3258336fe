"""Derived ids are what every released version derived, so that what is published again has the id it had."""

from __future__ import annotations

from uuid import UUID, uuid5

import pytest

from shared.contracts.ids import derived

_NAMESPACE = UUID("6f1f2f0e-3f0a-5d0b-9d3a-7c1d5c0d2023")


@pytest.mark.parametrize(
    "parts",
    [(), ("",), ("receipt", "so-noi-vu", "12/BC-BTĐKT", ""), ("results", 7, "xa", 0)],
)
def test_a_derived_id_is_the_uuid_version_5_of_its_parts(parts: tuple[object, ...]) -> None:
    assert derived(*parts) == str(uuid5(_NAMESPACE, "\x1f".join(str(part) for part in parts)))
