# SPDX-License-Identifier: BSD-2-Clause
"""`tandem test`: the suites that are delivered pass, what is wrong is told where it is, and a suite
notices when its configuration is broken."""
import pathlib
import re
import resource
import subprocess
import time
import xml.etree.ElementTree as ElementTree

import pytest
import tandem

HERE = pathlib.Path(__file__).parent
STOCK = pathlib.Path("/etc/kamailio/kamailio.cfg")
SUITES = (HERE / "stock.test", tandem.ROOT / "etc/tandem.test")
RELEASE = tandem.TANDEM == tandem.ROOT / "build/bin/tandem"


def run(*arguments, cwd=None):
    return subprocess.run([tandem.TANDEM, "test", *arguments], capture_output=True, text=True,
                          timeout=120, cwd=cwd, check=False)


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write(folder, tests, config="request_route { exit; }"):
    (folder / "a.cfg").write_text(config)
    (folder / "a.test").write_text("config a.cfg\npeers alice bob\n" + tests)
    return folder / "a.test"


# --- the suites ---------------------------------------------------------------------------------


def test_the_suites_pass_and_are_quick(folder):
    report = folder / "junit.xml"
    before = cpu_of_children()
    done = run("--junit", str(report), *map(str, SUITES))
    took = cpu_of_children() - before  # other tests run at the same time
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr
    root = ElementTree.parse(report).getroot()
    cases = list(root.iter("testcase"))
    assert len(cases) == int(root.get("tests")) and int(root.get("failures")) == 0
    of_stock = [c.get("name") for c in cases if c.get("classname").endswith("stock.test")]
    assert len(of_stock) >= 200 and len(set(of_stock)) == len(of_stock)
    assert not RELEASE or took * 200 / len(cases) < 2, took
    assert all(c.get("file") and int(c.get("line")) > 0 for c in cases)


def mutants():
    """The stock configuration without one of its calls of a route, or of a function that matters."""
    lines = STOCK.read_text().splitlines()
    calls = re.compile(r"^\s*(route\(\w+\)|(auth_challenge|consume_credentials|remove_hf|append_hf|"
                       r"record_route|fix_nated_register|strip|prefix)\(.*\));")
    for number, line in enumerate(lines):
        if calls.match(line):
            name = f"{number + 1}: {line.strip()}"
            yield pytest.param(lines[:number] + ["$var(mutant) = 1;"] + lines[number + 1:], id=name)


@pytest.mark.parametrize("lines", mutants())
def test_a_mutant_of_the_stock_configuration_is_caught(folder, lines):
    (folder / "kamailio.cfg").write_text("\n".join(lines))
    suite = (HERE / "stock.test").read_text().replace(f"config {STOCK}", "config kamailio.cfg")
    (folder / "stock.test").write_text(suite)
    done = run(str(folder / "stock.test"))
    # 1: tests fail; 2: a test names what the configuration no longer calls
    assert done.returncode in (1, 2), "all tests passed"
    assert "FAILED" in done.stdout or "does not call" in done.stderr


# --- what fails is told ---------------------------------------------------------------------------


def test_a_failure_names_its_place_and_shows_the_message(folder):
    suite = write(folder, '''
test "one" {
    alice -> OPTIONS sip:bob@192.0.2.100
    alice <- 200
}
test "two" {
    alice -> OPTIONS sip:bob@192.0.2.100
    alice <- 404 "Not here" {
        Server: Other
    }
}
''', 'loadmodule "sl.so"\nrequest_route { sl_send_reply("404", "Not here"); exit; }')
    report = folder / "junit.xml"
    done = run("--junit", str(report), "a.test", cwd=folder)
    assert done.returncode == 1
    assert "FAILED a.test:4: one" in done.stdout
    assert "a.test:6: alice <- 200\n      got SIP/2.0 404 Not here" in done.stdout
    assert "a.test:11: Server: Other\n      got Server: Tandem" in done.stdout
    assert "| Call-ID: alice@scenario" in done.stdout
    assert "2 tests, 0 passed, 2 failed" in done.stdout
    cases = list(ElementTree.parse(report).iter("testcase"))
    assert [c.get("name") for c in cases] == ["one", "two"]
    assert cases[0].find("failure").get("message") == "got SIP/2.0 404 Not here"
    assert suite.exists()


FAILURES = {
    "no reply": ("alice <- 200", "nothing came within 400 ms"),
    "too much": ("", "alice got what the test does not expect: SIP/2.0 404 Not here"),
    "a variable": ('alice <- 404\ncheck $var(x) == "other"', 'it is "five"\n'),
    "a route": ("alice <- 404\nruns route[B]", "route[B] did not run"),
    "no route": ("alice <- 404\nruns no route[A]", "route[A] ran"),
    "a call": ("alice <- 404\ncalls sl_send_reply(\"500\")", "it was called 0 times so"),
    "a log": ('alice <- 404\nlogs "five"', "the log shows nothing more"),
    "a code": ("alice <- 404\nreturns 7", "it returned"),
    "a statistic": ("alice <- 404\nstat sl.no_such 7", "there is no statistic"),
    "a setting": ("alice <- 404\nset no.such = 7", "it cannot be set"),
    "a query": ('alice <- 404\nquery "SELECT 1" gives 1', "there is no database"),
    "a dialog": ("alice <- 404\nalice -> BYE", "there is no dialog"),
    "what was kept": ("alice <- 404\nalice -> INFO sip:${x}@192.0.2.100", "nothing was kept as ${x}"),
}


