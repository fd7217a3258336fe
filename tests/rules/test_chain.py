"""The audit chain, pure: whatever is done to it, the first entry that is not as it was written is named."""

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
        said = {"what": "said", "said": [f"council.agendas.v1 id-{n} {'ab' * 32} thai-binh/kế-hoạch/P{n}"]}
        act = {"what": "act", "actor": "an", "verb": "name of a person read", "object": f"p-{n}", "reason": "đối chiếu"}
        entries.append(
            next_entry({**(said if n % 3 else act), "at": f"2023-12-{n % 28 + 1:02}T01:00:00.000000+00:00"}, head)
        )
        head = Head.of(entries[-1])
    return entries


LENGTHS = st.integers(2, 8)


@given(LENGTHS)
def test_a_chain_as_it_was_written_is_whole_and_agrees_with_every_head_taken_of_it(length: int) -> None:
    """Also with the beginning of a hash, as it stands on paper."""
    entries = chain(length)
    heads = [Head.of(entry) for entry in entries] + [Head(entry["_id"], entry["hash"][:16]) for entry in entries]
    assert entries[0]["prev"] == GENESIS
    assert first_fault(entries) is None
    assert first_fault(entries, heads) is None
    assert first_fault([]) is None


@given(st.data())
def test_flipping_one_bit_anywhere_names_the_entry_it_is_in(data: st.DataObject) -> None:
    """In any text of an entry, its hashes and instants too, or in its number."""
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
    """Their places, their contents under kept numbers, or with numbers and hashes made to fit."""
    entries = chain(data.draw(LENGTHS))
    i, j = sorted(data.draw(st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True)))
    places = copy.deepcopy(entries)
    places[i], places[j] = places[j], places[i]
    assert first_fault(places) == ChainFault(i + 1, FaultKind.MISSING)

    renumbered = copy.deepcopy(places)
    renumbered[i]["_id"], renumbered[j]["_id"] = i + 1, j + 1
    assert first_fault(renumbered) == ChainFault(i + 1, FaultKind.ALTERED)

    for item in (renumbered[i], renumbered[j]):
        item["hash"] = hash_of(item)
    assert first_fault(renumbered) == ChainFault(i + 1, FaultKind.OUT_OF_ORDER)


@given(st.data())
def test_inserting_an_entry_names_it_and_a_chain_made_to_fit_is_not_the_one_the_head_names(data: st.DataObject) -> None:
    """Who may write the database can make the hashes anew; not those that were published or printed."""
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
def test_leaving_out_an_entry_names_it(data: st.DataObject) -> None:
    """One from the middle is missing to the chain itself."""
    entries = chain(data.draw(LENGTHS))
    at = data.draw(st.integers(0, len(entries) - 2))
    assert first_fault(entries[:at] + entries[at + 1 :]) == ChainFault(at + 1, FaultKind.MISSING)


@given(st.data())
def test_cutting_the_tail_shows_against_a_head_kept_elsewhere(data: st.DataObject) -> None:
    """Without one a shorter chain is a whole chain; with one the first entry that is gone is named."""
    entries = chain(data.draw(LENGTHS))
    left = data.draw(st.integers(0, len(entries) - 1))
    assert first_fault(entries[:left]) is None
    assert first_fault(entries[:left], [Head.of(entries[-1])]) == ChainFault(left + 1, FaultKind.SHORTER)


@pytest.mark.parametrize("number", [2.0, "2", None, True, 1, 0, -1])
def test_a_number_no_entry_of_ours_has_is_out_of_order(number: object) -> None:
    """What stands between two entries under an odd number was not written by us."""
    entries = chain(3)
    odd = {**entries[1], "_id": number}
    assert first_fault([entries[0], odd, *entries[1:]]) == ChainFault(2, FaultKind.OUT_OF_ORDER)


@pytest.mark.parametrize(
    "value", [1.0, float("nan"), [1, 2.5], {"a": {"b": 0.1}}, True, None, {1: "a"}, b"x", {"a": "\ud800"}], ids=repr
)
def test_what_has_no_one_form_is_refused(value: object) -> None:
    """Floats above all, wherever they stand."""
    with pytest.raises(NotCanonical):
        canonical(value)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.text(st.characters(codec="utf-8")) | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
)


@given(JSON)
def test_canonical_json_is_json_says_the_same_and_does_not_depend_on_the_order_of_keys(value: Any) -> None:
    """Two programs that agree on the value agree on the bytes."""

    def turned(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: turned(each[key]) for key in reversed(list(each))}
        return [turned(one) for one in each] if isinstance(each, list) else each

    assert json.loads(canonical(value)) == value
    assert canonical(turned(value)) == canonical(value)


def test_canonical_json_to_the_byte() -> None:
    """Anybody can check a chain with a page of any language."""
    value = {"b": [1, "kế hoạch"], "a": {"z": "\n", "A": -5}, "à": 10**20}
    assert canonical(value) == '{"a":{"A":-5,"z":"\\n"},"b":[1,"kế hoạch"],"à":100000000000000000000}'.encode()
