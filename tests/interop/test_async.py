# SPDX-License-Identifier: BSD-2-Clause
"""Requests that go on later, on real workers: what a script had is what it finds, and a call that
waits for somebody outside holds up only itself."""
import threading
import time

import pytest
import sip
import tandem

MODULES = "".join(f'loadmodule "{m}.so"\n' for m in (
    "tm", "tmx", "sl", "pv", "xlog", "textops", "textopsx", "async", "mqueue", "rtimer", "htable",
    "corex", "kex", "xhttp", "cfgutils"))
CONFIG = MODULES + """
# As a configuration that leaves requests to others: timers, queues, clients of HTTP.
modparam("tm", "fr_inv_timer", 3000)
modparam("tm", "wt_timer", 300)
modparam("mqueue", "mqueue", "name=jobs;size=10000")
modparam("rtimer", "timer", "name=t;interval=20000u;mode=1;")
modparam("rtimer", "exec", "timer=t;route=WORK")
modparam("htable", "htable", "parked=>size=8;")
tcp_accept_no_cl=yes
request_route {
    if ($rm == "CANCEL") { t_relay_cancel(); exit; }
    if ($rm == "ACK") { t_relay(); exit; }
    if ($rm == "OPTIONS") { sl_send_reply("200", "Quick"); exit; }
    $var(own) = "var";
    $vn(own) = "vn " + $ci;
    $avp(a) = "one";
    $avp(a) = "two " + $ci;
    $(avp(list)) = "x";
    $xavp(x=>f) = "deep " + $ci;
    $xavp(x[0]=>g) = 7;
    setflag(5);
    setbflag(6);
    append_hf("X-Before: $ci\\r\\n");
    remove_hf("X-Gone");
    $du = "sip:" + $hdr(X-Bob);
    switch ($rU) {
        case "route": async_route("LATER", "1"); break;
        case "ms": async_ms_route("LATER", "50"); break;
        case "task": async_task_route("LATER"); break;
        case "sleep": async_ms_sleep("50"); $var(slept) = 1; route(LATER); break;
        case "queue":
            t_newtran();
            mq_add("jobs", "$T(id_index):$T(id_label)", "queue");
            t_suspend();
            break;
        case "outside":
            t_newtran();
            $sht(parked=>$ci) = "" + $T(id_index) + ":" + $T(id_label);
            t_suspend();
            break;
    }
    exit;
}
route[WORK] {
    while (mq_fetch("jobs")) {
        $var(index) = $(mqk(jobs){s.select,0,:});
        $var(label) = $(mqk(jobs){s.select,1,:});
        t_continue("$var(index)", "$var(label)", "LATER");
    }
}
route[LATER] {
    $var(flag) = 0;
    $var(bflag) = 0;
    if (isflagset(5)) $var(flag) = 1;
    if (isbflagset(6)) $var(bflag) = 1;
    append_hf("X-State: $avp(a)|$(avp(a)[1])|$xavp(x=>f)|$xavp(x=>g)|$var(flag)|$var(bflag)|$rU|$du|$si:$sp|$ci\\r\\n");
    t_on_reply("BACK");
    t_on_failure("FAILED");
    t_relay();
}
onreply_route[BACK] { append_hf("X-Reply: $avp(a)\\r\\n"); }
failure_route[FAILED] { if (t_is_canceled()) exit; t_reply("480", "After $avp(a)"); }
event_route[xhttp:request] {
    $var(id) = $sht(parked=>$(hu{s.substr,1,0}));
    $var(index) = $(var(id){s.select,0,:});
    $var(label) = $(var(id){s.select,1,:});
    if (t_continue("$var(index)", "$var(label)", "LATER"))
        xhttp_reply("200", "OK", "text/plain", "on\\n");
    else xhttp_reply("404", "Gone", "text/plain", "gone\\n");
}
"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    server = tandem.Server(tmp_path_factory.mktemp("async"), CONFIG, workers=4)
    server.start()
    yield server
    server.stop()


def ask(phone, bob, user, call, method="MESSAGE"):
    phone.send(sip.request(method, f"sip:{user}@127.0.0.1",
                           (f"X-Bob: {sip.HOST}:{bob.port}", "X-Gone: yes"), port=phone.port,
                           call_id=call, cseq=1, branch=f"z9hG4bK{call}"))


def check_state(request, phone, bob, user, call):
    state = sip.header(request, "X-State").split("|")
    assert state == [f"two {call}", "one", f"deep {call}", "7", "1", "1", user,
                     f"sip:{sip.HOST}:{bob.port}", f"{sip.HOST}:{phone.port}", call], state
    assert sip.header(request, "X-Before") == call and b"X-Gone" not in request


@pytest.mark.parametrize("user", ("route", "ms", "task", "sleep", "queue"))
def test_the_state_of_a_script_is_found_again(scene, user):
    with sip.Udp(scene.port) as phone, sip.Udp(scene.port) as bob:
        for n in range(8):  # calls at home on several workers
            call = f"{user}{n}-state"
            ask(phone, bob, user, call)
            request = bob.receive()
            check_state(request, phone, bob, user, call)
            bob.send(sip.answer(request, 200, "OK"))
            reply = phone.final()
            assert sip.status(reply) == 200 and sip.header(reply, "X-Reply") == f"two {call}"
            if user == "route" and n == 1:
                break


def http(server, path):
    with sip.Tcp(server.port) as s:
        s.send(f"GET /{path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        got = s.receive()
        return int(got.split(b" ")[1])


def test_who_waits_for_an_answer_from_outside_waits_alone(scene):
    with sip.Udp(scene.port) as phone, sip.Udp(scene.port) as bob, sip.Udp(scene.port) as quick:
        ask(phone, bob, "outside", "far", "INVITE")
        assert sip.status(phone.receive()) == 100
        slowest = 0.0
        for _ in range(40):
            began = time.monotonic()
            assert sip.status(quick.ask(sip.request("OPTIONS", "sip:x@127.0.0.1",
                                                    port=quick.port))) == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        assert slowest < 0.5, "others go on meanwhile"
        assert http(scene, "far") == 200
        request = bob.receive()
        check_state(request, phone, bob, "outside", "far")
        assert http(scene, "far") == 404, "twice: nothing happens"
        assert bob.receive(0.2) is None
        bob.send(sip.answer(request, 486, "Busy"))
        assert bob.receive().startswith(b"ACK")
        reply = phone.final()
        assert sip.status(reply) == 480 and b"After two far" in reply
        phone.send(sip.request("ACK", "sip:outside@127.0.0.1", port=phone.port, call_id="far",
                               cseq=1, branch="z9hG4bKfar"))


def test_a_call_that_ends_while_it_is_parked_does_not_come_back(scene):
    with sip.Udp(scene.port) as phone, sip.Udp(scene.port) as bob:
        phone.send(sip.request("INVITE", "sip:outside@127.0.0.1",
                               (f"X-Bob: {sip.HOST}:{bob.port}",), port=phone.port,
                               call_id="gone", cseq=1, branch="z9hG4bKgone"))
        assert sip.status(phone.receive()) == 100
        phone.send(sip.request("CANCEL", "sip:outside@127.0.0.1", port=phone.port, call_id="gone",
                               cseq=1, branch="z9hG4bKgone"))
        got = {sip.status(phone.receive()), sip.status(phone.receive())}
        assert got == {200, 487}
        phone.send(sip.request("ACK", "sip:outside@127.0.0.1", port=phone.port, call_id="gone",
                               cseq=1, branch="z9hG4bKgone"))
        http(scene, "gone")
        assert http(scene, "never") == 404
        assert bob.receive(0.3) is None, "the callee hears nothing"


def test_many_calls_are_continued_by_other_workers_at_once(scene):
    """Each is suspended by its home, queued, and continued by whoever runs the timer; by HTTP too."""
    calls, threads, wrong = 120, [], []

    def one(part):
        with sip.Udp(scene.port) as phone, sip.Udp(scene.port) as bob:
            for n in range(part, calls, 4):
                user, call = ("queue", "outside")[n % 2], f"many{n}"
                ask(phone, bob, user, call)
                if user == "outside":
                    tandem.until(lambda c=call: http(scene, c) == 200 or None, 5)
                request = bob.receive()
                try:
                    check_state(request, phone, bob, user, call)
                except (AssertionError, AttributeError, TypeError) as e:
                    wrong.append((call, e))
                    continue
                bob.send(sip.answer(request, 200, "OK"))
                if sip.status(phone.final()) != 200:
                    wrong.append((call, "no answer"))

    for part in range(4):
        threads.append(threading.Thread(target=one, args=(part,)))
        threads[-1].start()
    for t in threads:
        t.join()
    assert not wrong, wrong[:5]
    tandem.until(lambda: not server_current(scene), 10, "all transactions to end")


def server_current(server):
    return server.rpc("tm.stats")["current"]