@pytest.mark.parametrize("steps, said", FAILURES.values(), ids=FAILURES)
def test_what_is_not_so_fails(folder, steps, said):
    config = '''loadmodule "sl.so"
loadmodule "pv.so"
request_route { $var(x) = "five"; route(A); }
route[A] { sl_send_reply("404", "Not here"); exit; }
route[B] { exit; }
'''
    if steps.startswith("alice <- 200"):
        config = "request_route { route(A); }\nroute[A] { exit; }\nroute[B] { exit; }"
    write(folder, f'test "t" {{\nalice -> OPTIONS sip:bob@192.0.2.100\n{steps}\n}}\n', config)
    done = run("a.test", cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout, done.stdout


def test_a_script_that_loops_is_ended(folder):
    write(folder, 'test "t" {\nalice -> OPTIONS sip:bob@192.0.2.100\nalice <- 200\n}\n',
          'max_while_loops=100000000\nloadmodule "pv.so"\n'
          "request_route { while (1) { $var(a) = $var(a) + 1; } }")
    began = time.monotonic()
    done = run("--limit=2", "a.test", cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "does the script loop?" in done.stdout or "nothing came" in done.stdout
    assert time.monotonic() - began < 60


def test_a_test_that_does_not_end_is_ended(folder):
    write(folder, 'test "t" {\n    after 1000000 h\n}\ntest "u" {\n}\n',
          'loadmodule "tm.so"\nloadmodule "usrloc.so"\nrequest_route { exit; }')
    done = run("--limit=1", "a.test", cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    assert ("a.test:4: after 1000000 h\n      this step did not end within 1 s of real time"
            in done.stdout), done.stdout
    assert "2 tests, 1 passed, 1 failed" in done.stdout


def test_state_is_fresh_in_each_test(folder):
    config = '''loadmodule "sl.so"
loadmodule "htable.so"
loadmodule "pv.so"
modparam("htable", "htable", "t=>size=4;")
request_route {
    $sht(t=>n) = $sht(t=>n) + 1;
    $shv(n) = $shv(n) + 1;
    sl_send_reply("200", "n$sht(t=>n)-$shv(n)");
}
'''
    one = 'alice -> OPTIONS sip:bob@192.0.2.100\nalice <- 200 "n1-1"\n'
    tests = "".join(f'test "t{i}" {{\n{one}}}\n' for i in range(20))
    write(folder, tests, config)
    done = run("a.test", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr


# --- what is wrong with a file is told ------------------------------------------------------------

# text after "config" and "peers", where, what, the way out
MISTAKES = {
    "a verb": ('tset "t" {\n}\n', "3:1", "got \"tset\"", 'did you mean "test"?'),
    "a peer": ('test "t" {\n    alcie -> OPTIONS sip:x@y\n}\n', "4:5", 'got "alcie"',
               'did you mean "alice"?'),
    "too many peers": ("peers " + " ".join(f"p{i}" for i in range(15)) + "\n", "3:", "at most 16 peers",
                       ""),
    "an arrow": ('test "t" {\n    alice = 200\n}\n', "4:11", "expected -> (it sends)", ""),
    "a step": ('test "t" {\n    logz "x"\n}\n', "4:5", 'got "logz"', 'did you mean "logs"?'),
    "a status": ('test "t" {\n    alice <- ok\n}\n', "4:14", "expected a method, a status", ""),
    "a time": ('test "t" {\n    after soon\n}\n', "4:11", "expected a time", ""),
    "a unit": ('test "t" {\n    after 5 parsecs\n}\n', "4:13", "expected ms, s, min or h", ""),
    "a block": ('test "t" {\n    alice <- 200\n', "3:1", "no closing '}'", ""),
    "a quote": ('test "t {\n}\n', "3:6", "not closed", ""),
    "a brace": ("}\n", "3:1", "closes nothing", ""),
    "a second test": ('test "t" {\n}\ntest "t" {\n}\n', "5:7", "a second test", "line 3"),
    "steps": ('steps "a b" {\n}\ntest "t" {\n    do "a c"\n}\n', "6:9", "there are no steps",
              'did you mean "a b"?'),
    "steps that do themselves": ('steps "a" {\n    do "a"\n}\ntest "t" {\n    do "a"\n}\n', "4:5",
                                 "do each other", ""),
    "an address": ("peer x 1.2.3\n", "3:8", "expected an address", ""),
    "a record": ("name AA x 192.0.2.1\n", "3:6", "a type of record", 'did you mean "A"?'),
    "a table": ("table t (a, b) {\n    1\n}\n", "4:5", "expected 2 values", ""),
    "a variable": ('test "t" {\n    check $hdrr(To) == 1\n}\n', "4:11", "unknown variable $hdrr",
                   "did you mean $hdr?"),
    "an expression": ('test "t" {\n    check $rm ==\n}\n', "4:11", "expected", ""),
    "a route": ('test "t" {\n    runs route[MIAN]\n}\n', "4:5", "there is no route[MIAN]",
                'did you mean "route[MAIN]"?'),
    "a function": ('test "t" {\n    stub lokup returns 1\n}\n', "4:5", "does not call lokup()", ""),
    "a stub": ('test "t" {\n    stub is_method {\n        xlog("x");\n        $foo = 1;\n    }\n}\n',
               "6:9", "unknown variable $foo", ""),
    "a statement": ('test "t" {\n    stub is_method sets $var(x) = = 1\n}\n', "4:35", "expected a value", ""),
    "the end of an expression": ('test "t" {\n    check $rm == "A" && $hdrr(To) == 1\n}\n',
                                 "4:25", "unknown variable $hdrr", "did you mean $hdr?"),
    "for": ('for a b = 1 2, 3 {\n    test "${a}" {\n    }\n}\n', "3:1", "expected 2 values", ""),
    "a level": ('test "t" {\n    logs WRAN "x"\n}\n', "4:10", 'got "WRAN"',
                'did you mean "WARN"?'),
}


@pytest.mark.parametrize("text, where, said, hint", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_in_a_test_file_is_told_where_it_is(folder, text, where, said, hint):
    write(folder, text, 'loadmodule "pv.so"\nloadmodule "textops.so"\n'
                        "request_route { route(MAIN); is_method(\"A\"); }\n"
                        "route[MAIN] { exit; }")
    done = run("a.test", cwd=folder)
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"a.test:{where}" in done.stderr and "error: " in done.stderr, done.stderr
    assert said in done.stderr and hint in done.stderr, done.stderr


def test_files_that_are_not_there(folder):
    done = run("nowhere.test", cwd=folder)
    assert done.returncode == 2 and "cannot read nowhere.test" in done.stderr
    (folder / "b.test").write_text('config nowhere.cfg\ntest "t" {\n}\n')
    done = run("b.test", cwd=folder)
    assert done.returncode == 2 and "nowhere.cfg" in done.stderr, done.stderr
    (folder / "c.test").write_text('test "t" {\n}\n')
    done = run("c.test", cwd=folder)
    assert done.returncode == 2 and "no configuration" in done.stderr, done.stderr
    assert run(cwd=folder).returncode == 2
    (folder / "d.test").write_bytes(b"config a\0b\n")
    assert run("d.test", cwd=folder).returncode == 2


def test_a_fault_of_the_configuration_is_told_as_ever(folder):
    write(folder, 'test "t" {\n}\n', 'request_route { xlgo("x"); }')
    done = run("a.test", cwd=folder)
    assert done.returncode == 2 and "a.cfg:1:" in done.stderr, done.stderr


def test_tests_in_the_configuration_itself(folder):
    (folder / "a.cfg").write_text('''#!KAMAILIO
loadmodule "sl.so"
#!ifndef REASON
#!define REASON "Nobody"
#!endif
/* tests
peers alice
test "nobody is here" {
    alice -> OPTIONS sip:bob@192.0.2.100
    alice <- 404 "Nobody"
}
*/
request_route {
    sl_send_reply("404", REASON);
}
''')
    assert tandem.check(folder / "a.cfg")[0] == 0
    done = run("a.cfg", cwd=folder)
    assert done.returncode == 0 and "1 tests, 1 passed" in done.stdout, done.stdout + done.stderr
    done = run("-A", 'REASON="Somebody else"', "a.cfg", cwd=folder)
    assert done.returncode == 1 and "a.cfg:10:" in done.stdout, done.stdout + done.stderr


# --- other renderings -----------------------------------------------------------------------------


def test_filter_list_tap_and_coverage():
    suite = str(tandem.ROOT / "etc/tandem.test")
    listed = run("--list", suite).stdout.splitlines()
    assert len(listed) > 50 and any("keepalive is answered" in line for line in listed)
    done = run("-v", "--filter=keepalive", suite)
    assert done.returncode == 0 and done.stdout.count("ok     ") == 1
    done = run("--filter=no such test", suite)
    assert done.returncode == 2 and "no such test" in done.stderr
    done = run("--tap", suite)
    assert done.stdout.startswith(f"TAP version 13\n1..{len(listed)}\nok 1 - ")
    done = run("--coverage", suite)
    ran, of = map(int, re.search(r"tandem.cfg: (\d+) of (\d+) lines", done.stdout).groups())
    assert 0 < of - ran < of / 4, done.stdout
