"""Ports for the processes of a stack."""

from __future__ import annotations

import socket

from deploy.stack.ports import free_ports


def test_ports_differ_and_a_preferred_one_that_is_taken_is_left_alone() -> None:
    """Two parts of a stack were once given the same port: each had been free when it was looked at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        mine = int(taken.getsockname()[1])
        found = free_ports([mine, *([None] * 40)])
    assert len({*found, mine}) == 42


def test_a_preferred_port_that_is_free_is_given() -> None:
    """So that the addresses stay the same from run to run."""
    (free,) = free_ports([None])
    assert free_ports([free]) == [free]
