# SPDX-License-Identifier: BSD-2-Clause
"""tandem --format: the layout changes, the tokens and the program do not."""
import os
import pathlib
import random
import re
import stat
import subprocess

import pytest
import tandem

STOCK = tandem.ROOT / "etc/tandem.cfg"
PACKAGED = pathlib.Path("/etc/kamailio/kamailio.cfg")
EXAMPLES = sorted(pathlib.Path("/usr/share/doc/kamailio/examples").glob("**/*.cfg"))
CORPUS = [STOCK, PACKAGED, *sorted(tandem.ROOT.glob("tests/**/*.cfg"))]


def run(*arguments, text=None, cwd=None):
    if isinstance(text, str):
        text = text.encode()
    return subprocess.run([tandem.TANDEM, "--format", *map(str, arguments)], input=text,
                          capture_output=True, timeout=30, check=False, cwd=cwd)


def formatted(text, *options):
    done = run(*options, "-", text=text)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout if isinstance(text, bytes) else done.stdout.decode()


def dump(text, folder):
    """The program a configuration makes, without the lines it came from; None when it does not
    load."""
    file = folder / "dump.cfg"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = subprocess.run([tandem.TANDEM, "--dump", "-f", file], capture_output=True, text=True,
                          timeout=30, check=False)
    if done.returncode:
        return None
    return re.sub(r"^(?: {6}|[ \d]{6}(?= ))|\(\S+:\d+\)$", "", done.stdout, flags=re.M)


TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|\'[^\']*\'|/\*.*?\*/|^[ \t]*[#!]![a-zA-Z](?:\\\r?\n|[^\n])*|#[^\n]*|//[^\n]*'
    rb"|\s+|[\w$.]+|.", re.S | re.M)


def bones(text):
    """A configuration without white space between its tokens."""
    return [t.strip() for t in TOKEN.findall(text) if t.strip()]


@pytest.mark.parametrize("path", CORPUS, ids=lambda p: p.name)
def test_corpus_keeps_tokens_and_program(path, folder):
    text = path.read_bytes()
    once = formatted(text)
    assert formatted(once) == once
    assert bones(once) == bones(text)
    before = dump(text, folder)
    assert before == dump(once, folder)
    if path in (STOCK, PACKAGED):
        assert before, "the stock configurations load"


def told(text, folder):
    """What `tandem -c` says, without places."""
    file = folder / "told.cfg"
    file.write_bytes(text)
    done = subprocess.run([tandem.TANDEM, "-c", "-f", file], capture_output=True, timeout=30,
                          check=False)
    return sorted(re.sub(rb"line \d+", b"line", said) for said in
                  re.findall(rb"^\S+?:\d+:\d+: ((?:error|warning).*)$", done.stderr, re.M))


def test_examples_of_the_package(folder):
    """Old and odd ones, most of which do not load: the same is told of them."""
    assert len(EXAMPLES) > 50
    for path in EXAMPLES:
        text = path.read_bytes()
        once = formatted(text)
        assert formatted(once) == once, path
        assert told(once, folder) == told(text, folder), path


def test_stock_configuration_is_laid_out():
    done = run("--check", STOCK)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def mutant(text, rng):
    """The same tokens with other white space between them. At the top, where line ends count, the
    lines stay."""
    out, depth, after_line = [], 0, True
    for token in TOKEN.findall(text):
        if token.isspace():
            if after_line or depth == 0:
                out.append(token.replace(b"\t", b"  ") + b" " * rng.randrange(3))
            else:
                out.append(rng.choice([b" ", b"\n", b"\t", b"  \n\n\n ", b" \r\n", token]))
            after_line = False
            continue
        after_line = token[:1] in b"#!" and len(token) > 1 or token[:2] == b"//"
        if out and token.lstrip()[:2] in (b"#!", b"!!") and not out[-1].rstrip(b" ").endswith(b"\n"):
            out.append(b"\n")
        depth += (token == b"{") - (token == b"}")
        out.append(token)
    return b"".join(out)


@pytest.mark.parametrize("path", [STOCK, tandem.ROOT / "tests/diagnostics/features.cfg", PACKAGED],
                         ids=lambda p: p.name)
def test_mutants_of_white_space(path, folder):
    rng = random.Random(7)
    text = path.read_bytes()
    loaded = 0
    for _ in range(12):
        wild = mutant(text, rng)
        once = formatted(wild)
        assert formatted(once) == once
        assert bones(once) == bones(wild)
        before = dump(wild, folder)
        assert before == dump(once, folder)
        loaded += before is not None
    assert loaded >= 10


