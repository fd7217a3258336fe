"""A process that has imported every command, or every service, and forks for each that is requested.

``python -m tests.support.warm_server commands|services SOCKET`` answers each connection to a Unix socket. In comes one
line of JSON with the ``args``, ``env`` and ``cwd`` of a ``thidua`` command; one with its ``code``, ``out`` and ``err``
comes back. A service also has a ``module`` and a ``log``; back come a line with its ``pid`` and, at its end, one with
its ``code``; it is killed when the connection is closed. The server ends when its standard input is closed, so also
when whoever started it dies.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final, NoReturn

from deploy.__main__ import main
from shared.contracts.topics import SERVICES

_IMPORTED: Final = {
    "commands": (
        "deploy.backup.back_up",
        "deploy.backup.restore",
        "deploy.cli.main",
        "deploy.kafka.access",
        "deploy.maintenance.audit",
        "deploy.maintenance.rebuild",
        "deploy.maintenance.verify",
        "httpx",
        "shared.runtime.kafka.clients",
        "shared.runtime.mongo",
    ),
    "services": (
        *(f"services.{service}.{module}" for service in SERVICES for module in ("app", "settings")),
        "shared.runtime.serving",
        "tests.live.chaos.failpoints",
    ),
}
"""What they import until they run; none of it opens a connection or starts a thread when imported."""


def serve(kind: str, path: str) -> None:
    """Answer connections until standard input is closed."""
    gc.disable()
    for module in _IMPORTED[kind]:
        importlib.import_module(module)
    gc.freeze()
    gc.enable()
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as ready:
        listener.bind(path)
        listener.listen()
        print("ready", flush=True)
        ready.register(listener, selectors.EVENT_READ)
        ready.register(sys.stdin, selectors.EVENT_READ)
        while True:
            readable = [key.fileobj for key, _ in ready.select()]
            if sys.stdin in readable:
                return
            connection, _ = listener.accept()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if os.fork() == 0:
                listener.close()
                _answer(connection)
            connection.close()


def _answer(connection: socket.socket) -> NoReturn:
    """In a process of its own: run the command in another one, and send what it wrote and its exit code."""
    status = 1
    try:
        with connection, connection.makefile("rwb") as line:
            request = json.loads(line.readline())
            if "module" not in request:
                line.write(json.dumps(_run(request)).encode() + b"\n")
            else:
                for message in _keep(request, connection):
                    line.write(json.dumps(message).encode() + b"\n")
                    line.flush()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _run(request: dict[str, Any]) -> dict[str, Any]:
    pipes = {name: os.pipe() for name in ("out", "err")}
    if (child := os.fork()) == 0:
        for (_, end), own in zip(pipes.values(), (1, 2), strict=True):
            os.dup2(end, own)
        for ends in pipes.values():
            for end in ends:
                os.close(end)
        _become(request)
    for _, end in pipes.values():
        os.close(end)
    written = {name: bytearray() for name in pipes}
    with selectors.DefaultSelector() as ready:
        for name, (end, _) in pipes.items():
            ready.register(end, selectors.EVENT_READ, name)
        while ready.get_map():
            for key, _ in ready.select():
                if piece := os.read(key.fd, 65536):
                    written[key.data] += piece
                else:
                    ready.unregister(key.fd)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {"code": code, **{name: bytes(text).decode() for name, text in written.items()}}


def _keep(request: dict[str, Any], connection: socket.socket) -> Iterator[dict[str, Any]]:
    """Start a service, and say its id and, at its end, its exit code; kill it if nobody listens any more."""
    if (child := os.fork()) == 0:
        os.dup2(os.open(os.devnull, os.O_RDONLY), connection.fileno())  # whoever listens sees when this process ends
        os.setsid()
        log = os.open(request["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
        for own in (1, 2):
            os.dup2(log, own)
        _become(request)
    yield {"pid": child}
    ended = os.pidfd_open(child)
    with selectors.DefaultSelector() as ready:
        ready.register(ended, selectors.EVENT_READ)
        ready.register(connection, selectors.EVENT_READ)
        if connection in [key.fileobj for key, _ in ready.select()]:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    yield {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}


def _become(request: dict[str, Any]) -> NoReturn:
    """Be the command, as ``python -m`` would start it with these arguments, environment and folder."""
    code: object = 0
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.argv = ["thidua", *request["args"]]
        if "module" in request:
            runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
        else:
            main()
    except SystemExit as ended:
        code = ended.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
