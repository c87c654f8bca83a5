# SPDX-License-Identifier: BSD-2-Clause
"""What `tandem -c` says of a broken file: place, line with a caret, what would be right."""
import re

import pytest
import tandem

HEAD = 'loadmodule "sl.so"\nloadmodule "tm.so"\nloadmodule "pv.so"\n'  # lines 1 to 3

BROKEN = {  # name: (text after HEAD, line, column, fragments of what is said)
    "unknown function": ('request_route {\n\tsl_send_reply("200", "OK");\n\tt_relai();\n}\n', 6, 2,
                         ["t_relai", "t_relay"]),
    "function of a module not loaded": ("request_route {\n\trecord_route();\n}\n", 5, 2,
                                        ["record_route", "loadmodule", "rr"]),
    "unknown module": ('loadmodule "regstrar.so"\nrequest_route { exit; }\n', 4, 12,
                       ["regstrar", "registrar"]),
    "unknown parameter": ('modparam("tm", "fr_timr", 5)\nrequest_route { exit; }\n', 4, 16,
                          ["fr_timr", "fr_timer"]),
    "parameter of a wrong type": ('modparam("tm", "fr_timer", "soon")\nrequest_route { exit; }\n',
                                  4, 28, ["fr_timer"]),
    "unknown variable": ("request_route {\n\t$vra(x) = 1;\n}\n", 5, 2, ["$vra", "$var"]),
    "unknown route": ("request_route {\n\troute(RELAI);\n}\nroute[RELAY] {\n\texit;\n}\n", 5, 8,
                      ["RELAI", "RELAY"]),
    "too few arguments": ('request_route {\n\tsl_send_reply("200");\n}\n', 5, None,
                          ["sl_send_reply"]),
    "too many arguments": ('request_route {\n\tsl_send_reply("200", "OK", "x");\n}\n', 5, None,
                           ["sl_send_reply"]),
    "not in this route": ('request_route {\n\texit;\n}\nonreply_route[X] {\n\t'
                          'sl_send_reply("200", "OK");\n}\n', 8, 2, ["sl_send_reply"]),
    "no semicolon": ('request_route {\n\tsl_send_reply("200", "OK")\n\texit;\n}\n', 5, None, [";"]),
    "no brace": ("request_route {\n\tif (1) {\n\t\texit;\n}\n", None, None, ["}"]),
    "unknown core parameter": ("chidlren=4\nrequest_route { exit; }\n", 4, 1,
                               ["chidlren", "children"]),
}


def faults(said, path):
    """(line, column) of each error."""
    return [(int(line), int(column)) for line, column in
            re.findall(rf"^{re.escape(str(path))}:(\d+):(\d+): error", said, re.MULTILINE)]


@pytest.mark.parametrize("name", BROKEN)
def test_tells_precisely(folder, name):
    text, line, column, fragments = BROKEN[name]
    path = folder / "broken.cfg"
    path.write_text(HEAD + text)
    code, said = tandem.check(path)
    found = faults(said, path)
    assert code != 0 and len(found) == 1, said
    assert line is None or found[0][0] == line, said
    assert column is None or found[0][1] == column, said
    assert re.search(r"^\s*\^", said, re.MULTILINE), f"no caret:\n{said}"
    for fragment in fragments:
        assert fragment in said, f"no {fragment!r}:\n{said}"


def test_tells_all_independent_faults_at_once(folder):
    path = folder / "broken.cfg"
    path.write_text(HEAD + 'modparam("tm", "fr_timr", 5)\nrequest_route {\n\tt_rely();\n'
                    '\t$vra(x) = 1;\n\troute(NOWHERE);\n}\nroute[OTHER] {\n\tsl_send_reply();\n}\n')
    code, said = tandem.check(path)
    assert code != 0
    assert [line for line, _ in faults(said, path)] == [4, 6, 7, 8, 11], said


def test_follows_includes(folder):
    (folder / "part.cfg").write_text("route[PART] {\n\tt_rely();\n}\n")
    path = folder / "whole.cfg"
    path.write_text(HEAD + 'include_file "part.cfg"\nrequest_route { route(PART); }\n')
    code, said = tandem.check(path)
    assert code != 0 and faults(said, folder / "part.cfg") == [(2, 2)], said


def test_a_start_refuses_what_the_check_refuses(folder):
    import subprocess
    path = folder / "broken.cfg"
    path.write_text(HEAD + "request_route {\n\tt_rely();\n}\n")
    done = subprocess.run([tandem.TANDEM, "-f", path, "-DD", "-E", "-Y", folder, "-l",
                           f"udp:127.0.0.1:{tandem.free_port()}"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert done.returncode != 0 and faults(done.stderr + done.stdout, path) == [(5, 2)]
