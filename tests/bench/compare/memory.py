#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Memory per stored contact, and per live INVITE transaction: growth of the whole process tree (PSS)
while items are added, divided by their number. Prints a table."""
import argparse
import pathlib
import re
import socket
import tempfile
import threading
import time

from compare import Server, memory_bytes

SDP = ("v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
       "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n")
WINDOW = 64


def register(n, port, me):
    return (f"REGISTER sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bKr{n}\r\n"
            f"From: <sip:user{n:07}@127.0.0.1>;tag=r{n}\r\nTo: <sip:user{n:07}@127.0.0.1>\r\n"
            f"Call-ID: {n:07}-bench@127.0.0.1\r\nCSeq: 1 REGISTER\r\n"
            f"Contact: <sip:user{n:07}@127.0.0.1:{me}>\r\nExpires: 3600\r\nMax-Forwards: 70\r\n"
            f"User-Agent: bench 1.0\r\nContent-Length: 0\r\n\r\n").encode()


def invite(n, port, me):
    return (f"INVITE sip:service@127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bKi{n}\r\n"
            f"From: \"caller\" <sip:caller@127.0.0.1:{me}>;tag=i{n}\r\nTo: <sip:service@127.0.0.1:{port}>\r\n"
            f"Call-ID: {n:07}-bench@127.0.0.1\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@127.0.0.1:{me}>\r\n"
            f"Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: {len(SDP)}\r\n\r\n{SDP}").encode()


def ringing(request):
    """180 for a request, by its headers."""
    lines = request.decode().split("\r\n")
    kept = [line for line in lines if re.match(r"(Via|From|Call-ID|CSeq|Record-Route):", line)]
    to = next(line for line in lines if line.startswith("To:"))
    return "\r\n".join(["SIP/2.0 180 Ringing"] + kept + [to + ";tag=ring", "Contact: <sip:uas@127.0.0.1>",
                                                       "Content-Length: 0", "", ""]).encode()


def answer(uas, stop):
    uas.settimeout(0.2)
    while not stop.is_set():
        try:
            data, peer = uas.recvfrom(65535)
        except socket.timeout:
            continue
        if data.startswith(b"INVITE"):
            uas.sendto(ringing(data), peer)


def load(make, port, count, wanted):
    """Sends `count` messages, at most WINDOW unanswered; counts replies with the status `wanted`."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    s.bind(("127.0.0.1", 0))
    s.settimeout(2)
    me, sent, done = s.getsockname()[1], 0, 0
    while done < count:
        while sent < count and sent - done < WINDOW:
            s.sendto(make(sent, port, me), ("127.0.0.1", port))
            sent += 1
        try:
            if s.recv(65535).startswith(b"SIP/2.0 " + wanted):
                done += 1
        except socket.timeout:
            break
    return done, s


def measure(kind, config, make, count, wanted, folder):
    uas = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    uas.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    uas.bind(("127.0.0.1", 0))
    stop = threading.Event()
    thread = threading.Thread(target=answer, args=(uas, stop), daemon=True)
    thread.start()
    server = Server(kind, config, uas.getsockname()[1], folder, 2)
    try:
        load(make, server.port, min(200, count), wanted)  # first use of everything
        before = memory_bytes(server.process.pid)
        done, keep = load(lambda n, p, m: make(n + 1000, p, m), server.port, count, wanted)
        time.sleep(0.5)
        grown = memory_bytes(server.process.pid) - before
        keep.close()
    finally:
        stop.set()
        thread.join()
        server.stop()
    return done, grown / max(done, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--contacts", type=int, default=200000)
    parser.add_argument("--transactions", type=int, default=10000)
    options = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tandem-memory-"))
    print("| item | server | items | bytes per item | at most |\n|---|---|---|---|---|")
    for kind in ("kamailio", "tandem"):
        done, each = measure(kind, "register.cfg", register, options.contacts, b"200", folder)
        print(f"| contact | {kind} | {done} | {each:.0f} | 700 |", flush=True)
    for kind in ("kamailio", "tandem"):
        done, each = measure(kind, "proxy.cfg", invite, options.transactions, b"180", folder)
        print(f"| live INVITE transaction | {kind} | {done} | {each:.0f} | 8192 |", flush=True)


if __name__ == "__main__":
    main()
