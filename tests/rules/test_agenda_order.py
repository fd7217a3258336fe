"""The order of an agenda: the plan's rule, moves by hand, items added, taken off and carried over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.council import rules
from services.council.sessions import order
from shared.contracts.council import AgendaItem
from shared.contracts.council_rules import CouncilRules
from shared.contracts.sessions import AddedItem, CouncilMeeting, Move, RemovedItem
from tests.support.agendas import (
    DISTRICT,
    FIRST,
    FOURTH,
    MOVEMENT,
    NOW,
    SECOND,
    THIRD,
    assembled,
    context_of,
    in_full,
    lists,
    nomination,
)
from tests.support.movement import s1


def test_the_agenda_stands_in_the_order_of_the_plan() -> None:
    """What the council is asked comes first, flags before certificates, sở before huyện; then what is reported."""
    award_lists = (
        lists("B2", (DISTRICT,)),
        lists("B1", (FIRST,), for_judgement=(SECOND,), held=(THIRD,), otherwise=(FOURTH,)),
        lists("C2", (DISTRICT,)),
        lists("C1", (FIRST,)),
    )
    items = assembled(context_of("P4", *award_lists, nominations=(nomination(1, "B4", "c"),)))
    groups = [(item.kind, item.award) for item in items if item.kind != "open_report"]
    assert groups == [
        ("task", None),
        ("otherwise", "B1"),
        ("candidates", "C1"),
        ("candidates", "C2"),
        ("candidates", "B1"),
        ("for_judgement", "B1"),
        ("candidates", "B2"),
        ("nominations", "B4"),
        ("held", "B1"),
    ]
    assert [item.kind for item in items[len(groups) :]] == ["open_report"] * (len(items) - len(groups))
    assert [item.number for item in items] == list(range(1, len(items) + 1))


def test_another_order_of_the_plan_is_followed() -> None:
    """The order is data; a group that it leaves out comes last."""
    council = CouncilRules(order=("open_reports", "all_awards"))
    context = replace(context_of("P4", lists("C1", (FIRST,))), plan=s1().model_copy(update={"council": council}))
    assert list(dict.fromkeys(item.kind for item in assembled(context))) == ["open_report", "candidates", "task"]


def test_items_moved_by_hand_keep_their_place_and_name_who_moved_them() -> None:
    """Also when other items come and go; a move before an item that has gone does nothing."""
    context = context_of("P4", lists("C1", (FIRST,)), lists("B1", (FIRST,)), complete=in_full())
    flag, certificate = f"candidates/{MOVEMENT}/C1", f"candidates/{MOVEMENT}/B1"
    move = Move(item=certificate, before=flag, reason="theo ý kiến Chủ tịch", by="Thư ký", at=NOW)
    gone = Move(item="task/T27", before="không còn", by="Thư ký", at=NOW)
    items = rules.assemble(context, CouncilMeeting(moves=(move, gone)))
    assert [item.id for item in items] == ["task/T27", certificate, flag]
    assert [item.moved for item in items] == [None, move, None]
    more = context_of("P4", lists("C1", (FIRST,)), lists("B1", (FIRST,)), lists("C2", (DISTRICT,)), complete=in_full())
    ids = [item.id for item in rules.assemble(more, CouncilMeeting(moves=(move,)))]
    assert ids == ["task/T27", certificate, flag, f"candidates/{MOVEMENT}/C2"]


@pytest.mark.thorough
@given(st.data())
def test_moves_never_lose_or_double_an_item(data: st.DataObject) -> None:
    """Whatever is moved before whatever, each last move of an item holds and the places are 1..n."""
    names = [str(n) for n in range(data.draw(st.integers(1, 7)))]
    items = [AgendaItem(number=1, id=name, kind="task", title=name, cite="S1") for name in names]
    some = st.sampled_from([*names, "gone"])
    moves = [
        Move(item=item, before=before, by="x", at=NOW)
        for item, before in data.draw(st.lists(st.tuples(some, st.one_of(some, st.none())), max_size=6))
    ]
    ordered = order.numbered(order.moved(items, moves))
    assert sorted(item.id for item in ordered) == names
    assert [item.number for item in ordered] == list(range(1, len(names) + 1))
    to = data.draw(st.integers(1, len(names)))
    last = Move(item=names[0], before=order.anchor(ordered, names[0], to), by="x", at=NOW)
    assert [item.id for item in order.moved(ordered, [last])].index(names[0]) == to - 1


def test_an_item_that_was_taken_off_stays_off_and_one_added_by_hand_stands_after_the_awards() -> None:
    """Neither the draft nor a later supplement brings it back."""
    context = context_of("P4", lists("C1", (FIRST,)), complete=in_full())
    off = RemovedItem(item=f"candidates/{MOVEMENT}/C1", title="x", reason="y", by="Thư ký", at=NOW)
    meeting = CouncilMeeting(removed=(off,), added=(AddedItem(id="added/1", title="Quy chế", basis="Công văn 5"),))
    items = rules.assemble(context, meeting)
    assert [(item.id, item.other_kind, item.cite) for item in items[1:]] == [("added/1", "by_hand", "Công văn 5")]
    assert rules.refresh_frozen(items, context, meeting, supplement=True) == items


def test_what_the_last_session_deferred_is_carried_over() -> None:
    """An item that is on the agenda anyway only says so; another one keeps its title, units and citation."""
    flag, on_hold = assembled(context_of("P4", lists("C1", (FIRST,)), lists("B1", held=(SECOND,)), complete=in_full()))[
        1:
    ]
    context = replace(
        context_of("P4", lists("C1", (FIRST,)), complete=in_full()), deferred=(flag, on_hold), last_session="P3"
    )
    items = assembled(context)
    assert [(item.id, item.from_session, item.other_kind) for item in items[1:]] == [
        (f"carried/P3/{on_hold.id}", "P3", "carried_over"),
        (flag.id, "P3", None),
    ]
    assert (items[1].title, items[1].units, items[1].cite) == (on_hold.title, on_hold.units, on_hold.cite)
