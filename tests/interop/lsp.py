# SPDX-License-Identifier: BSD-2-Clause
"""An editor, as far as the language server can tell."""
import json
import pathlib
import queue
import subprocess
import threading
import urllib.parse

import tandem


def uri(path):
    return "file://" + urllib.parse.quote(str(path))


class Client:
    def __init__(self, *options, cwd=None, initialize=True, **initialize_options):
        self.process = subprocess.Popen([tandem.TANDEM, "--lsp", *map(str, options)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=cwd)
        self.inbox = queue.Queue()
        self.diagnostics = {}  # of each URI, as told last
        self.serial = 0
        self.versions = {}
        threading.Thread(target=self._read, daemon=True).start()
        if initialize:
            self.capabilities = self.request("initialize", processId=None, rootUri=None,
                                             capabilities={},
                                             initializationOptions=initialize_options)
            self.notify("initialized")

    def _read(self):
        out = self.process.stdout
        while True:
            length = None
            while (line := out.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                self.inbox.put(None)
                return
            self.inbox.put(json.loads(out.read(length)))

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def receive(self):
        message = self.inbox.get(timeout=20)
        assert message is not None, f"the server ended: {self.process.stderr.read().decode()}"
        if message.get("method") == "textDocument/publishDiagnostics":
            params = message["params"]
            self.diagnostics[params["uri"]] = params["diagnostics"]
        return message

    def answer(self, number):
        while True:
            message = self.receive()
            if "method" not in message and message.get("id") == number:
                return message

    def request(self, method, **params):
        """The result; an error raises."""
        answer = self.try_request(method, **params)
        assert "error" not in answer, answer
        return answer["result"]

    def try_request(self, method, **params):
        self.serial += 1
        self.send({"jsonrpc": "2.0", "id": self.serial, "method": method, "params": params})
        return self.answer(self.serial)

    def notify(self, method, **params):
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def published(self, at):
        """Waits until the diagnostics of a URI are told, and returns them."""
        while True:
            message = self.receive()
            if (message.get("method") == "textDocument/publishDiagnostics"
                    and message["params"]["uri"] == at):
                return message["params"]["diagnostics"]

    def open(self, at, text):
        self.versions[at] = 1
        self.notify("textDocument/didOpen", textDocument={
            "uri": at, "languageId": "kamailio", "version": 1, "text": text})
        return self.published(at)

    def change(self, at, *changes):
        self.versions[at] += 1
        self.notify("textDocument/didChange", contentChanges=list(changes),
                    textDocument={"uri": at, "version": self.versions[at]})
        return self.published(at)

    def at(self, method, where, position, **more):
        return self.request(f"textDocument/{method}", textDocument={"uri": where},
                            position=position, **more)

    def end(self):
        self.request("shutdown")
        self.notify("exit")
        code = self.process.wait(timeout=20)
        errors = self.process.stderr.read().decode()
        assert not errors, errors
        return code


def position(text, marked, offset=0):
    """The position of the byte `offset` behind the first place of `marked`."""
    at = text.index(marked) + offset
    line = text.count("\n", 0, at)
    before = text[text.rfind("\n", 0, at) + 1:at]
    return {"line": line, "character": len(before.encode("utf-16-le")) // 2}


def range_text(text, span):
    """What stands in a range."""
    lines = text.split("\n")

    def offset(p):
        units = lines[p["line"]].encode("utf-16-le")[:2 * p["character"]].decode("utf-16-le")
        return sum(len(line) + 1 for line in lines[:p["line"]]) + len(units)

    return text[offset(span["start"]):offset(span["end"])]


def path_of(at):
    return pathlib.Path(urllib.parse.unquote(at.removeprefix("file://")))
