# SPDX-License-Identifier: BSD-2-Clause
"""tandem --lsp, as an editor uses it."""
import json
import random
import re
import subprocess

import lsp
import pytest
import tandem
from lsp import position, range_text

TEXT = '''#!KAMAILIO
#!define LIMIT 5
#!ifdef LIMIT
debug = LIMIT
#!endif
loadmodule "pv.so"
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "rr.so"
modparam("tm", "fr_timer", 30000)

request_route {
	if (is_method("INVITE") && !has_totag()) {
		xlog("L_INFO", "from $fu: $(ru{s.len}) $avp(x)\\n");
		t_on_failure("RETRY");
		route(RELAY);
	}
	if (LIMIT > 3) route("RELAY");
	exit;
}

# Sends it on.
# Ends the script.
route[RELAY] {
	if (uri == myself) sl_send_reply("404", "Not here");
	t_relay();
	exit;
}

failure_route[RETRY] {
	t_relay();
}
'''.replace("has_totag()", "t_check_trans()")


@pytest.fixture(name="client")
def client_fixture(folder):
    client = lsp.Client(cwd=folder)
    yield client
    if client.process.poll() is None:
        assert client.end() == 0


@pytest.fixture(name="opened")
def opened_fixture(client, folder):
    """A client with TEXT open, and its URI."""
    where = lsp.uri(folder / "main.cfg")
    assert client.open(where, TEXT) == []
    return client, where


def told(text, folder, *options, name="check.cfg"):
    """What `tandem -c` says: (file, line, column, kind, message) of each."""
    (folder / name).write_text(text)
    done = subprocess.run([tandem.TANDEM, "-c", "-f", folder / name, *options],
                          capture_output=True, text=True, timeout=30, check=False)
    found = re.findall(r"^(\S[^:\n]*)(?::(\d+):(\d+))?: (error|warning): (.*?)(?: \[(W-[\w-]+)\])?$",
                       done.stderr, re.M)
    return sorted((int(line or 1), int(col or 1), kind, message, name)
                  for _, line, col, kind, message, name in found)


def shown(diagnostics, text):
    """The same of what was published."""
    lines = text.split("\n")

    def one(d):
        start = d["range"]["start"]
        line = lines[start["line"]] if start["line"] < len(lines) else ""
        before = line.encode("utf-16-le")[:2 * start["character"]].decode("utf-16-le")
        return (start["line"] + 1, len(before.encode()) + 1,
                "error" if d["severity"] == 1 else "warning", d["message"].split("\n")[0],
                d.get("code", ""))

    return sorted(map(one, diagnostics))


# ---- diagnostics ----

def test_diagnostics_with_places(client, folder):
    where = lsp.uri(folder / "a file.cfg")
    text = TEXT.replace("is_method", "is_methd").replace('"L_INFO", "from', '"L_INFO", "\U0001d11e\u00e4 $ruu from')
    found = client.open(where, text)
    assert [range_text(text, d["range"])[:8] for d in found] == ["is_methd", "$ruu"[:8]]
    assert 'did you mean "is_method"?' in found[0]["message"]
    assert found[0]["severity"] == 1 and found[0]["source"] == "tandem"
    assert client.change(where, {"text": TEXT}) == []


def test_warnings_have_names(client, folder):
    where = lsp.uri(folder / "warn.cfg")
    text = "request_route {\n\texit;\n\tdrop;\n}\nroute[NEVER] {\n\texit;\n}\n"
    found = client.open(where, text)
    assert {d["code"] for d in found} == {"W-unreachable", "W-unused-route"}
    assert all(d["severity"] == 2 and d["codeDescription"]["href"].endswith("#" + d["code"].lower())
               for d in found)


