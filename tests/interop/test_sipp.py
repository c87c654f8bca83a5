# SPDX-License-Identifier: BSD-2-Clause
"""Calls of SIPp through the record-routing proxy."""
import pytest
import tandem
from sipp import Sipp

# Stateful, record-routing; what it answers itself would fail the calls.
PROXY = """
debug=0
auto_aliases=no
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "counters.so"
loadmodule "kex.so"
modparam("rr", "enable_full_lr", 1)

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
		exit;
	}
	if (is_method("CANCEL")) {
		if (t_check_trans()) t_relay();
		exit;
	}
	if (has_totag()) {
		if (!loose_route()) {
			sl_send_reply("404", "Not here");
			exit;
		}
		t_relay();
		exit;
	}
	t_check_trans();
	if (is_method("INVITE")) record_route();
	$du = "sip:127.0.0.1:UAS_PORT";
	if (!t_relay()) sl_reply_error();
	exit;
}
"""
CALLS = 20000 if tandem.FULL else 3000
# A machine that other work keeps busy may make SIPp itself late.
RETRANSMISSIONS = 0 if tandem.FULL else CALLS // 200


def test_carries_500_calls_per_second(start, folder):
    """None fails, nothing is repeated; SIPp insists on the order of each call's messages."""
    uas = Sipp(folder, "answer.xml", calls=CALLS, seconds=90)
    server = start(PROXY.replace("UAS_PORT", str(uas.port)))
    with uas, Sipp(folder, "call.xml", calls=CALLS, rate=500, target=server.port,
                   seconds=90) as uac:
        caller = uac.succeeds(RETRANSMISSIONS)
        answerer = uas.succeeds(RETRANSMISSIONS)
    print(f"{CALLS} calls, retransmissions: {caller['Retransmissions']} of the caller, "
          f"{answerer['Retransmissions']} of the answerer")


@pytest.mark.parametrize("caller, answerer", [("t1", "u1"), ("u1", "t1"), ("t1", "t1"),
                                              ("tn", "u1")])
def test_carries_calls_over_tcp(start, folder, caller, answerer):
    """u1: UDP, t1: one connection for all calls, tn: a connection for each call."""
    calls = 5000 if tandem.FULL else 500
    uas = Sipp(folder, "answer.xml", calls=calls, transport=answerer)
    target = f"{uas.port};transport={'tcp' if answerer == 't1' else 'udp'}"
    server = start(PROXY.replace("UAS_PORT", target))
    with uas, Sipp(folder, "call.xml", calls=calls, rate=200, target=server.port,
                   transport=caller) as uac:
        uac.succeeds(calls // 200)
        uas.succeeds(calls // 200)


def test_carries_calls_over_a_bad_line(start, folder):
    """SIPp loses every twentieth message on the caller's side; repetition makes up for it."""
    calls = 2000 if tandem.FULL else 200
    uas = Sipp(folder, "answer.xml", calls=calls)
    server = start(PROXY.replace("UAS_PORT", str(uas.port)))
    with uas, Sipp(folder, "call.xml", "-lost", "5", calls=calls, rate=100,
                   target=server.port) as uac:
        uac.succeeds(calls)
    print(f"{uac.numbers()['Retransmissions']} retransmissions of the caller")
