# SPDX-License-Identifier: BSD-2-Clause
"""A SIP client in a few lines, for tests that look at single messages."""
import hashlib
import itertools
import re
import socket

_serial = itertools.count(1)


class Answer:
    def __init__(self, text):
        self.text = text
        first, *self.lines = text.split("\r\n")
        self.status = int(first.split()[1])
        self.reason = first.split(" ", 2)[2]

    def all(self, name):
        return [line.split(":", 1)[1].strip() for line in self.lines
                if line.lower().startswith(name.lower() + ":")]

    def header(self, name):
        return next(iter(self.all(name)), None)

    def contacts(self):
        """{URI: {parameter: value}} of the Contact header."""
        out = {}
        for piece in re.findall(r'<(sip[^>]+)>((?:;[^,"]+(?:="[^"]*")?)*)', self.header("Contact") or ""):
            out[piece[0]] = dict(p.split("=", 1) for p in piece[1].split(";") if "=" in p)
        return out


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Phone:
    """One UDP socket; requests are sent once and the final answer is waited for."""

    def __init__(self, port, user="alice", domain="127.0.0.1"):
        self.server = ("127.0.0.1", port)
        self.user, self.domain = user, domain
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(10)
        self.port = self.socket.getsockname()[1]
        self.contact = f"sip:{user}@127.0.0.1:{self.port}"
        self.call_id = f"call{next(_serial)}"
        self.cseq = 0

    def close(self):
        self.socket.close()

    def send(self, method, uri=None, headers=(), call_id=None, cseq=None, to=None):
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        aor = f"sip:{self.user}@{self.domain}"
        lines = [f"{method} {uri or 'sip:' + self.domain} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{next(_serial)}",
                 f"From: <{aor}>;tag=f{self.port}", f"To: <{to or aor}>",
                 f"Call-ID: {call_id or self.call_id}", f"CSeq: {cseq} {method}",
                 "Max-Forwards: 70", *headers, "Content-Length: 0", "", ""]
        self.socket.sendto("\r\n".join(lines).encode(), self.server)

    def request(self, method, uri=None, headers=(), **more):
        self.send(method, uri, headers, **more)
        while True:
            answer = Answer(self.socket.recv(65535).decode())
            if answer.status >= 200:
                return answer

    def register(self, *contacts, headers=(), **more):
        lines = [f"Contact: {c}" for c in contacts]
        return self.request("REGISTER", headers=[*lines, *headers], **more)

    def credentials(self, answer, method, password, user=None, uri=None, nc="00000001"):
        """The header that answers a challenge."""
        proxy = answer.status == 407
        text = answer.header("Proxy-Authenticate" if proxy else "WWW-Authenticate")
        nonce = re.search('nonce="([^"]+)"', text)[1]
        realm = re.search('realm="([^"]+)"', text)[1]
        name = re.search("algorithm=([A-Za-z0-9-]+)", text)
        hashed = (lambda t: hashlib.sha256(t.encode()).hexdigest()) \
            if name and name[1] == "SHA-256" else md5
        user, uri = user or self.user, uri or f"sip:{self.domain}"
        ha1, ha2 = hashed(f"{user}:{realm}:{password}"), hashed(f"{method}:{uri}")
        out = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{uri}"'
        if name:
            out += f", algorithm={name[1]}"
        if "qop=" in text:
            response = hashed(f"{ha1}:{nonce}:{nc}:c:auth:{ha2}")
            out += f', qop=auth, nc={nc}, cnonce="c"'
        else:
            response = hashed(f"{ha1}:{nonce}:{ha2}")
        return f'{"Proxy-" if proxy else ""}Authorization: {out}, response="{response}"'