def test_includes_from_buffers_and_disk(client, folder):
    (folder / "on disk.cfg").write_text("route[DISK] {\n\tnosuch();\n}\n")
    (folder / "open.cfg").write_text("this is not what the editor has\n")
    main, part = lsp.uri(folder / "main.cfg"), lsp.uri(folder / "open.cfg")
    disk = lsp.uri(folder / "on disk.cfg")
    alone = client.open(part, "route[OPEN] {\n\tother();\n}\n")
    assert [d["message"] for d in alone if d["severity"] == 1] == ["unknown function other"]
    text = ('include_file "on disk.cfg"\ninclude_file "open.cfg"\n'
            "request_route {\n\troute(DISK);\n\troute(OPEN);\n}\n")
    assert client.open(main, text) == []
    client.change(main, {"text": text})
    assert [d["message"].split("\n")[0] for d in client.diagnostics[disk]] == [
        "unknown function nosuch"]
    found = client.diagnostics[part]
    assert [range_text("route[OPEN] {\n\tother();\n}\n", d["range"]) for d in found] == ["other"]
    assert "included from" in found[0]["message"]
    assert client.change(part, {"text": "route[OPEN] {\n\texit;\n}\n"}) == []
    # An unsaved change of a part is seen in the whole.
    client.change(part, {"text": "route[OTHER] {\n\texit;\n}\n"})
    client.change(main, {"text": text})
    assert any("no route[OPEN]" in d["message"] for d in client.diagnostics[main])
    # Without the main file, the part stands alone again, and the file on disk is clean.
    client.notify("textDocument/didClose", textDocument={"uri": main})
    assert client.request("textDocument/documentSymbol", textDocument={"uri": part})
    assert client.diagnostics[disk] == [] and client.diagnostics[main] == []


def test_include_that_exists_in_the_editor_only(client, folder):
    part = lsp.uri(folder / "new.cfg")
    client.open(part, "route[NEW] {\n\texit;\n}\n")
    main = lsp.uri(folder / "main.cfg")
    assert client.open(main, '#!include_file "new.cfg"\nrequest_route {\n\troute(NEW);\n}\n') == []


def test_main_file_of_the_command_line(folder):
    (folder / "main.cfg").write_text('#!define X\ninclude_file "part.cfg"\n'
                                     "request_route {\n\troute(P);\n}\n")
    for options, initial in ((("-f", folder / "main.cfg"), {}),
                             ((), {"main": str(folder / "main.cfg")})):
        client = lsp.Client(*options, cwd=folder, **initial)
        part = lsp.uri(folder / "part.cfg")
        assert client.open(part, "#!ifdef X\nroute[P] {\n\texit;\n}\n#!endif\n") == []
        client.change(part, {"text": "route[Q] {\n\texit;\n}\n"})
        client.request("textDocument/documentSymbol", textDocument={"uri": part})
        client.change(part, {"text": "route[Q] {\n\texit;\n}\n"})
        assert "no route[P]" in client.diagnostics[lsp.uri(folder / "main.cfg")][0]["message"]
        assert client.end() == 0


def test_defines_and_silenced_warnings_of_the_command_line(folder):
    client = lsp.Client("-A", "WITH_X=3", "--no-warn=W-octal", cwd=folder)
    assert client.open(lsp.uri(folder / "x.cfg"), "debug = WITH_X\nfoo.bar = 017\n") == []
    assert client.end() == 0


def random_edit(rng, text):
    """(range, new text) of a change as somebody types, or worse."""
    lines = text.split("\n")
    a = rng.randrange(len(text) + 1)
    b = min(len(text), a + rng.choice([0, 0, 0, 1, 1, 2, 5, 30]))
    what = rng.choice(["", "x", " ", "\n", "\t", '"', "'", "{", "}", "(", ")", ";", "$", "#!ifdef X\n",
                       "#!endif\n", "/*", "*/", "route(", "$(ru{s.", "\u00e4", "\U0001d11e", "t_rely();",
                       "if (", rng.choice(lines)])
    return a, b, what


def test_two_hundred_random_edits(client, folder):
    rng = random.Random(3)
    where = lsp.uri(folder / "edited.cfg")
    original = TEXT
    text = original
    client.open(where, text)
    faulty = 0
    for step in range(200):
        if step % 40 == 39:
            text = original
            found = client.change(where, {"text": text})
        else:
            changes, now = [], text
            for _ in range(rng.choice([1, 1, 1, 2])):
                a, b, what = random_edit(rng, now)
                changes.append({"range": {"start": offset_position(now, a),
                                          "end": offset_position(now, b)}, "text": what})
                now = now[:a] + what + now[b:]
            text = now
            found = client.change(where, *changes)
        assert shown(found, text) == told(text, folder), f"step {step}"
        faulty += bool(found)
    assert faulty > 100


