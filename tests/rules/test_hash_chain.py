"""The audit hash chain, without I/O: after any manipulation the first altered entry is named."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.runtime.audit.hash_chain import (
    GENESIS,
    START,
    ChainFault,
    Entry,
    FaultKind,
    Head,
    NotCanonical,
    canonical,
    first_fault,
    hash_of,
    next_entry,
)


def chain(length: int) -> list[Entry]:
    """A chain of entries of both kinds."""
    entries: list[Entry] = []
    head = START
    for n in range(1, length + 1):
        published = {"what": "said", "said": [f"council.agendas.v1 id-{n} {'ab' * 32} thai-binh/kế-hoạch/P{n}"]}
        act = {"what": "act", "actor": "an", "verb": "name of a person read", "object": f"p-{n}", "reason": "đối chiếu"}
        entries.append(
            next_entry({**(published if n % 3 else act), "at": f"2023-12-{n % 28 + 1:02}T01:00:00.000000+00:00"}, head)
        )
        head = Head.of(entries[-1])
    return entries


LENGTHS = st.integers(2, 8)


@given(LENGTHS)
def test_an_unaltered_chain_is_valid_and_agrees_with_every_head_of_it(length: int) -> None:
    """A head with only the first 16 characters of the hash, as printed on paper, agrees too."""
    entries = chain(length)
    heads = [Head.of(entry) for entry in entries] + [Head(entry["_id"], entry["hash"][:16]) for entry in entries]
    assert entries[0]["prev"] == GENESIS
    assert first_fault(entries) is None
    assert first_fault(entries, heads) is None
    assert first_fault([]) is None


@given(st.data())
def test_flipping_any_one_bit_names_its_entry(data: st.DataObject) -> None:
    """The bit may be in any text of an entry, including hashes and instants, or in its number."""
    entries = chain(data.draw(LENGTHS))
    at = data.draw(st.integers(0, len(entries) - 1))
    entry = entries[at]
    name = data.draw(st.sampled_from(sorted(entry)))
    if name == "_id":
        entry["_id"] ^= 1 << data.draw(st.integers(0, 30))
        bad = first_fault(entries, [Head.of(entries[-1])] if at < len(entries) - 1 else ())
        assert bad is not None
        assert bad.n == at + 1
        return
    text = entry[name][0] if name == "said" else entry[name]
    place = data.draw(st.integers(0, len(text) - 1))
    flipped = text[:place] + chr(ord(text[place]) ^ (1 << data.draw(st.integers(0, 6)))) + text[place + 1 :]
    entry[name] = [flipped] if name == "said" else flipped
    assert first_fault(entries) == ChainFault(at + 1, FaultKind.ALTERED)


@given(st.data())
def test_swapping_two_entries_names_the_first_of_them(data: st.DataObject) -> None:
    """The entries swap places, or their contents under the old numbers, or also get new hashes."""
    entries = chain(data.draw(LENGTHS))
    i, j = sorted(data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True)))
    swapped = copy.deepcopy(entries)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    assert first_fault(swapped) == ChainFault(i + 1, FaultKind.MISSING)

    renumbered = copy.deepcopy(swapped)
    renumbered[i]["_id"], renumbered[j]["_id"] = i + 1, j + 1
    assert first_fault(renumbered) == ChainFault(i + 1, FaultKind.ALTERED)

    for entry in (renumbered[i], renumbered[j]):
        entry["hash"] = hash_of(entry)
    assert first_fault(renumbered) == ChainFault(i + 1, FaultKind.OUT_OF_ORDER)


@given(st.data())
def test_inserting_an_entry_names_it_and_a_rehashed_chain_contradicts_the_published_head(data: st.DataObject) -> None:
    """Whoever can write to the database can recompute the hashes there, but not the published or printed ones."""
    entries = chain(data.draw(LENGTHS))
    head = Head.of(entries[-1])
    at = data.draw(st.integers(0, len(entries) - 1))
    before = Head.of(entries[at - 1]) if at else START
    forged = next_entry({"what": "act", "actor": "x", "verb": "v", "object": "o", "reason": "r", "at": "2023"}, before)
    assert first_fault([*entries[:at], forged, *entries[at:]]) == ChainFault(at + 2, FaultKind.OUT_OF_ORDER)

    rewritten = [*entries[:at], forged]
    for entry in entries[at:]:
        content = {k: v for k, v in entry.items() if k not in ("_id", "prev", "hash")}
        rewritten.append(next_entry(content, Head.of(rewritten[-1])))
    assert first_fault(rewritten) is None
    assert first_fault(rewritten, [head]) == ChainFault(head.n, FaultKind.REWRITTEN)
    assert first_fault(rewritten, [Head(head.n, head.hash[:16])]) == ChainFault(head.n, FaultKind.REWRITTEN)


@given(st.data())
def test_removing_an_entry_names_it(data: st.DataObject) -> None:
    """The chain itself shows that an entry in the middle is missing."""
    entries = chain(data.draw(LENGTHS))
    at = data.draw(st.integers(0, len(entries) - 2))
    assert first_fault(entries[:at] + entries[at + 1 :]) == ChainFault(at + 1, FaultKind.MISSING)


@given(st.data())
def test_cutting_the_tail_contradicts_a_head_kept_elsewhere(data: st.DataObject) -> None:
    """Without such a head a shorter chain is valid; with one the first removed entry is named."""
    entries = chain(data.draw(LENGTHS))
    left = data.draw(st.integers(0, len(entries) - 1))
    assert first_fault(entries[:left]) is None
    assert first_fault(entries[:left], [Head.of(entries[-1])]) == ChainFault(left + 1, FaultKind.SHORTER)


@pytest.mark.parametrize("number", [2.0, "2", None, True, 1, 0, -1])
def test_an_entry_number_that_is_never_assigned_is_out_of_order(number: object) -> None:
    """An entry with such a number was not written by the services."""
    entries = chain(3)
    odd = {**entries[1], "_id": number}
    assert first_fault([entries[0], odd, *entries[1:]]) == ChainFault(2, FaultKind.OUT_OF_ORDER)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), [1, 2.5], {"a": {"b": 0.1}}, True, None, {1: "a"}, b"x", {"a": "\ud800"}], ids=repr
)
def test_a_value_without_a_canonical_form_is_refused(value: object) -> None:
    """This applies above all to floats, at any depth."""
    with pytest.raises(NotCanonical):
        canonical(value)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.text(st.characters(codec="utf-8")) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@pytest.mark.thorough
@given(JSON)
def test_canonical_json_keeps_the_value_and_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    """Two programs that agree on the value agree on the bytes."""

    def reversed_keys(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: reversed_keys(node[key]) for key in reversed(list(node))}
        return [reversed_keys(child) for child in node] if isinstance(node, list) else node

    assert json.loads(canonical(value)) == value
    assert canonical(reversed_keys(value)) == canonical(value)


def test_canonical_json_has_exactly_these_bytes() -> None:
    """So a chain can be checked with a short program in any language."""
    value = {"b": [1, "kế hoạch"], "a": {"z": "\n", "A": -5}, "à": 10**20}
    assert canonical(value) == '{"a":{"A":-5,"z":"\\n"},"b":[1,"kế hoạch"],"à":100000000000000000000}'.encode()
