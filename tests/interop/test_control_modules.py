# SPDX-License-Identifier: BSD-2-Clause
"""Control of the modules from outside: hash tables, counters, pike, settings, by kamcmd and curl."""
import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import time

import pytest

import tandem

CONFIG = """#!KAMAILIO
debug=1
loadmodule "kex.so"
loadmodule "corex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
loadmodule "xlog.so"
loadmodule "ctl.so"
loadmodule "cfg_rpc.so"
loadmodule "counters.so"
loadmodule "cfgutils.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "htable.so"
loadmodule "pike.so"
loadmodule "xhttp.so"
loadmodule "jsonrpcs.so"
loadmodule "debugger.so"
tcp_accept_no_cl=yes
modparam("ctl", "binrpc", "unixs:kamailio_ctl")
modparam("ctl", "binrpc", "unixd:kamailio_dgram")
modparam("ctl", "binrpc", "tcp:127.0.0.1:TCPPORT")
modparam("ctl", "binrpc", "udp:127.0.0.1:TCPPORT")
modparam("jsonrpcs", "transport", 7)
modparam("jsonrpcs", "fifo_reply_dir", "FOLDER")
modparam("counters", "script_counter", "mine a counter of ours")
modparam("htable", "htable", "a=>size=4;")
modparam("htable", "htable", "b=>size=4;autoexpire=1;initval=5;")
modparam("htable", "timer_interval", 1)
modparam("pike", "reqs_density_per_unit", 5)
my.val = 5 desc "my value"

event_route[htable:mod-init] {
	$sht(a=>begun) = "yes";
}
event_route[htable:expired:b] {
	$sht(a=>expired) = $shtrecord(key) + "=" + $shtrecord(value);
}
event_route[xhttp:request] {
	if ($hu =~ "^/RPC") {
		jsonrpc_dispatch();
	} else if ($hu =~ "^/slow") {
		sleep("1");
		xhttp_reply("200", "OK", "text/plain", "slow");
	} else {
		xhttp_reply("200", "OK", "text/plain", "$(hu{url.path}) $(hu{url.querystring}) $rm $si\\n");
	}
}
request_route {
	if (is_method("REGISTER")) {
		save("location");
		exit;
	}
	cnt_inc("mine");
	if ($rU == "rates") {
		pike_check_ip("192.0.2.9");
		sl_send_reply("200", "rc$rc");
	} else if ($rU == "count") {
		lock("counter");
		$var(n) = $sht(a=>n);
		usleep("20000");
		$sht(a=>n) = $var(n) + 1;
		unlock("counter");
		sl_send_reply("200", "OK");
	} else if ($rU == "iterate") {
		$sht(b=>i1) = 1;
		$sht(b=>i2) = "two";
		$var(seen) = "";
		sht_iterator_start("i", "b");
		while (sht_iterator_next("i")) {
			if ($shtitkey(i) =~ "^i") $var(seen) = $var(seen) + $shtitkey(i) + "=" + $shtitval(i) + " ";
		}
		sht_iterator_end("i");
		sl_send_reply("200", "$var(seen)");
	} else if ($rU == "exec") {
		jsonrpc_exec('{"jsonrpc":"2.0","method":"core.printi","params":[42],"id":1}');
		sl_send_reply("200", "$jsonrpl(code) $(jsonrpl(body){s.len})");
	} else {
		sl_send_reply("200", "line $cfg(line) inc $shtinc(b=>x)");
	}
}
"""


def options(port, user, call="1", source=None):
    """Sends OPTIONS over UDP and returns the reason phrase of the reply."""
    with source or socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", port))
        me = s.getsockname()[1]
        s.send((f"OPTIONS sip:{user}@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bK{call}{me}\r\n"
                f"From: <sip:t@127.0.0.1>;tag=1\r\nTo: <sip:{user}@127.0.0.1>\r\n"
                f"Call-ID: {call}-{me}\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n"
                "Content-Length: 0\r\n\r\n").encode())
        return s.recv(4096).decode().split("\r\n")[0].split(" ", 2)[2]


