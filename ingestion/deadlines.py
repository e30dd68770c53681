"""An end to waiting for a vendor, however slowly it sends.

A time-out of a socket begins again with every byte. So a connection tells which socket its answer comes from,
and when the time is up, another thread shuts that socket down; whoever reads from it finds its end.

Belongs here: time. Does not belong here: what is said of a vendor that took too long (`http.py`).
"""

import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Any, Final, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.response import HTTPResponse

#: How late the end of a deadline may be noticed.
_LATE: Final = 0.1


class DeadlinePassedError(Exception):
    """The time for this request was up before it was sent."""


class Deadline:
    """So many seconds for whatever this thread asks for within the `with` block."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._before: Token[Deadline | None] | None = None

    @property
    def left(self) -> float:
        """Seconds; negative when the time is up."""
        return self._until - time.monotonic()

    def __enter__(self) -> Self:
        self._before = _running.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _watcher.forget(self)
        if self._before is not None:
            _running.reset(self._before)

    def watch(self, answering: socket.socket) -> None:
        """Shut this socket down at the end; the one before has answered. Raises `DeadlinePassedError`."""
        if self.left <= 0:
            raise DeadlinePassedError
        _watcher.watch(self, answering)


class _Watcher:
    """One thread for all deadlines, there while there are any: a thread for each request takes as long as a
    small page."""

    def __init__(self) -> None:
        self._sockets: dict[Deadline, socket.socket] = {}
        self._one_at_a_time = threading.Lock()
        self._thread: threading.Thread | None = None

    def watch(self, deadline: Deadline, answering: socket.socket) -> None:
        with self._one_at_a_time:
            self._sockets[deadline] = answering
            if self._thread is None or not self._thread.is_alive():  # a fork has the lock, but no threads
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()

    def forget(self, deadline: Deadline) -> None:
        with self._one_at_a_time:
            self._sockets.pop(deadline, None)

    def _run(self) -> None:
        while True:
            time.sleep(_LATE)
            with self._one_at_a_time:
                for deadline in [each for each in self._sockets if each.left <= 0]:
                    _shut_down(self._sockets.pop(deadline))
                if not self._sockets:
                    self._thread = None
                    return


_running: ContextVar[Deadline | None] = ContextVar("deadline", default=None)
_watcher: Final = _Watcher()


class DeadlineAdapter(HTTPAdapter):
    """Connections that keep to the deadline of the thread that uses them."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        _watched(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **named: Any) -> PoolManager:
        return _watched(super().proxy_manager_for(proxy, **named))


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class _SecureConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        _watch(self.sock)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _watched(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
    return manager


def _watch(answering: socket.socket | None) -> None:
    running = _running.get()
    if running is not None and answering is not None:
        running.watch(answering)


def _shut_down(answering: socket.socket) -> None:
    with suppress(OSError):  # it has been closed meanwhile
        answering.shutdown(socket.SHUT_RDWR)