STYLE = [
    ("statements", "request_route{a();b();;\nif(x){c();}else{d();}}",
     "request_route {\n\ta();\n\tb();;\n\tif (x) {\n\t\tc();\n\t} else {\n\t\td();\n\t}\n}\n"),
    ("else on the line of its brace", "route[A]\n{\n  if (x)\n  {\n  a();\n  }\n  else if(y)\n  {\n b(); }\n}",
     "route[A] {\n\tif (x) {\n\t\ta();\n\t} else if (y) {\n\t\tb();\n\t}\n}\n"),
    ("bodies without braces",
     "route[A] {\nif(a)\nx();\nelse\ny();\nif (a) x(); else y();\nwhile(b)\nif(c)\nz();\nt();\n}",
     "route[A] {\n\tif (a)\n\t\tx();\n\telse\n\t\ty();\n\tif (a) x(); else y();\n"
     "\twhile (b)\n\t\tif (c)\n\t\t\tz();\n\tt();\n}\n"),
    ("switch", 'route[A] { switch($rc){case 1: a(); break; case /"x"/i:\ndefault:b(); } }',
     'route[A] {\n\tswitch ($rc) {\n\t\tcase 1:\n\t\t\ta();\n\t\t\tbreak;\n\t\tcase /"x"/i:\n'
     "\t\tdefault:\n\t\t\tb();\n\t}\n}\n"),
    ("operators", 'route[A] { $var(x)=$var(y)+1*2-3;$a=-1; if(!a()&&($b!=$c||not(d)))return -1; }',
     "route[A] {\n\t$var(x) = $var(y) + 1 * 2 - 3;\n\t$a = -1;\n"
     "\tif (!a() && ($b != $c || not (d))) return -1;\n}\n"),
    ("addresses", "listen=udp:[::1]:5060   advertise a-b.example.org:5070\nroute[A]{if(src_ip==10.0.0.0/8||"
     "src_ip==2001:db8::/32)a();force_send_socket(udp:h-1.x:5060);}",
     "listen = udp:[::1]:5060 advertise a-b.example.org:5070\nroute[A] {\n\tif (src_ip == "
     "10.0.0.0/8 || src_ip == 2001:db8::/32) a();\n\tforce_send_socket(udp:h-1.x:5060);\n}\n"),
    ("blank lines", "\n\ndebug=1\n\n\n\nfork=no\nroute{\n\n\n\ta();\n\n\n\n\tb();\n\n}\n\n\n",
     "debug = 1\n\nfork = no\nroute {\n\ta();\n\n\tb();\n}\n"),
    ("comments", "# a\nroute[A]{ // b\n# c\na(/*d*/1); /* e */ b(); # f\n/* g */ c();\n# h\n}\n",
     "# a\nroute[A] { // b\n\t# c\n\ta(/*d*/1); /* e */\n\tb(); # f\n\t/* g */ c();\n\t# h\n}\n"),
    ("directives", "route[A] {\n  #!ifdef X\n a();\n\t!!else\nif(x){\n#!endif\nb();\n}\n}\n",
     "route[A] {\n#!ifdef X\n\ta();\n!!else\n\tif (x) {\n#!endif\n\t\tb();\n\t}\n}\n"),
    ("broken lines", 'modparam("a","b",\n"c")\nroute[A]{if(a()&&\nb()){\n$x="a"\n+"b";}}',
     'modparam("a", "b",\n\t"c")\nroute[A] {\n\tif (a() &&\n\t\t\tb()) {\n\t\t$x = "a"\n\t\t\t+ "b";\n'
     "\t}\n}\n"),
    ("declarations on one line", 'debug=3 fork=no loadmodule "a.so"',
     'debug = 3\nfork = no\nloadmodule "a.so"\n'),
    ("an else that belongs to the inner if", "route{if(a)\nif(b)\nx();\nelse\ny();\nelse\nz();}",
     "route {\n\tif (a)\n\t\tif (b)\n\t\t\tx();\n\t\telse\n\t\t\ty();\n\telse\n\t\tz();\n}\n"),
    ("line ends of the other kind", "debug=1\r\nroute{a();}\r\n",
     "debug = 1\r\nroute {\r\n\ta();\r\n}\r\n"),
    ("prose between conditions", "#!ifdef NEVER\n  don't  do this: {\n#!endif\nroute{a();}",
     "#!ifdef NEVER\n  don't  do this: {\n#!endif\nroute {\n\ta();\n}\n"),
    ("prose with line ends of another kind", "debug=1\r\n#!ifdef NEVER\n don't\n#!endif\n",
     "debug = 1\r\n#!ifdef NEVER\r\n don't\n#!endif\r\n"),
    ("faults in another part", "#!ifdef NEVER\nroute[ {{ if (((\n#!else\nroute{a();}\n#!endif\n",
     "#!ifdef NEVER\nroute[ {\n\t{\n\t\tif (((\n#!else\nroute {\n\ta();\n}\n#!endif\n"),
    ("missing includes", 'include_file "nowhere.cfg"\n#!include_file "nowhere.cfg"\nroute{a();}',
     'include_file "nowhere.cfg"\n#!include_file "nowhere.cfg"\nroute {\n\ta();\n}\n'),
    ("quotes and escapes", "route{$a='x\"y';$b=\"\\\"\\n\";}",
     "route {\n\t$a = 'x\"y';\n\t$b = \"\\\"\\n\";\n}\n"),
    ("a define that swallows the rest of the line",
     "#!define X 5 # c\n#!define Y X\nroute{$a=X is  swallowed;b();\n;$b = Y\n;c(); $d=1;}",
     "#!define X 5 # c\n#!define Y X\nroute {\n\t$a = X is  swallowed;b();\n\t;\n\t$b = Y\n\t;\n"
     "\tc();\n\t$d = 1;\n}\n"),
    ("nothing", "", ""),
    ("nothing but a comment", "/* a /* b */ c */", "/* a /* b */ c */\n"),
]