def offset_position(text, at):
    before = text[:at]
    return {"line": before.count("\n"),
            "character": len(before.rpartition("\n")[2].encode("utf-16-le")) // 2}


# ---- what stands there ----

HOVERS = [("is_method", 2, "is_method(", "textops"), ("fr_timer", 2, "tm: fr_timer", "30000"),
          ("$fu", 1, "$fu", "From"), ("s.len", 3, "{s.len", "pv"), ("debug", 1, "debug", "Default"),
          ("exit", 1, "exit", "Ends the script"), ("#!ifdef", 4, "#!ifdef", "#!endif"),
          ("LIMIT > 3", 2, "#!define LIMIT 5", "main.cfg:2"), ('"tm"', 2, "tm", "loadmodule"),
          ("route(RELAY)", 8, "route[RELAY]", "Sends it on."), ('"RETRY"', 3, "failure_route[RETRY]", ""),
          ("myself", 2, "myself", "this server"), ("t_relay", 0, "t_relay(", "tm"),
          ('"sl.so"', 3, "sl", "loadmodule"), ("if (is", 1, "if", "CONDITION")]


@pytest.mark.parametrize("marked,offset,first,more", HOVERS, ids=[h[0] for h in HOVERS])
def test_hover(opened, marked, offset, first, more):
    client, where = opened
    result = client.at("hover", where, position(TEXT, marked, offset))
    assert result["contents"]["kind"] == "markdown"
    assert first in result["contents"]["value"] and more in result["contents"]["value"]


def test_hover_over_nothing(opened):
    client, where = opened
    assert client.at("hover", where, {"line": 12, "character": 0}) is None
    assert client.at("hover", where, {"line": 9999, "character": 9999}) is None


def labels(result):
    return [i["label"] for i in result["items"]]


COMPLETIONS = [
    ("request_route {\n\tt_re", ["t_relay", "t_reply", "route"], ["debug"]),
    ("request_route {\n\tis_me", ["is_method"], []),  # of a module that is not loaded
    ('request_route {\n\txlog("$r', ["$ru", "$rU"], ["t_relay"]),
    ('request_route {\n\txlog("$(ru{s.', ["s.len", "uri.host"], ["$ru"]),
    ("request_route {\n\t$var(x) = $(f", ["$fu"], []),
    ("request_route {\n\troute(", ["ONE", "TWO"], ["FAIL"]),
    ('request_route {\n\troute("', ["ONE", "TWO"], ["FAIL"]),
    ('request_route {\n\tt_on_failure("', ["FAIL"], ["ONE"]),
    ('modparam("', ["tm", "pv"], ["textops"]),
    ('modparam("tm", "', ["fr_timer", "fr_inv_timer"], ["debug"]),
    ('loadmodule "', ["textops", "rr"], ["tm"]),
    ("deb", ["debug", "loadmodule", "request_route"], ["t_relay"]),
    ("#!if", ["ifdef", "ifndef", "define"], ["debug"]),
    ("#!ifdef W", ["WITH_IT"], ["define"]),
    ("request_route {\n\tif (W", ["WITH_IT", "uri"], []),
    ("event_route[tm:lo", ["tm:local-request"], ["tm"]),
    ("# a comment about t_re", [], ["t_relay"]),
]


@pytest.mark.parametrize("typed,wanted,unwanted", COMPLETIONS, ids=[c[0][-12:] for c in COMPLETIONS])
def test_completion(client, folder, typed, wanted, unwanted):
    before = '#!define WITH_IT\nloadmodule "pv.so"\nloadmodule "sl.so"\nloadmodule "tm.so"\n'
    after = "\nroute[ONE] {\n}\nroute[TWO] {\n}\nfailure_route[FAIL] {\n}\n"
    where = lsp.uri(folder / "c.cfg")
    client.open(where, before + typed + after)
    result = client.at("completion", where, offset_position(before + typed, len(before + typed)))
    got = labels(result)
    assert set(wanted) <= set(got), got[:50]
    assert not set(unwanted) & set(got)
    for item in result["items"]:
        start = item["textEdit"]["range"]["start"]
        assert start["line"] == item["textEdit"]["range"]["end"]["line"]
        if item["label"] == "t_relay":
            assert "t_relay(" in item["documentation"]["value"]


# ---- from here to there ----

def test_definition(opened, folder):
    client, where = opened

    def leads(marked, offset):
        return [(r["uri"], range_text(TEXT, r["range"]), r["range"]["start"]["line"])
                for r in client.at("definition", where, position(TEXT, marked, offset))]

    line = TEXT[:TEXT.index("route[RELAY]")].count("\n")
    assert leads("route(RELAY)", 7) == [(where, "RELAY", line)]
    assert leads('route("RELAY")', 9) == [(where, "RELAY", line)]
    assert leads('t_on_failure("RETRY")', 15) == [
        (where, "RETRY", TEXT[:TEXT.index("failure_route")].count("\n"))]
    assert leads("LIMIT > 3", 1) == [(where, "LIMIT", 1)]
    assert leads("#!ifdef LIMIT", 9) == [(where, "LIMIT", 1)]
    assert leads("exit", 1) == []


def test_definition_in_another_file(client, folder):
    (folder / "sub").mkdir()
    (folder / "sub" / "p.cfg").write_text("\nroute[FAR] {\n\texit;\n}\n")
    where = lsp.uri(folder / "sub" / "m.cfg")
    text = 'include_file "p.cfg"\nrequest_route {\n\troute(FAR);\n}\n'
    assert client.open(where, text) == []
    far = lsp.uri(folder / "sub" / "p.cfg")
    (found,) = client.at("definition", where, position(text, "FAR"))
    assert (found["uri"], found["range"]["start"]) == (far, {"line": 1, "character": 6})
    assert client.at("definition", where, position(text, "p.cfg", 2))["uri"] == far


def test_definition_of_a_branch_failure(client, folder):
    where = lsp.uri(folder / "b.cfg")
    text = ('loadmodule "pv.so"\nloadmodule "tm.so"\nrequest_route {\n\tt_on_branch_failure("X");\n'
            "\tt_relay();\n}\nevent_route[tm:branch-failure:X] {\n\texit;\n}\n")
    client.open(where, text)
    (found,) = client.at("definition", where, position(text, '"X"', 1))
    assert range_text(text, found["range"]) == "tm:branch-failure:X"


def test_references(opened):
    client, where = opened
    for declaration, count in ((True, 3), (False, 2)):
        found = client.at("references", where, position(TEXT, "route[RELAY]", 8),
                          context={"includeDeclaration": declaration})
        assert len(found) == count
        assert {range_text(TEXT, f["range"]) for f in found} == {"RELAY"}
    found = client.at("references", where, position(TEXT, "LIMIT > 3", 1),
                      context={"includeDeclaration": True})
    assert [f["range"]["start"]["line"] for f in found] == [1, 2, 3, 19]


def apply_edits(text, edits):
    for edit in sorted(edits, key=lambda e: (e["range"]["start"]["line"],
                                             e["range"]["start"]["character"]), reverse=True):
        lines = text.split("\n")

        def offset(p):
            return (sum(len(line) + 1 for line in lines[:p["line"]])
                    + len(lines[p["line"]].encode("utf-16-le")[:2 * p["character"]]
                          .decode("utf-16-le"))) if p["line"] < len(lines) else len(text)

        text = (text[:offset(edit["range"]["start"])] + edit["newText"]
                + text[offset(edit["range"]["end"]):])
    return text


def test_rename(opened):
    client, where = opened
    assert range_text(TEXT, client.at("prepareRename", where, position(TEXT, "route(RELAY)", 7))) == \
        "RELAY"
    result = client.at("rename", where, position(TEXT, "route(RELAY)", 7), newName="SEND_ON")
    renamed = apply_edits(TEXT, result["changes"][where])
    assert renamed == TEXT.replace("RELAY", "SEND_ON")
    assert client.change(where, {"text": renamed}) == []
    result = client.at("rename", where, position(renamed, "LIMIT > 3", 1), newName="MOST")
    renamed = apply_edits(renamed, result["changes"][where])
    assert renamed == TEXT.replace("RELAY", "SEND_ON").replace("LIMIT", "MOST")
    for name, marked in (("a-b", "route(SEND"), ("", "route(SEND"), ("1a", "route(SEND"), ("RETRY", '"RETRY"')):
        answer = client.try_request("textDocument/rename", textDocument={"uri": where}, newName=name,
                                    position=position(renamed, marked, 7))
        assert "error" in answer
    assert client.at("prepareRename", where, position(TEXT, "xlog", 1)) is None


def test_document_symbols(opened):
    client, where = opened
    found = client.request("textDocument/documentSymbol", textDocument={"uri": where})
    assert [s["name"] for s in found] == ["LIMIT", "request_route", "route[RELAY]",
                                          "failure_route[RETRY]"]
    assert range_text(TEXT, found[2]["range"]).startswith("route[RELAY] {")
    assert range_text(TEXT, found[2]["range"]).endswith("\texit;\n}")
    assert range_text(TEXT, found[2]["selectionRange"]) == "RELAY"


def test_formatting(opened, folder):
    client, where = opened
    wild = TEXT.replace("\t", "     ").replace(" == ", "==")
    client.change(where, {"text": wild})
    for options, indent in (({"tabSize": 8, "insertSpaces": False}, "\t"),
                            ({"tabSize": 2, "insertSpaces": True}, "  ")):
        edits = client.request("textDocument/formatting", textDocument={"uri": where},
                               options=options)
        assert apply_edits(wild, edits) == TEXT.replace("\t", indent)
    client.change(where, {"text": TEXT})
    assert client.request("textDocument/formatting", textDocument={"uri": where},
                          options={"tabSize": 8, "insertSpaces": False}) == []
    client.change(where, {"text": 'debug = "x\n'})
    answer = client.try_request("textDocument/formatting", textDocument={"uri": where}, options={})
    assert "no closing" in answer["error"]["message"]


def actions(client, where, found):
    return client.request("textDocument/codeAction", textDocument={"uri": where},
                          range=found["range"], context={"diagnostics": [found]})


FIXES = [("t_relay();\n\texit", "t_relayy();\n\texit"), ("$avp(x)", "$avpp(x)"), ('"fr_timer"', '"fr_tmer"'),
         ("route(RELAY)", "route(RELY)"), ('"tm.so"', '"tmm.so"'), ("debug =", "debg ="),
         ("s.len", "s.lne"), ('t_on_failure("RETRY")', 't_on_failure("RETYR")')]


@pytest.mark.parametrize("good,bad", FIXES, ids=[f[1] for f in FIXES])
def test_fixes_what_was_meant(client, folder, good, bad):
    where = lsp.uri(folder / "fix.cfg")
    text = TEXT.replace(good, bad, 1)
    assert text != TEXT
    found = client.open(where, text)
    fixed = [apply_edits(text, a["edit"]["changes"][where]) for d in found
             for a in actions(client, where, d) if a["kind"] == "quickfix"]
    assert TEXT in fixed


def test_fixes_a_missing_module(client, folder):
    where = lsp.uri(folder / "fix.cfg")
    text = TEXT.replace('loadmodule "textops.so"\n', "")
    (found,) = client.open(where, text)
    (action,) = actions(client, where, found)
    assert client.change(where, {"text": apply_edits(text, action["edit"]["changes"][where])}) == []


def test_allows_a_warning(client, folder):
    where = lsp.uri(folder / "fix.cfg")
    text = "request_route {\n\texit;\n\tdrop;\n}\n"
    (found,) = client.open(where, text)
    (action,) = actions(client, where, found)
    assert action["title"] == "Allow W-unreachable here"
    assert client.change(where, {"text": apply_edits(text, action["edit"]["changes"][where])}) == []


# ---- bad input ----

def test_requests_before_initialize_and_after_shutdown():
    client = lsp.Client(initialize=False)
    assert client.try_request("textDocument/hover")["error"]["code"] == -32002
    client.notify("textDocument/didOpen", textDocument={"uri": "file:///x", "text": ""})
    client.request("initialize", capabilities={})
    assert client.try_request("initialize")["error"]["code"] == -32600
    client.request("shutdown")
    assert client.try_request("shutdown")["error"]["code"] == -32600
    client.notify("exit")
    assert client.process.wait(timeout=20) == 0


def test_exit_without_shutdown_and_end_of_input():
    client = lsp.Client()
    client.notify("exit")
    assert client.process.wait(timeout=20) == 1
    client = lsp.Client()
    client.process.stdin.close()
    assert client.process.wait(timeout=20) == 1


def frame(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


BAD = [
    ("broken framing", b"hello\r\n\r\n", -32700),
    ("a negative length", b"Content-Length: -5\r\n\r\n", -32700),
    ("a length that is no number", b"Content-Length: 12x\r\n\r\n", -32700),
    ("a huge length", b"Content-Length: 99999999999999999999999\r\n\r\n", -32700),
    ("an absurd length", b"Content-Length: 999999999999\r\n\r\n", -32700),
    ("a header without end", b"X" * 5000, -32700),
    ("no JSON", frame(b"{ this"), -32700),
    ("no UTF-8", frame(b'{"method":"\xff"}'), -32700),
    ("nested too deep", frame(b"[" * 100000), -32700),
    ("an empty message", frame(b""), -32700),
    ("a number", frame(b"5"), -32600),
    ("a list", frame(b"[]"), -32600),
    ("no method", frame(b'{"jsonrpc":"2.0"}'), -32600),
    ("a method that is a number", frame(b'{"id":1,"method":5}'), -32600),
    ("an id that is a list", frame(b'{"id":[],"method":"shutdown"}'), -32600),
    ("an unknown method", frame(b'{"id":1,"method":"nobody/knows"}'), -32601),
    ("a notification asked as a request", frame(b'{"id":1,"method":"textDocument/didOpen"}'), -32601),
    ("no parameters", frame(b'{"id":1,"method":"textDocument/hover"}'), -32602),
    ("parameters that are a list", frame(b'{"id":1,"method":"textDocument/hover","params":[1]}'), -32602),
    ("a file that is not open",
     frame(b'{"id":1,"method":"textDocument/hover","params":{"textDocument":{"uri":"x"},'
           b'"position":{"line":0,"character":0}}}'), -32602),
]


@pytest.mark.parametrize("data,code", [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_bad_input_is_answered(client, data, code):
    client.raw(data)
    answer = client.receive()
    assert answer["error"]["code"] == code and answer["error"]["message"]
    assert client.try_request("textDocument/hover")["error"]["code"] == -32602, "it goes on"


def test_a_long_message_is_passed_over(client):
    length = 70 << 20
    client.raw(b"Content-Length: %d\r\n\r\n" % length)
    assert client.receive()["error"]["code"] == -32600
    for _ in range(70):
        client.raw(b"Content-Length: 5\r\n\r\n".ljust(1 << 20))
    assert client.try_request("textDocument/hover")["error"]["code"] == -32602


def test_changes_that_cannot_be(opened):
    client, where = opened
    for change in ({}, {"text": 5}, {"text": "", "range": {"start": {"line": -1, "character": 0}}},
                   {"text": "", "range": {"start": {"line": 3, "character": 0},
                                          "end": {"line": 1, "character": 0}}}):
        client.notify("textDocument/didChange", textDocument={"uri": where, "version": 2},
                      contentChanges=[change])
        message = client.receive()
        assert message["method"] == "window/logMessage" and "didChange" in message["params"]["message"]
    assert client.request("textDocument/documentSymbol", textDocument={"uri": where})


def test_answers_and_unknown_notifications_are_ignored(client):
    client.raw(frame(b'{"jsonrpc":"2.0","id":7,"result":null}'))
    client.notify("$/cancelRequest", id=3)
    client.notify("$/setTrace", value="off")
    assert client.try_request("textDocument/hover")["error"]["code"] == -32602


def test_bytes_one_by_one(folder):
    client = lsp.Client(initialize=False)
    for byte in frame(json.dumps({"id": 1, "method": "initialize", "params": {}}).encode()):
        client.raw(bytes([byte]))
    assert "capabilities" in client.answer(1)["result"]
    client.raw(b"content-length: 30\nX-Other: y\n\n" + b'{"id":2,"method":"shutdown" }'.ljust(30))
    assert client.answer(2)["result"] is None
    client.notify("exit")
    assert client.process.wait(timeout=20) == 0


def test_lines_of_other_systems(client, folder):
    where = lsp.uri(folder / "crlf.cfg")
    found = client.open(where, "debug = 1\r\nrequest_route {\r\n\tnosuch();\r\n}\r\n")
    assert found[0]["range"] == {"start": {"line": 2, "character": 1}, "end": {"line": 2, "character": 7}}
    found = client.change(where, {"range": {"start": {"line": 2, "character": 1},
                                            "end": {"line": 2, "character": 10}}, "text": "exit;"})
    assert found == []


def test_a_name_that_is_no_file(client):
    where = "untitled:Untitled-1"
    assert client.open(where, "debug = 1\n") == []
    assert client.change(where, {"text": "debg = 1\n"})[0]["severity"] == 1


def test_a_long_file_in_time(client, folder):
    where = lsp.uri(folder / "long.cfg")
    text = TEXT + "".join(f"route[R{i}] {{\n" + '\txlog("L_INFO", "$ru\\n");\n' * 8 + "}\n"
                          for i in range(1000))
    client.open(where, text)
    assert len(client.request("textDocument/documentSymbol", textDocument={"uri": where})) == 1004
    client.change(where, {"range": {"start": {"line": 0, "character": 0},
                                    "end": {"line": 0, "character": 0}}, "text": "\n"})
    assert client.at("completion", where, {"line": 17, "character": 2})["items"]
