# SPDX-License-Identifier: BSD-2-Clause
"""Scripted SIP peers around one server, and what each of them received, without what differs from
run to run."""
import re
import socket
import threading
import time

NAMES = ("alice", "bob", "carol", "dave")
COPIED = ("via", "from", "call-id", "cseq", "record-route", "to")
LISTS = ("via", "record-route", "route", "contact", "path", "diversion")


class Lost(Exception):
    """What a dialogue waited for did not come."""


def start_line(message):
    return message.split("\r\n", 1)[0]


def headers(message, name):
    """Values of all headers of a name."""
    head = message.split("\r\n\r\n")[0].split("\r\n")[1:]
    return [line.split(":", 1)[1].strip() for line in head
            if line.split(":", 1)[0].strip().lower() == name]


def header(message, name):
    return (headers(message, name) or [None])[0]


def matches(message, what, cseq=None):
    """`what` is a method or a status."""
    first = start_line(message)
    if not first.startswith(f"SIP/2.0 {what}" if isinstance(what, int) else f"{what} "):
        return False
    return cseq is None or header(message, "cseq").endswith(cseq)


class Peer:
    def __init__(self, name, dialogue):
        self.name, self.dialogue = name, dialogue
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.at = f"127.0.0.1:{self.port}"
        self.begin()

    def begin(self):
        """Forgets a former run."""
        self.got, self.waiting, self.last_invite, self.serial = [], [], None, 0
        self.drain(0)
        self.got, self.waiting = [], []

    def drain(self, seconds):
        end = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(end - time.monotonic(), 0.001))
            try:
                text = self.socket.recv(65536).decode()
            except TimeoutError:
                return
            if text.strip():
                self.got.append(text)
                self.waiting.append(text)

    def expect(self, what, cseq=None, seconds=3.0):
        """The next message of this kind; others that come before it stay for later."""
        end = time.monotonic() + seconds
        while True:
            for i, text in enumerate(self.waiting):
                if matches(text, what, cseq):
                    return self.waiting.pop(i)
            if time.monotonic() > end:
                raise Lost(f"{self.name} waits for {what} {cseq or ''}; got "
                           f"{list(dict.fromkeys(start_line(m) for m in self.got))}")
            self.drain(0.01)

    def raw(self, text):
        self.socket.sendto(text.encode(), ("127.0.0.1", self.dialogue.server_port))

    def request(self, method, uri, extra=(), *, cseq=None, branch=None, to=None, tag=None,
                body="", via=None, max_forwards=70, sender=None, call=None):
        d = self.dialogue
        self.serial += 1
        number = cseq or self.serial
        branch = branch or f"z9hG4bK{d.name}{self.name}{self.serial}{method}"
        via = via or f"SIP/2.0/UDP {self.at};branch={branch}"
        text = "\r\n".join([
            f"{method} {uri} SIP/2.0", f"Via: {via}",
            f"From: {sender or f'<sip:{self.name}@example.org>'};tag=from-{self.name}",
            f"To: {to or '<sip:callee@example.org>'}" + (f";tag={tag}" if tag else ""),
            f"Call-ID: {call or d.call_id}", f"CSeq: {number} {method}",
            f"Contact: <sip:{self.name}@{self.at}>", f"Max-Forwards: {max_forwards}",
            *(f"X-{p.name.capitalize()}: {p.at}" for p in d.peers.values()),
            "X-Keep: this", *extra, f"Content-Length: {len(body)}", "", body])
        if method == "INVITE":
            self.last_invite = text
        self.raw(text)
        return text

    def invite(self, *extra, user=None, **options):
        """To the route of the script that is named like the dialogue."""
        return self.request("INVITE", f"sip:{user or self.dialogue.name}@server.test", extra,
                            **options)

    def reply(self, request, code, reason="Reason", extra=(), tag=None, body=""):
        lines = [f"SIP/2.0 {code} {reason}"]
        for line in request.split("\r\n\r\n")[0].split("\r\n")[1:]:
            name = line.split(":", 1)[0].strip().lower()
            if name == "to" and ";tag=" not in line and code > 100:
                line += f";tag={tag or 'to-' + self.name}"
            if name in COPIED:
                lines.append(line)
        if code < 300:
            lines.append(f"Contact: <sip:{self.name}@{self.at}>")
        self.raw("\r\n".join([*lines, *extra, f"Content-Length: {len(body)}", "", body]))

    def answer(self, code, reason="Reason", method="INVITE", extra=(), **options):
        """Receives a request and replies to it."""
        request = self.expect(method)
        self.reply(request, code, reason, extra, **options)
        return request

    def ack(self, reply, **options):
        """Of a negative reply: hop by hop. Of a 2xx: in the dialog that it made."""
        ok = start_line(reply).startswith("SIP/2.0 2")
        if ok:
            return self.within("ACK", reply, cseq=int(header(reply, "cseq").split()[0]), **options)
        branch = re.search(r"branch=([^;\s]+)", header(self.last_invite, "via"))[1]
        return self.request("ACK", self.last_invite.split(" ")[1],
                            cseq=int(header(reply, "cseq").split()[0]), branch=branch,
                            to=header(reply, "to"))

    def within(self, method, reply, extra=(), **options):
        """A request in the dialog that a reply made, from the caller."""
        routes = tuple(f"Route: {r}" for r in reversed(split(headers(reply, "record-route"))))
        target = re.search(r"<([^>]+)>", header(reply, "contact"))[1]
        return self.request(method, target, (*routes, *extra), to=header(reply, "to"), **options)

    def back(self, method, invite, extra=(), **options):
        """A request in the dialog that a received INVITE made, from the callee."""
        routes = tuple(f"Route: {r}" for r in split(headers(invite, "record-route")))
        target = re.search(r"<([^>]+)>", header(invite, "contact"))[1]
        sender = header(invite, "to") + f";tag=to-{self.name}"
        text = header(invite, "from")
        return self.request(method, target, (*routes, *extra), to=text,
                            sender=sender.split(";tag=")[0], **options)

    def cancel(self, *extra):
        invite = self.last_invite
        via = header(invite, "via")
        return self.request("CANCEL", invite.split(" ")[1], extra, via=via,
                            cseq=int(header(invite, "cseq").split()[0]))