EXECUTED = '{\n\t"jsonrpc":\t"2.0",\n\t"result":\t[42],\n\t"id":\t1\n}\n'


class Control:
    def __init__(self, start, folder):
        self.tcp = tandem.free_port()
        self.server = start(CONFIG.replace("TCPPORT", str(self.tcp)).replace("FOLDER", str(folder)))
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.server.port}"

    def kamcmd(self, *args, at=None):
        at = at or f"unixs:{self.server.rundir}/kamailio_ctl"
        done = subprocess.run([tandem.program("kamcmd"), "-s", at, *map(str, args)],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.stdout + done.stderr

    def curl(self, path, *args):
        done = subprocess.run([tandem.program("curl"), "-s", "-i", *args, self.url + path],
                              capture_output=True, text=True, timeout=20, check=True)
        head, _, body = done.stdout.partition("\n\n" if "\r\n" not in done.stdout else "\r\n\r\n")
        return head, body

    def json(self, method, *params):
        request = {"jsonrpc": "2.0", "method": method, "params": list(params), "id": 7}
        _, body = self.curl("/RPC", "-H", "Content-Type: application/json", "-d",
                            json.dumps(request))
        return json.loads(body)

    def tandemctl(self, *args):
        done = subprocess.run([tandem.TANDEMCTL, "-s", self.server.rundir / "tandem.sock",
                               *map(str, args)],
                              capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture
def control(start, folder):
    return Control(start, folder)


def test_kamcmd_asks_what_the_server_is(control):
    assert re.fullmatch(r"tandem \S+ \(\S+/linux\)\n", control.kamcmd("core.version"))
    assert re.search(r"uptime: \d+\n", control.kamcmd("core.uptime"))
    assert "Domain: location" in control.kamcmd("ul.dump")
    lines = control.kamcmd("stats.get_statistics", "all").splitlines()
    assert len(lines) > 100 and "core:rcv_requests = 0" in lines
    assert "shmem:used_size" in control.kamcmd("stats.get_statistics", "shmem:")
    assert f"port: {control.server.port}" in control.kamcmd("core.sockets_list")
    methods = control.kamcmd("system.listMethods").split()
    assert len(methods) > 150 and methods == sorted(methods)
    assert control.kamcmd("core.modules").split()[-1] == "kex"
    assert "main process" in control.kamcmd("core.ps")


def test_kamcmd_works_over_every_transport(control):
    rundir = control.server.rundir
    for at in (f"unixs:{rundir}/kamailio_ctl", f"unixd:{rundir}/kamailio_dgram",
               f"tcp:127.0.0.1:{control.tcp}", f"udp:127.0.0.1:{control.tcp}"):
        assert control.kamcmd("core.echo", "a", "17", "s:2", "2.5",
                              at=at) == "a\n17\n2\n2.5\n", at
    assert "kamailio_dgram" in control.kamcmd("ctl.listen")
    assert control.kamcmd("ctl.connections") >= "1"


def test_kamcmd_is_told_what_is_wrong(control):
    assert "404 - command cor.version not found; did you mean core.version?" in \
        control.kamcmd("cor.version")
    assert 'the argument "key" is missing' in control.kamcmd("htable.get", "a")
    assert "No such htable" in control.kamcmd("htable.dump", "none")


def test_kamcmd_changes_values_while_the_server_runs(control):
    assert control.kamcmd("cfg.get", "my", "val") == "5\n"
    assert "my value" in control.kamcmd("cfg.help", "my", "val")
    assert control.kamcmd("cfg.seti", "my", "val", 9) == ""
    assert control.kamcmd("cfg.get", "my", "val") == "9\n"
    assert "val: 9" in control.kamcmd("cfg.get", "my")
    assert control.kamcmd("cfg.get", "core", "debug") == "1\n"
    assert control.kamcmd("cfg.set", "core", "debug", 2) == ""
    assert control.kamcmd("cfg.get", "core", "debug") == "2\n"
    assert "expected an integer" in control.kamcmd("cfg.set", "core", "debug", "abc")
    assert control.kamcmd("cfg.set_delayed", "core", "debug", 3) == ""
    assert "new value: 3" in control.kamcmd("cfg.diff")
    assert control.kamcmd("cfg.get", "core", "debug") == "2\n"
    assert control.kamcmd("cfg.commit") == ""
    assert control.kamcmd("cfg.get", "core", "debug") == "3\n"
    assert "my: val" in control.kamcmd("cfg.list")


def test_kamcmd_changes_parameters_of_modules(control):
    assert control.kamcmd("modparam.setn", "registrar", "max_contacts", 7) == ""
    assert control.kamcmd("modparam.getn", "registrar", "max_contacts") == "7\n"
    assert control.kamcmd("cfg.get", "registrar", "max_contacts") == "7\n"
    assert "config.reload" in control.kamcmd("modparam.setn", "pike", "reqs_density_per_unit", 5)
    assert "not loaded" in control.kamcmd("modparam.setn", "nothing", "x", 5)
    assert "no parameter" in control.kamcmd("modparam.setn", "pike", "x", 5)


def test_hash_tables_by_scripts_and_by_kamcmd(control):
    assert "value: yes" in control.kamcmd("htable.get", "a", "begun")
    assert options(control.server.port, "x").endswith("inc 6")
    assert options(control.server.port, "x").endswith("inc 7")
    assert control.kamcmd("htable.sets", "a", "k", "text") == "Ok. Key set to new value.\n"
    assert "value: text" in control.kamcmd("htable.get", "a", "k")
    assert "name: k" in control.kamcmd("htable.dump", "a")
    assert control.kamcmd("htable.delete", "a", "k") == "Ok. Key deleted.\n"
    assert "doesn't exist" in control.kamcmd("htable.get", "a", "k")
    tandem.until(lambda: "value: x=7" in control.kamcmd("htable.get", "a", "expired"), 10,
                 "the event of expiry")
    assert sorted(options(control.server.port, "iterate").split()) == ["i1=1", "i2=two"]
    assert control.kamcmd("cnt.get", "script", "mine") == "3\n"
    assert control.kamcmd("cnt.help", "script", "mine") == "a counter of ours\n"


def test_a_lock_makes_scripts_wait_for_each_other_but_nobody_else(control):
    port, sockets = control.server.port, []
    for i in range(20):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(10)
        s.connect(("127.0.0.1", port))
        me = s.getsockname()[1]
        s.send((f"OPTIONS sip:count@127.0.0.1 SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bKl{i}\r\n"
                f"From: <sip:t@h>;tag=1\r\nTo: <sip:c@h>\r\nCall-ID: lock{i}\r\n"
                "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n").encode())
        sockets.append(s)
    began = time.monotonic()
    assert options(port, "x", "meanwhile").startswith("line")
    assert time.monotonic() - began < 0.2
    for s in sockets:
        assert s.recv(4096).startswith(b"SIP/2.0 200")
        s.close()
    assert "value: 20" in control.kamcmd("htable.get", "a", "n")


def test_pike_tells_who_sends_too_much(control):
    codes = [options(control.server.port, "rates", f"p{i}") for i in range(8)]
    assert codes == ["rc1"] * 5 + ["rc-2"] + ["rc-1"] * 2
    assert "ip_addr: 192.0.2.9" in control.kamcmd("pike.list")
    assert "status: HOT" in control.kamcmd("pike.top", "ALL")


def test_curl_speaks_json_rpc(control):
    answer = control.json("core.version")
    assert answer["id"] == 7 and answer["result"].startswith("tandem ")
    assert control.json("core.echo", "a", 1, 2.5)["result"] == ["a", "1", "2.5"]
    assert control.json("cfg.get", "my")["result"] == {"val": 5}
    assert control.json("core.sockets_list")["result"][0]["socket"]["proto"] == "udp"
    assert control.json("htable.get", "a", "none")["error"]["code"] == 500
    unknown = control.json("core.versio")["error"]
    assert unknown["message"] == "Method Not Found" and "core.version" in unknown["data"]
    head, _ = control.curl("/RPC", "-d", "junk")
    assert " 400 " in head
    assert options(control.server.port, "exec") == f"200 {len(EXECUTED)}"


def test_curl_gets_what_the_script_says(control):
    head, body = control.curl("/some/where?a=b&c=d")
    assert head.startswith("HTTP/1.1 200 OK") and body == "/some/where a=b&c=d GET 127.0.0.1\n"
    began = time.monotonic()
    slow = subprocess.Popen([tandem.program("curl"), "-s", control.url + "/slow"],
                            stdout=subprocess.PIPE)
    assert control.json("core.printi", 3)["result"] == [3]
    assert time.monotonic() - began < 0.9
    assert slow.communicate(timeout=10)[0] == b"slow"


def test_json_rpc_over_a_fifo_and_datagrams(control):
    rundir, folder = control.server.rundir, control.folder
    request = {"jsonrpc": "2.0", "method": "core.printi", "params": [5], "id": 1}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(folder / "client.sock"))
        s.settimeout(5)
        s.sendto(json.dumps(request).encode(), str(rundir / "kamailio_rpc.sock"))
        assert json.loads(s.recv(65536))["result"] == [5]
    reply = folder / "reply"
    os.mkfifo(reply)
    with open(rundir / "kamailio_rpc.fifo", "w", encoding="utf-8") as fifo:
        fifo.write(json.dumps({**request, "reply_name": "reply"}, indent=1))
    with open(reply, encoding="utf-8") as answer:
        assert json.loads(answer.read())["result"] == [5]


def test_tandemctl_prints_for_people(control):
    code, out, _ = control.tandemctl("core.uptime")
    assert code == 0 and re.search(r"^uptime:\s+\d+$", out, re.M)
    code, out, _ = control.tandemctl("ps")
    assert code == 0 and out.splitlines()[0].split() == ["IDX", "PID", "DSC"]
    code, out, _ = control.tandemctl("--json", "core.echo", "x", 1)
    assert code == 0 and json.loads(out) == ["x", "1"]
    code, _, err = control.tandemctl("htabel.dump", "a")
    assert code == 1 and "did you mean htable.dump?" in err
    code, out, _ = control.tandemctl("htable.sets", "table=a", "key=k", "value=v")
    assert code == 0 and out == "Ok. Key set to new value.\n"
    code, out, _ = control.tandemctl("metrics")
    assert code == 0 and re.search(r"^tandem_script_mine_total \d+$", out, re.M)
    assert control.tandemctl("help", "htable.get")[1].startswith("One item.")
    done = subprocess.run([tandem.TANDEMCTL, "-s", "/nowhere/x.sock", "ps"], capture_output=True,
                          timeout=10, check=False)
    assert done.returncode == 3


def test_a_reload_changes_control_sockets_and_keeps_tables(control):
    other = tandem.free_port()
    control.kamcmd("htable.seti", "a", "kept", 7)
    text = control.server.config.read_text()
    control.server.config.write_text(text.replace(f"tcp:127.0.0.1:{control.tcp}",
                                                  f"tcp:127.0.0.1:{other}"))
    code, out, err = control.tandemctl("reload")
    assert code == 0, err
    assert re.search(r"^generation:\s+[2-9]", out, re.M)
    tandem.until(lambda: control.kamcmd("core.printi", 1, at=f"tcp:127.0.0.1:{other}") == "1\n")
    assert control.kamcmd("core.printi", 1, at=f"tcp:127.0.0.1:{control.tcp}") != "1\n"
    assert "value: 7" in control.kamcmd("htable.get", "a", "kept")
    control.server.config.write_text(text + "\nroute[X] { nosuch(); }\n")
    code, _, err = control.tandemctl("reload")
    assert code == 1 and "nosuch" in err
    assert "value: 7" in control.kamcmd("htable.get", "a", "kept")


def test_hostile_packets_do_no_harm(control):
    for payload in (b"\xa1" + b"\xff" * 200, b"\x00" * 5000, b"GET / HTTP/1.0\r\n\r\n",
                    b"\xa1\x03\x10abcd" + b"\x03" * 16, b"\xa1\x0f\x00\x0f\xff\xffabcd" + b"x" * 99):
        with socket.create_connection(("127.0.0.1", control.tcp), timeout=5) as s:
            s.settimeout(5)
            with contextlib.suppress(ConnectionError, OSError):
                s.sendall(payload)
                s.shutdown(socket.SHUT_WR)
                while s.recv(4096):
                    pass
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(payload[:1400], ("127.0.0.1", control.tcp))
    assert control.kamcmd("core.printi", 1) == "1\n"


# Users.

def register(port, user, password, host):
    """Registers with digest authentication; returns the status of the last reply."""
    md5 = lambda text: hashlib.md5(text.encode()).hexdigest()  # noqa: E731
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", port))
        me, extra = s.getsockname()[1], ""
        for cseq in (1, 2):
            s.send((f"REGISTER sip:{host} SIP/2.0\r\n"
                    f"Via: SIP/2.0/UDP 127.0.0.1:{me};branch=z9hG4bKr{cseq}\r\n"
                    f"From: <sip:{user}@{host}>;tag=1\r\nTo: <sip:{user}@{host}>\r\n"
                    f"Call-ID: r{me}\r\nCSeq: {cseq} REGISTER\r\nMax-Forwards: 70\r\n{extra}"
                    f"Contact: <sip:{user}@127.0.0.1:{me}>\r\nExpires: 60\r\n"
                    "User-Agent: test\r\nContent-Length: 0\r\n\r\n").encode())
            reply = s.recv(8192).decode()
            if not reply.startswith("SIP/2.0 401"):
                break
            realm = re.search('realm="([^"]*)"', reply)[1]
            nonce = re.search('nonce="([^"]*)"', reply)[1]
            ha1, ha2 = md5(f"{user}:{realm}:{password}"), md5(f"REGISTER:sip:{host}")
            extra = (f'Authorization: Digest username="{user}", realm="{realm}", nonce="{nonce}", '
                     f'uri="sip:{host}", response="{md5(f"{ha1}:{nonce}:{ha2}")}"\r\n')
        return int(reply.split()[1])


def test_users_added_while_the_server_runs_or_not_may_register(start, folder):
    database = tandem.make_database(folder / "users.sqlite")
    ctl = [tandem.TANDEMCTL, "--db", database, "-f", tandem.ROOT / "etc/tandem.cfg", "user"]
    subprocess.run([*ctl, "add", "bob", "before"], check=True, timeout=10)
    server = start(tandem.ROOT / "etc/tandem.cfg", "-A", f'DBURL="sqlite://{database}"')
    ctl = [tandem.TANDEMCTL, "-s", server.rundir / "tandem.sock", "user"]
    subprocess.run([*ctl, "add", "alice", "secret"], check=True, timeout=10)
    for host in ("127.0.0.1", f"127.0.0.1:{server.port}"):
        assert register(server.port, "alice", "secret", host) == 200
    assert register(server.port, "bob", "before", "127.0.0.1") == 200
    assert register(server.port, "alice", "wrong", "127.0.0.1") == 401
    subprocess.run([*ctl, "password", "alice", "other"], check=True, timeout=10)
    assert register(server.port, "alice", "other", "127.0.0.1") == 200
    listed = subprocess.run([*ctl, "list"], check=True, capture_output=True, text=True, timeout=10)
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["user", "alice", "bob"]
    subprocess.run([*ctl, "remove", "alice"], check=True, timeout=10)
    assert register(server.port, "alice", "other", "127.0.0.1") == 401
    again = subprocess.run([*ctl, "add", "bob", "x"], capture_output=True, text=True, timeout=10,
                           check=False)
    assert again.returncode == 1 and "there already" in again.stderr
