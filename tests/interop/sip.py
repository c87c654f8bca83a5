# SPDX-License-Identifier: BSD-2-Clause
"""Messages made by hand, and the sockets that carry them."""
import itertools
import re
import socket
import time

_serial = itertools.count(1)
HOST = "127.0.0.2"  # where the phones are: no address of the server's own


def request(method, uri, headers=(), body="", *, user="alice", to=None, port=5060, call_id=None,
            cseq=None, branch=None, transport="UDP", to_tag=None, domain=None):
    """The text of a request, with what every request must have."""
    n = next(_serial)
    to = to or uri
    lines = [
        f"{method} {uri} SIP/2.0",
        f"Via: SIP/2.0/{transport} {HOST}:{port};branch={branch or f'z9hG4bKt{n}'};rport",
        f"From: <sip:{user}@{domain or HOST}>;tag=f{n}",
        f"To: <{to}>" + (f";tag={to_tag}" if to_tag else ""),
        f"Call-ID: {call_id or f'{n}.{time.time_ns()}@{HOST}'}",
        f"CSeq: {cseq or n} {method}",
        "Max-Forwards: 70",
        *headers,
        f"Content-Length: {len(body.encode())}",
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


def status(message):
    return int(message.split(b" ", 2)[1]) if message and message.startswith(b"SIP/2.0 ") else None


def header(message, name):
    found = re.search(rb"(?im)^" + re.escape(name.encode()) + rb"\s*:\s*(.*?)\r$", message)
    return found.group(1).decode() if found else None


def answer(message, code, reason, extra=(), tag="a1"):
    """A reply to a request that came to us."""
    lines = [f"SIP/2.0 {code} {reason}"]
    for line in message.decode(errors="replace").split("\r\n\r\n")[0].split("\r\n")[1:]:
        name = line.split(":", 1)[0].strip().lower()
        if name in ("via", "from", "call-id", "cseq", "record-route"):
            lines.append(line)
        elif name == "to":
            lines.append(line if "tag=" in line or code == 100 else f"{line};tag={tag}")
    return "\r\n".join([*lines, *extra, "Content-Length: 0", "", ""]).encode()


class Udp:
    def __init__(self, server_port):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HOST, 0))
        self.port = self.socket.getsockname()[1]
        self.server = ("127.0.0.1", server_port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendto(data, self.server)

    def receive(self, seconds=3.0):
        """The next datagram, or None."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(65536)
        except (TimeoutError, ConnectionRefusedError):
            return None

    def ask(self, data, seconds=3.0):
        """The final reply to what is sent."""
        self.send(data)
        return self.final(seconds)

    def final(self, seconds=3.0):
        end = time.monotonic() + seconds
        while True:
            got = self.receive(max(end - time.monotonic(), 0.01))
            if got is None or (status(got) or 0) >= 200:
                return got


class Tcp(Udp):
    def __init__(self, server_port):  # pylint: disable=super-init-not-called
        self.socket = socket.create_connection(("127.0.0.1", server_port), 5,
                                               (HOST, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = self.socket.getsockname()[1]
        self.rest = b""

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, seconds=3.0):
        """The next message of the stream; b"" when the server closed it, None when nothing came."""
        end = time.monotonic() + seconds
        while True:
            head, blank, rest = self.rest.partition(b"\r\n\r\n")
            if blank:
                size = int(header(head + b"\r\n", "Content-Length") or 0)
                if len(rest) >= size:
                    self.rest = rest[size:]
                    return head + blank + rest[:size]
            self.socket.settimeout(max(end - time.monotonic(), 0.01))
            try:
                piece = self.socket.recv(65536)
            except TimeoutError:
                return None
            except ConnectionError:
                return b""
            if not piece:
                return b""
            self.rest += piece

    def final(self, seconds=3.0):
        end = time.monotonic() + seconds
        while True:
            got = self.receive(max(end - time.monotonic(), 0.01))
            if not got or (status(got) or 0) >= 200:
                return got