def split(values):
    """Single addresses of headers that hold lists."""
    return [part.strip() for v in values for part in re.split(r",(?=\s*<)", v)]


class Dialogue:
    """One call: its peers, and what they have received."""

    def __init__(self, name, play):
        self.name, self.play, self.call_id = name, play, f"{name}@example.org"
        self.peers = {n: Peer(n, self) for n in NAMES}
        self.server_port = 0

    def __getattr__(self, name):
        try:
            return self.__dict__["peers"][name]
        except KeyError:
            raise AttributeError(name) from None

    def run(self, port):
        """What each peer received, or what was missing."""
        self.server_port, problem = port, None
        for peer in self.peers.values():
            peer.begin()
        try:
            self.play(self)
        except Lost as e:
            problem = str(e)
        time.sleep(0.15)
        for peer in self.peers.values():
            peer.drain(0.02)
        seen = {n: self.collapsed(p.got) for n, p in self.peers.items()}
        if problem:
            seen["problem"] = problem
        return seen

    def collapsed(self, got):
        """Normalised messages; one that is repeated counts once."""
        out, before = [], set()
        for text in got:
            if text not in before:
                out.append(self.normal(text))
            before.add(text)
        return out

    def normal(self, text):
        """[start line, {name: values}, body] with names in the place of ports and tokens."""
        for name, peer in self.peers.items():
            text = text.replace(peer.at, name.upper()).replace(f"port={peer.port}", "port=P")
        text = text.replace(f"127.0.0.1:{self.server_port}", "SERVER")
        head, _, body = text.partition("\r\n\r\n")
        lines = head.split("\r\n")
        found = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            found.setdefault(name.strip().lower(), []).append(value.strip())
        for name in LISTS:
            if name in found:
                found[name] = split_any(found[name])
        for value in ("via", "to", "from"):
            found[value] = [self.without_tokens(v) for v in found.get(value, [])]
        if "call-id" in found and found["call-id"] != [self.call_id]:
            found["call-id"] = ["OWN"]
        return [lines[0], found, body]

    def without_tokens(self, value):
        value = re.sub(r"branch=z9hG4bK(?!" + self.name + r")[^;\s]+", "branch=B", value)
        value = re.sub(r";tag=(?!from-|to-)[^;\s]+", ";tag=T", value)
        first, *rest = value.split(";")
        return ";".join([first, *(sorted(rest) if first.startswith("SIP/2.0/") else rest)])


def split_any(values):
    return [part.strip() for v in values for part in re.split(r",(?![^<]*>)", v)]


def run_all(dialogues, port, together=6):
    """{name: what was received}; several dialogues at a time, for most of them wait for timers."""
    results, todo, lock = {}, list(dialogues), threading.Lock()

    def work():
        while True:
            with lock:
                if not todo:
                    return
                one = todo.pop(0)
            results[one.name] = one.run(port)

    threads = [threading.Thread(target=work) for _ in range(together)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results
