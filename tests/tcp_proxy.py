"""A TCP proxy whose connections can be cut, as a network does."""

from __future__ import annotations

import contextlib
import socket
import threading


class TcpProxy:
    """Listens on loopback and passes everything on to ``port``; :meth:`cut` breaks all connections, and takes no more.

    Attributes:
        port: Where it listens; the same after :meth:`mend`.
    """

    def __init__(self, target: int) -> None:
        self._target = target
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = self._listening(0)
        self.port = self._listener.getsockname()[1]
        self.accepted = 0
        self._serve()

    def cut(self) -> None:
        """Break every connection at once, with a reset, and refuse new ones."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            self._sockets.clear()

    def mend(self) -> None:
        """Take connections again."""
        self._listener = self._listening(self.port)
        self._serve()

    def _listening(self, port: int) -> socket.socket:
        return socket.create_server(("127.0.0.1", port), reuse_port=False)

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self.accepted += 1
            with self._lock:
                self._sockets |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
