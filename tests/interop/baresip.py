# SPDX-License-Identifier: BSD-2-Clause
"""A headless phone: baresip, commanded over its control connection."""
import json
import os
import socket
import subprocess
import time

import tandem

CONFIG = """
poll_method epoll
sip_listen 127.0.0.1:{port}
call_local_timeout 60
audio_player aubridge,ear
audio_source ausine,440
audio_alert aubridge,bell
ausrc_srate 48000
ausrc_channels 2
auplay_srate 48000
net_interface 127.0.0.1
rtp_ports {rtp}-{rtp_end}
module_path /usr/lib/baresip/modules
module g711.so
module ausine.so
module aubridge.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Phone:
    """A phone of `user`; with `proxy` it sends everything there, by `transport`."""

    def __init__(self, folder, user, password, server_port, transport="udp", answers=False):
        self.user, self.transport = user, transport
        self.port, self.control = tandem.free_port(), tandem.free_port()
        self.uri = f"sip:{user}@127.0.0.1:{server_port}"
        self.folder = folder / f"phone-{user}"
        self.folder.mkdir()
        self.log = folder / f"phone-{user}.log"
        rtp = tandem.free_port() & ~1
        (self.folder / "config").write_text(CONFIG.format(port=self.port, control=self.control,
                                                          rtp=rtp, rtp_end=rtp + 8))
        account = (f"<{self.uri};transport={transport}>;auth_user={user};auth_pass={password};"
                   f"regint=600;answermode={'auto' if answers else 'manual'}\n")
        (self.folder / "accounts").write_text(account)
        (self.folder / "contacts").write_text("")
        self.events, self.early = [], []
        self.process = self.socket = None
        self.rest = b""

    def __enter__(self):
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [tandem.program("baresip"), "-4", "-v", "-s", "-f", self.folder],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                env={**os.environ, "HOME": str(self.folder)})
        tandem.until(self._connects, 15, f"control connection of {self.user}'s phone")
        return self

    def _connects(self):
        assert self.process.poll() is None, self.log.read_text(errors="replace")
        try:
            self.socket = socket.create_connection(("127.0.0.1", self.control), 1)
        except OSError:
            return False
        return True

    def __exit__(self, *_):
        if self.socket:
            self.socket.close()
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _read(self, seconds):
        """One message (a netstring of JSON), or None."""
        self.socket.settimeout(max(seconds, 0.01))
        while True:
            size, colon, rest = self.rest.partition(b":")
            if colon and len(rest) > int(size):
                self.rest = rest[int(size) + 1:]
                return json.loads(rest[:int(size)])
            try:
                piece = self.socket.recv(65536)
            except (TimeoutError, socket.timeout):
                return None
            if not piece:
                return None
            self.rest += piece

    def command(self, name, params=""):
        text = json.dumps({"command": name, "params": params, "token": name}).encode()
        self.socket.sendall(b"%d:%s," % (len(text), text))
        end = time.monotonic() + 5
        while time.monotonic() < end:
            message = self._read(end - time.monotonic())
            if message and message.get("response"):
                assert message["ok"], message
                return
            if message:
                self.early.append(message)
        raise AssertionError(f"{self.user}: no answer to {name}")

    def expects(self, *types, seconds=15):
        """Waits for the next event of one of these types; the ones before it are past."""
        end = time.monotonic() + seconds
        while True:
            message = self.early.pop(0) if self.early else self._read(end - time.monotonic())
            if message and message.get("event"):
                self.events.append((message["type"], message.get("param", "")))
                if message["type"] in types:
                    return message
            assert time.monotonic() < end and (message or self.process.poll() is None), \
                f"{self.user}: no {types} within {seconds} s, only {self.events}\n" + \
                self.log.read_text(errors="replace")[-3000:]

    def registration(self, seconds=15):
        """True: accepted, False: refused. Read from its log: the event may come before anybody
        listens for it."""
        def told():
            log = self.log.read_text(errors="replace")
            return "1 binding" in log or f"reg: {self.uri}" in log
        tandem.until(told, seconds, f"an answer to {self.user}'s registration")
        return "1 binding" in self.log.read_text(errors="replace")
