# SPDX-License-Identifier: BSD-2-Clause
"""Every name of the language in a valid use (tables beside this file: facts of the peer's newest
tree): accepted here, and by the packaged server where the table says that it has it."""
import re
import subprocess

import peer
import pytest
import tandem

TABLES = ("core_params", "keywords", "functions", "directives")
ANY = "integer or string"
# Listed by --explain-params with another default than the peer's, and why.
DEFAULTS = {
    "log_facility": "LOG_DAEMON",  # the table has none: this is what the packaged server opens
    "async_tkv_evcb": "core:tkv",
    "port": "5060",  # the peer says 0 and means this
    "tcp_accept_protocols": "",  # any
    "dns_cache_max_ttl": "0",  # "no limit", there as the largest number
    "msg_recv_max_size": "65535",  # a datagram of any size
    "server_header": "Server: Tandem",
    "user_agent_header": "User-Agent: Tandem",
    "advertised_port": "0",
    "tos": "IPTOS_LOWDELAY",
    "udp_mtu_try_proto": "0",
}
TYPES = {"number": ("integer", "boolean"), "text": ("string", "string with variables", "choice"),
         "list": ()}


@pytest.mark.parametrize("table", TABLES)
def test_each_name_is_accepted(table, folder):
    (folder / "included.cfg").write_text("# included\n")
    refused = {}
    for number, row in enumerate(peer.rows(table)):
        fine, said = peer.tandem_accepts(folder, [row], f"{number}.cfg")
        if not fine:
            refused[row["use"]] = said
    assert not refused


@pytest.mark.parametrize("table", TABLES)
def test_the_packaged_server_accepts_what_it_has(table, folder):
    (folder / "included.cfg").write_text("# included\n")
    uses = [row for row in peer.rows(table) if row["packaged"] == "yes"]
    assert len(uses) > 20
    if table == "core_params" or uses[0]["where"] == "body":
        together = [[u for u in uses if u["where"] == "body"], [u for u in uses if u["where"] == "top"]]
    else:
        together = [[u for u in uses if u["where"] == "body"]]
        together += [[u] for u in uses if u["where"] != "body"]
    for group in filter(None, together):
        fine, said = peer.packaged_accepts(folder, group)
        assert fine, (group[0]["use"], said[-2000:])


def explained():
    """{name: (type, default or None, whether it has no effect)} of --explain-params."""
    out = subprocess.run([tandem.TANDEM, "--explain-params"], capture_output=True, text=True,
                         check=True, timeout=20).stdout
    found, names = {}, []
    for line in out.splitlines():
        if line and not line.startswith(" "):
            names = [n.strip() for n in line.split(",")]
        elif names and line.startswith("    ") and names[0] not in found:
            default = re.search(r"default ([^;]*)", line)
            for name in names:
                found[name] = [re.split("[,;]", line.strip())[0], default and default.group(1), False]
        elif names and "Accepted without effect: " in line:
            for name in names:
                found[name][2] = True
    return found


def test_parameters_have_their_type_and_default():
    known = explained()
    for row in peer.rows("core_params"):
        name = re.sub(r"^coreparam\[(\w+)\]$", r"\1", row["parameter"])
        kind, default, _ = known[name]
        if row["type"] != "list":
            assert kind in TYPES[row["type"]] or kind == ANY, (name, kind)
        wanted = DEFAULTS.get(row["alias of"] or name, row["default"])
        shown = {"yes": "1", "no": "0"}.get(default, default)
        assert (shown or "") in (wanted, "0" if wanted == "" else wanted), (name, default)


def test_numbers_take_no_text(folder):
    known = explained()
    for row in peer.rows("core_params"):
        name = row["parameter"]
        if row["type"] != "number" or "[" in name or known[name][0] == ANY:
            continue
        fine, said = peer.tandem_accepts(folder, [{"where": "top", "use": f'{name} = "x"'}])
        assert not fine and (row["alias of"] or name) in said and ":2:" in said, (name, said)
