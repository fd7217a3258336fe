"""What a process knows of a collection's pending documents without a query."""

from __future__ import annotations

from shared.runtime.looks import Looks


def test_nothing_is_known_before_the_first_look() -> None:
    """A collection may hold what an earlier process left there."""
    assert not Looks().pending.nothing_since(60)


def test_what_a_look_found_counts_until_the_next_write_or_until_it_is_old() -> None:
    """Writing makes it uncertain again, and so does time, because other processes write as well."""
    looks = Looks()
    looks.pending.found_nothing(looks.pending.begin())
    assert looks.pending.nothing_since(60)
    assert not looks.pending.nothing_since(0)
    with looks.writing():
        assert not looks.pending.nothing_since(60)
    assert not looks.pending.nothing_since(60)


def test_a_look_during_a_write_does_not_count() -> None:
    """The write may have taken place after the query, whether it began before or after it."""
    looks = Looks()
    with looks.writing():
        began = looks.pending.begin()
    looks.pending.found_nothing(began)
    assert not looks.pending.nothing_since(60)
    began = looks.pending.begin()
    with looks.writing():
        looks.pending.found_nothing(began)
        assert not looks.pending.nothing_since(60)
    assert not looks.pending.nothing_since(60)


def test_a_query_of_published_documents_is_repeated_once_some_were_published() -> None:
    """Noting that documents were published is no write that makes one pending, but others then find them."""
    looks = Looks()
    published = looks.last_look()
    for look in (published, looks.pending):
        look.found_nothing(look.begin())
    with looks.publishing():
        assert not published.nothing_since(60)
    assert not published.nothing_since(60)
    assert looks.pending.nothing_since(60)
