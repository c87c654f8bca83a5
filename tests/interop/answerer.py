# SPDX-License-Identifier: BSD-2-Clause
"""Somebody who answers requests on UDP and TCP, and keeps what came by which of them."""
import contextlib
import socket
import threading

import sip


class Answerer:
    """`code` None: never answers. `tcp` False: refuses connections."""

    def __init__(self, host="127.0.0.3", code=200, tcp=True):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.host, self.code = host, code
        self.seen = []  # (transport, request)
        self.ended = False
        self.threads = []
        while True:
            self.udp = socket.socket(family, socket.SOCK_DGRAM)
            self.udp.bind((host, 0))
            self.port = self.udp.getsockname()[1]
            if not tcp:
                self.tcp = None
                break
            self.tcp = socket.socket(family, socket.SOCK_STREAM)
            try:
                self.tcp.bind((host, self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self._begin(self._serve_udp)
        if self.tcp:
            self.tcp.listen()
            self._begin(self._serve_tcp)

    def _begin(self, run, *args):
        thread = threading.Thread(target=run, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _answer(self, transport, message, send):
        self.seen.append((transport, message))
        if self.code and not message.startswith((b"ACK", b"SIP/2.0")):
            send(sip.answer(message, self.code, "Answer",
                            [f"Contact: <sip:{self.host}:{self.port}>"]))

    def _serve_udp(self):
        self.udp.settimeout(0.1)
        while not self.ended:
            with contextlib.suppress(TimeoutError):
                message, peer = self.udp.recvfrom(65536)
                self._answer("UDP", message, lambda data, to=peer: self.udp.sendto(data, to))

    def _serve_tcp(self):
        self.tcp.settimeout(0.1)
        while not self.ended:
            with contextlib.suppress(TimeoutError):
                stream, _ = self.tcp.accept()
                self._begin(self._serve_stream, stream)

    def _serve_stream(self, stream):
        reader = sip.Tcp.__new__(sip.Tcp)
        reader.socket, reader.rest = stream, b""
        while not self.ended:
            message = reader.receive(0.1)
            if message == b"":
                break
            if message:
                self._answer("TCP", message, stream.sendall)
        stream.close()

    def methods(self):
        return [(transport, m.split(b" ", 1)[0].decode()) for transport, m in self.seen]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.ended = True
        for thread in self.threads:
            thread.join()
        self.udp.close()
        if self.tcp:
            self.tcp.close()
