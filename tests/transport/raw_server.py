"""A TLS server on loopback that sends bytes as a test writes them, well-formed or not."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import trustme

from troubleshooter.signin.clouds import Cloud

Speak = Callable[[socket.socket], None]


class RawServer:
    """Reads one request of each connection and lets `speak` write what it likes; then hangs up."""

    def __init__(self, folder: Path, speak: Speak) -> None:
        self.speak = speak
        authority = trustme.CA()
        self.ca_bundle = folder / "raw.pem"
        authority.cert_pem.write_to_path(str(self.ca_bundle))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("graph.test", "login.test").configure_cert(self._context)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def cloud(self) -> Cloud:
        return Cloud(
            name="raw",
            login="login.test",
            graph="graph.test",
            exchange="exchange.test",
            sharepoint_suffix="sharepoint.test",
            connect_to=("127.0.0.1", self._listening.getsockname()[1]),
            ca_bundle=self.ca_bundle,
            custom=True,
        )

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(plain,), daemon=True).start()

    def _one(self, plain: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as secured:
            heard = b""
            while b"\r\n\r\n" not in heard:
                heard += secured.recv(65536)
            self.speak(secured)

    def close(self) -> None:
        # Closing alone does not wake up a thread that waits in accept.
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()