@pytest.mark.parametrize("text,wanted", [s[1:] for s in STYLE], ids=[s[0] for s in STYLE])
def test_style(text, wanted):
    got = formatted(text)
    assert got == wanted
    assert formatted(got) == got


def test_indent_of_blanks():
    assert formatted("route{a();}", "--indent=2") == "route {\n  a();\n}\n"
    assert run("--indent=99", "-", text="").returncode == 2


@pytest.mark.parametrize("text,where", [('route { a("x); }\n', "1:11"), ("debug=1\n/* x", "2:1"),
                                        ("route {\n\t\\\n}", "2:2"), ("a\0b", "no text")])
def test_what_cannot_be_read_is_left(folder, text, where):
    file = folder / "bad.cfg"
    file.write_text(text)
    done = run("-w", file)
    assert done.returncode == 1
    assert where in done.stderr.decode() and "left as it is" in done.stderr.decode()
    assert file.read_text() == text
    assert [f.name for f in folder.iterdir()] == ["bad.cfg"]


def test_write_keeps_mode_and_links(folder):
    file = folder / "a.cfg"
    file.write_text("debug=1\n")
    file.chmod(0o640)
    link = folder / "link.cfg"
    link.symlink_to("a.cfg")
    before = file.stat().st_ino
    assert run("-w", link).returncode == 0
    assert link.is_symlink() and file.read_text() == "debug = 1\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert file.stat().st_ino != before, "a new file took the place of the old one"
    after = file.stat()
    assert run("-w", link).returncode == 0
    assert file.stat().st_ino == after.st_ino, "what is laid out already is not written"
    assert sorted(os.listdir(folder)) == ["a.cfg", "link.cfg"]


def test_check_names_the_files(folder):
    (folder / "good.cfg").write_text("debug = 1\n")
    (folder / "bad.cfg").write_text("debug=1\n")
    done = run("--check", "good.cfg", "bad.cfg", cwd=folder)
    assert (done.returncode, done.stdout) == (1, b"bad.cfg\n")
    assert run("--check", "good.cfg", cwd=folder).returncode == 0
    assert (folder / "bad.cfg").read_text() == "debug=1\n"


def test_command_line():
    assert run().returncode == 2
    assert run("-w", "--check", "x").returncode == 2
    done = run("/nowhere/at/all.cfg")
    assert done.returncode == 1 and b"no such item" in done.stderr
    late = subprocess.run([tandem.TANDEM, "-c", "--format"], capture_output=True, timeout=30,
                          check=False)
    assert late.returncode == 2 and b"before all others" in late.stderr


def test_long_file_in_time():
    text = "route[A] {\n" + "if($var(x)==1){a();}\n" * 20000 + "}\n" + "# c\n" * 50000
    assert formatted(text).count("\n") > 100000
