"""Ports for the processes of a stack."""

from __future__ import annotations

import socket

from deploy.stack.ports import free_ports


def test_ports_differ_and_a_preferred_port_in_use_is_not_given() -> None:
    """Two processes of a stack once got the same port, because it was free at each of the two checks."""
    with socket.socket() as taken_socket:
        taken_socket.bind(("127.0.0.1", 0))
        taken_socket.listen()
        taken_port = int(taken_socket.getsockname()[1])
        ports = free_ports([taken_port, *([None] * 40)])
    assert len({*ports, taken_port}) == 42


def test_a_preferred_port_that_is_free_is_given() -> None:
    """So the addresses stay the same from run to run."""
    (free,) = free_ports([None])
    assert free_ports([free]) == [free]
