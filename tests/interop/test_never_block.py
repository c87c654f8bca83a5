# SPDX-License-Identifier: BSD-2-Clause
"""A script that waits holds up its own message only: a tenth of the calls sleep for 2 s, a tenth
run a query that takes 2 s, the rest must not notice. In the short run the bound only proves that
nobody waited for a sleeper; TANDEM_FULL=1 asserts the 10 ms of the promise."""
import contextlib

import postgres
import sipp
import tandem
from sipp import Sipp

CONFIG = """
debug=0
auto_aliases=no
children=2
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "cfgutils.so"
loadmodule "db_postgres.so"
loadmodule "sqlops.so"
loadmodule "kex.so"
loadmodule "counters.so"
modparam("sqlops", "sqlcon", "pg=>POSTGRES")
modparam("db_postgres", "pool_size", 40)

request_route {
	if (!mf_process_maxfwd_header("10")) {
		sl_send_reply("483", "Too Many Hops");
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
	if ($rU == "sleep") route(SLEEP);
	if ($rU == "query") route(QUERY);
	$du = "sip:127.0.0.1:UAS_PORT";
	if (!t_relay()) sl_reply_error();
	exit;
}

# With a transaction, as one does before waiting: the caller is told 100.
route[SLEEP] {
	t_newtran();
	t_reply("100", "Sleeping");
	sleep("2");
}

# Without one: what the caller repeats meanwhile waits its turn.
route[QUERY] {
	if (!sql_query("pg", "select pg_sleep(2), '$rU'", "r") || $dbr(r=>[0,1]) != "query") {
		sl_send_reply("500", "No result");
		exit;
	}
	sql_result_free("r");
}
"""
SECONDS = 60 if tandem.FULL else 8


def test_a_waiting_script_holds_up_nobody_else(start, folder):
    def caller(user, rate, server):
        return Sipp(folder, "call.xml", "-s", user, "-trace_rtt", "-rtt_freq", "1",
                    calls=rate * SECONDS, rate=rate, target=server.port, seconds=SECONDS + 40)

    uas = Sipp(folder, "answer.xml", calls=200 * SECONDS, seconds=SECONDS + 40)
    with contextlib.ExitStack() as stack:
        port, _ = stack.enter_context(postgres.server(connections=120))
        server = start(CONFIG.replace("UAS_PORT", str(uas.port))
                       .replace("POSTGRES", f"postgres://tandem@127.0.0.1:{port}/tandem"))
        stack.enter_context(uas)
        sleepers = stack.enter_context(caller("sleep", 20, server))
        queries = stack.enter_context(caller("query", 20, server))
        others = stack.enter_context(caller("fast", 160, server))
        results = {"fast": others.succeeds(8 * SECONDS // 5), "sleep": sleepers.succeeds(20 * SECONDS),
                   "query": queries.succeeds(40 * 20 * SECONDS)}
        uas.succeeds(8 * SECONDS // 5)
        times = {name: sipp.response_times(c)
                 for name, c in (("fast", others), ("sleep", sleepers), ("query", queries))}
    for name, values in times.items():
        assert len(values) == results[name]["SuccessfulCall"], (name, len(values))
        print(f"{name}: {len(values)} calls, INVITE to 180 in ms: "
              f"p50 {sipp.percentile(values, .5):.1f}, p99 {sipp.percentile(values, .99):.1f}, "
              f"max {values[-1]:.1f}; {results[name]['Retransmissions']} retransmissions")
    assert times["sleep"][0] >= 1990 and times["query"][0] >= 1990
    assert sipp.percentile(times["fast"], .99) < (10 if tandem.FULL else 500)
    assert sipp.percentile(times["sleep"], .99) < 4000
