# SPDX-License-Identifier: BSD-2-Clause
"""What the peers of each dialogue do. A function is named like the route of calls.cfg that its
INVITE runs; `user` names another."""
import time

import peers

ALL = []


def dialogue(play):
    ALL.append((play.__name__, play))
    return play


def same_route(name, route):
    """Another dialogue by the same route."""
    def add(play):
        def run(d):
            d.user = route
            play(d)
        ALL.append((name, run))
        return play
    return add


def rings_and_answers(d, caller, callee):
    invite = callee.expect("INVITE")
    callee.reply(invite, 180, "Ringing")
    caller.expect(180)
    callee.reply(invite, 200, "OK", body="v=0\r\n")
    ok = caller.expect(200)
    caller.ack(ok)
    callee.expect("ACK")
    return invite, ok


def hangs_up(d, caller, callee, ok):
    caller.within("BYE", ok)
    callee.answer(200, "OK", "BYE")
    caller.expect(200, "BYE")


def refused(caller, code):
    caller.ack(caller.expect(code))


@dialogue
def plain(d):
    d.alice.invite()
    _, ok = rings_and_answers(d, d.alice, d.bob)
    hangs_up(d, d.alice, d.bob, ok)


@same_route("busy", "plain")
def busy(d):
    d.alice.invite(user=d.user)
    d.bob.answer(486, "Busy Here")
    refused(d.alice, 486)
    d.bob.expect("ACK")


@same_route("canceled", "plain")
def canceled(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.alice.cancel("Reason: SIP;cause=200;text=\"elsewhere\"")
    d.alice.expect(200, "CANCEL")
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487, "Terminated")
    refused(d.alice, 487)
    d.bob.expect("ACK")


@same_route("canceled_before_ringing", "plain")
def canceled_before_ringing(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.alice.expect(100)
    d.alice.cancel()
    d.alice.expect(200, "CANCEL")
    d.bob.reply(invite, 180)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 487)


@same_route("cancel_by_relay_cancel", "plain")
def cancel_by_relay_cancel(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 183)
    d.alice.expect(183)
    d.alice.cancel("X-Way: relay")
    d.alice.expect(200, "CANCEL")
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 487)


@same_route("cancel_crosses_answer", "plain")
def cancel_crosses_answer(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.alice.cancel()
    d.alice.expect(200, "CANCEL")
    d.bob.expect("CANCEL")
    d.bob.reply(invite, 200)
    d.alice.ack(d.alice.expect(200, "INVITE"))
    d.bob.expect("ACK")


@same_route("cancel_of_nothing", "plain")
def cancel_of_nothing(d):
    d.alice.last_invite = d.alice.request("OPTIONS", "sip:own_reply@server.test")
    d.alice.expect(404)
    d.alice.cancel()


@same_route("reinvite_and_update", "plain")
def reinvite_and_update(d):
    d.alice.invite("Supported: timer", user=d.user)
    invite, ok = rings_and_answers(d, d.alice, d.bob)
    d.alice.within("INVITE", ok, body="v=0\r\n")
    d.bob.answer(200, "OK")
    second = d.alice.expect(200, "INVITE")
    d.alice.within("ACK", ok, cseq=int(peers.header(second, "cseq").split()[0]))
    d.bob.expect("ACK")
    d.alice.within("UPDATE", ok)
    d.bob.answer(200, "OK", "UPDATE")
    d.alice.expect(200, "UPDATE")
    d.bob.back("BYE", invite, ("X-Way: parameters",))
    d.alice.answer(200, "OK", "BYE")
    d.bob.expect(200, "BYE")


@same_route("prack", "plain")
def prack(d):
    d.alice.invite("Supported: 100rel", user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 183, "Progress", ("Require: 100rel", "RSeq: 1"), body="v=0\r\n")
    early = d.alice.expect(183)
    d.alice.within("PRACK", early, ("RAck: 1 1 INVITE",))
    d.bob.answer(200, "OK", "PRACK")
    d.alice.expect(200, "PRACK")
    d.bob.reply(invite, 200)
    d.alice.ack(d.alice.expect(200, "INVITE"))
    d.bob.expect("ACK")


@same_route("repeated_by_both", "plain")
def repeated_by_both(d):
    text = d.alice.invite(user=d.user)
    d.alice.raw(text)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.alice.raw(text)
    d.bob.reply(invite, 180)
    time.sleep(0.05)
    d.bob.reply(invite, 200)
    ok = d.alice.expect(200)
    d.bob.reply(invite, 200)
    ack = d.alice.ack(ok)
    d.alice.raw(ack)
    d.bob.expect("ACK")


@same_route("busy_repeated", "plain")
def busy_repeated(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 486)
    d.bob.expect("ACK")
    d.bob.reply(invite, 486)
    reply = d.alice.expect(486)
    ack = d.alice.ack(reply)
    d.alice.raw(ack)


@same_route("late_answer", "no_answer")
def late_answer(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    refused(d.alice, 408)
    d.bob.reply(invite, 200, "At last")
    d.alice.expect(200)


@same_route("unknown_method", "plain")
def unknown_method(d):
    d.alice.request("FROBNICATE", "sip:plain@server.test")
    d.bob.answer(501, "What", "FROBNICATE")
    d.alice.expect(501)


@same_route("message", "plain")
def message(d):
    d.alice.request("MESSAGE", "sip:plain@server.test", body="hello")
    d.bob.answer(202, "Accepted", "MESSAGE")
    d.alice.expect(202)


@same_route("too_many_hops", "plain")
def too_many_hops(d):
    d.alice.request("OPTIONS", "sip:plain@server.test", max_forwards=0)
    d.alice.expect(483)


@same_route("foreign_via", "plain")
def foreign_via(d):
    d.alice.request("OPTIONS", "sip:plain@server.test",
                    via=f"SIP/2.0/UDP 192.0.2.77:{d.alice.port};rport;branch=z9hG4bKforeign")
    d.bob.answer(200, "OK", "OPTIONS")
    d.alice.expect(200)


@same_route("old_branch", "plain")
def old_branch(d):
    """A sender of RFC 2543."""
    d.alice.invite(user=d.user, via=f"SIP/2.0/UDP {d.alice.at}")
    d.bob.answer(486)
    reply = d.alice.expect(486)
    d.alice.request("ACK", d.alice.last_invite.split(" ")[1], cseq=1,
                    via=f"SIP/2.0/UDP {d.alice.at}", to=reply.split("\r\nTo: ")[1].split("\r\n")[0])


@same_route("stray_reply", "plain")
def stray_reply(d):
    """Of a transaction that never was: it goes to the next Via."""
    d.bob.raw("\r\n".join([
        "SIP/2.0 200 OK", f"Via: SIP/2.0/UDP 127.0.0.1:{d.server_port};branch=z9hG4bK12.34.0",
        f"Via: SIP/2.0/UDP {d.alice.at};branch=z9hG4bKstray_reply", "From: <sip:a@b>;tag=from-x",
        "To: <sip:b@c>;tag=to-x", f"Call-ID: {d.call_id}", "CSeq: 1 INVITE",
        "Content-Length: 0", "", ""]))
    d.alice.expect(200)


@same_route("strict_route", "plain")
def strict_route(d):
    d.alice.invite(user=d.user)
    _, ok = rings_and_answers(d, d.alice, d.bob)
    # The next hop is a strict router: it put us into the Request-URI.
    d.alice.request("BYE", f"sip:127.0.0.1:{d.server_port};lr",
                    (f"Route: <sip:bob@{d.bob.at}>",), tag="to-bob")
    d.bob.answer(200, "OK", "BYE")
    d.alice.expect(200, "BYE")


@same_route("to_a_strict_router", "plain")
def to_a_strict_router(d):
    d.alice.request("BYE", f"sip:bob@{d.bob.at}",
                    (f"Route: <sip:127.0.0.1:{d.server_port};lr>", f"Route: <sip:{d.carol.at}>",
                     f"Route: <sip:{d.dave.at};lr>"), tag="to-bob")
    d.carol.answer(200, "OK", "BYE")
    d.alice.expect(200, "BYE")


@same_route("two_loose_routers", "plain")
def two_loose_routers(d):
    d.alice.request("BYE", f"sip:bob@{d.bob.at}",
                    (f"Route: <sip:127.0.0.1:{d.server_port};lr>, <sip:{d.carol.at};lr>",),
                    tag="to-bob")
    d.carol.answer(200, "OK", "BYE")
    d.alice.expect(200, "BYE")


@dialogue
def parameters(d):
    d.alice.invite()
    invite, ok = rings_and_answers(d, d.alice, d.bob)
    d.alice.within("INFO", ok, ("X-Way: parameters",))
    d.bob.answer(200, "OK", "INFO")
    d.alice.expect(200, "INFO")
    d.bob.back("BYE", invite, ("X-Way: parameters",))
    d.alice.answer(200, "OK", "BYE")
    d.bob.expect(200, "BYE")


def simple(name, code=486):
    """One callee that refuses."""
    def play(d):
        d.alice.invite()
        d.bob.answer(code)
        refused(d.alice, code)
        d.bob.expect("ACK")
    ALL.append((name, play))


for each in ("no_100", "early", "from_replaced", "from_uri_replaced", "to_replaced", "diverted",
             "diverted_to", "with_path", "path_received", "preset", "dst_uri",
             "replies"):
    simple(each)


@same_route("from_replaced_dialog", "from_replaced")
def from_replaced_dialog(d):
    d.alice.invite(user=d.user)
    invite, ok = rings_and_answers(d, d.alice, d.bob)
    d.alice.within("INFO", ok)
    d.bob.answer(200, "OK", "INFO")
    d.alice.expect(200, "INFO")
    d.bob.back("BYE", invite)
    d.alice.answer(200, "OK", "BYE")
    d.bob.expect(200, "BYE")


@same_route("to_replaced_dialog", "to_replaced")
def to_replaced_dialog(d):
    d.alice.invite(user=d.user)
    invite, ok = rings_and_answers(d, d.alice, d.bob)
    hangs_up(d, d.alice, d.bob, ok)


def by_script(name, code):
    """The script answers."""
    def play(d):
        d.alice.invite()
        refused(d.alice, code)
    ALL.append((name, play))


for each, status in (("own_reply", 404), ("own_send_reply", 486), ("stateless", 480),
                     ("send_reply", 603), ("redirecting", 302), ("nowhere", 478),
                     ("bad_uri", 404), ("quiet", 410)):
    by_script(each, status)


@dialogue
def ok_by_script(d):
    d.alice.invite()
    d.alice.expect(200)


@dialogue
def no_answer(d):
    d.alice.invite()
    d.bob.expect("INVITE")
    refused(d.alice, 408)


@dialogue
def rings_forever(d):
    d.alice.invite()
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 408)
    d.bob.expect("ACK")


@dialogue
def lifetime(d):
    d.alice.invite()
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 408)


@dialogue
def parallel(d):
    d.alice.invite()
    first, second = d.bob.expect("INVITE"), d.carol.expect("INVITE")
    d.bob.reply(first, 180)
    d.alice.expect(180)
    d.carol.reply(second, 200)
    d.alice.ack(d.alice.expect(200))
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(first, 487)
    d.bob.expect("ACK")
    d.carol.expect("ACK")


@same_route("parallel_busy_and_none", "parallel")
def parallel_busy_and_none(d):
    d.alice.invite(user=d.user)
    d.bob.answer(404)
    d.bob.expect("ACK")
    d.carol.answer(486)
    refused(d.alice, 404)


@same_route("parallel_two_answers", "parallel")
def parallel_two_answers(d):
    d.alice.invite(user=d.user)
    first, second = d.bob.expect("INVITE"), d.carol.expect("INVITE")
    d.bob.reply(first, 180)
    d.alice.expect(180)
    d.bob.reply(first, 200)
    d.alice.ack(d.alice.expect(200))
    d.carol.reply(second, 200)
    d.alice.ack(d.alice.expect(200))
    d.carol.expect("ACK")


@same_route("parallel_canceled", "parallel")
def parallel_canceled(d):
    d.alice.invite(user=d.user)
    first, second = d.bob.expect("INVITE"), d.carol.expect("INVITE")
    for peer, invite in ((d.bob, first), (d.carol, second)):
        peer.reply(invite, 180)
        d.alice.expect(180)  # before the next: two processes would race
    d.alice.cancel()
    d.alice.expect(200, "CANCEL")
    for peer, invite in ((d.bob, first), (d.carol, second)):
        peer.answer(200, "OK", "CANCEL")
        peer.reply(invite, 487)
        peer.expect("ACK")
    refused(d.alice, 487)


@dialogue
def three(d):
    """A 6xx calls off the others."""
    d.alice.invite()
    invites = [p.expect("INVITE") for p in (d.bob, d.carol, d.dave)]
    for peer, invite in zip((d.carol, d.dave), invites[1:]):
        peer.reply(invite, 180)
        d.alice.expect(180)
    d.bob.reply(invites[0], 603, "Decline")
    d.bob.expect("ACK")
    for peer, invite in zip((d.carol, d.dave), invites[1:]):
        peer.answer(200, "OK", "CANCEL")
        peer.reply(invite, 487)
        peer.expect("ACK")
    refused(d.alice, 603)


@dialogue
def three_no_6xx(d):
    d.alice.invite()
    d.bob.answer(603)
    d.bob.expect("ACK")
    d.carol.answer(200)
    d.alice.ack(d.alice.expect(200))


@dialogue
def by_q(d):
    d.alice.invite()
    d.carol.answer(486)
    d.carol.expect("ACK")
    d.bob.answer(404)
    d.bob.expect("ACK")
    d.dave.answer(480)
    refused(d.alice, 404)


@dialogue
def reroute(d):
    d.alice.invite()
    d.bob.answer(486)
    d.bob.expect("ACK")
    d.carol.answer(200)
    d.alice.ack(d.alice.expect(200))
    d.carol.expect("ACK")


@dialogue
def reroute_timeout(d):
    d.alice.invite()
    d.carol.answer(200)
    d.alice.ack(d.alice.expect(200))


@dialogue
def replaced(d):
    d.alice.invite()
    d.bob.answer(486)
    refused(d.alice, 488)


@dialogue
def appended(d):
    d.alice.invite()
    d.bob.answer(486)
    d.carol.answer(404)
    d.carol.expect("ACK")
    d.dave.answer(480)
    d.alice.ack(d.alice.expect(4))


@dialogue
def dropped(d):
    d.alice.invite()
    d.bob.answer(404)
    d.carol.answer(480)
    refused(d.alice, 480)


@dialogue
def kept_last(d):
    d.alice.invite()
    d.bob.answer(404)
    d.carol.answer(480)
    d.alice.ack(d.alice.expect(4))


@dialogue
def branches(d):
    d.alice.invite()
    d.bob.answer(486)
    d.carol.answer(486)
    refused(d.alice, 486)


@dialogue
def branch_dropped(d):
    d.alice.invite()
    d.bob.answer(486)
    refused(d.alice, 486)


@dialogue
def branch_failure(d):
    d.alice.invite()
    d.bob.answer(480)
    d.bob.expect("ACK")
    d.dave.answer(486)
    d.dave.expect("ACK")
    d.carol.answer(404)
    d.alice.ack(d.alice.expect(4))


@same_route("replies_answered", "replies")
def replies_answered(d):
    d.alice.invite(user=d.user)
    _, ok = rings_and_answers(d, d.alice, d.bob)
    hangs_up(d, d.alice, d.bob, ok)


@dialogue
def drops_180(d):
    d.alice.invite()
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    time.sleep(0.05)
    d.bob.reply(invite, 183)
    d.alice.expect(183)
    d.bob.reply(invite, 486)
    refused(d.alice, 486)


@dialogue
def replicated(d):
    d.alice.request("MESSAGE", "sip:replicated@server.test", body="copy")
    d.carol.answer(200, "OK", "MESSAGE")


@dialogue
def challenged(d):
    d.alice.invite()
    d.bob.answer(401, extra=('WWW-Authenticate: Digest realm="one", nonce="a"',))
    d.bob.expect("ACK")
    d.carol.answer(407, extra=('Proxy-Authenticate: Digest realm="two", nonce="b"',))
    d.alice.ack(d.alice.expect(40))


def authenticated(d):
    d.alice.invite()
    d.bob.answer(401, extra=('WWW-Authenticate: Digest realm="realm.test", nonce="abc"',))
    d.bob.expect("ACK")
    d.bob.answer(200)
    d.alice.ack(d.alice.expect(200))


for each in ("authenticates", "by_credential"):
    ALL.append((each, authenticated))


@same_route("authenticates_in_vain", "authenticates")
def authenticates_in_vain(d):
    d.alice.invite(user=d.user)
    d.bob.answer(407, extra=('Proxy-Authenticate: Digest realm="realm.test", nonce="abc"',))
    d.bob.expect("ACK")
    d.bob.answer(407, extra=('Proxy-Authenticate: Digest realm="realm.test", nonce="def"',))
    refused(d.alice, 407)


@same_route("another_realm", "by_credential")
def another_realm(d):
    d.alice.invite(user=d.user)
    d.bob.answer(401, extra=('WWW-Authenticate: Digest realm="other.test", nonce="abc"',))
    refused(d.alice, 401)


@dialogue
def follows(d):
    d.alice.invite()
    d.bob.answer(302, extra=(f"Contact: <sip:c@{d.carol.at}>;q=0.5, <sip:d@{d.dave.at}>;q=0.7",))
    d.carol.expect("INVITE")
    d.dave.answer(200)
    d.alice.ack(d.alice.expect(200))
    d.dave.expect("ACK")


@dialogue
def follows_some(d):
    d.alice.invite()
    d.bob.answer(302, extra=(f"Contact: <sip:bad@{d.carol.at}>, <sip:good@{d.dave.at}>",))
    d.dave.answer(486)
    d.alice.ack(d.alice.expect(4))


@same_route("redirect_passes", "plain")
def redirect_passes(d):
    d.alice.invite(user=d.user)
    d.bob.answer(301, extra=("Contact: <sip:elsewhere@example.net>",))
    refused(d.alice, 301)


@dialogue
def suspended(d):
    d.alice.invite()
    d.alice.expect(100)
    d.dave.request("OPTIONS", "sip:continues@server.test", call="other-call")
    d.dave.expect(200)
    d.bob.answer(486)
    refused(d.alice, 486)


@dialogue
def forwarded(d):
    d.alice.request("OPTIONS", "sip:forwarded@server.test")
    d.bob.answer(200, "OK", "OPTIONS")
    d.alice.expect(200)


@dialogue
def no_reason(d):
    d.alice.invite()
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.alice.cancel("Reason: SIP;cause=200")
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 487)


@dialogue
def cancels_by_script(d):
    d.alice.invite()
    first, second = d.bob.expect("INVITE"), d.carol.expect("INVITE")
    d.bob.reply(first, 180)
    d.alice.expect(180)
    d.carol.reply(second, 183)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(first, 487)
    d.bob.expect("ACK")
    d.carol.reply(second, 200)
    d.alice.ack(d.alice.expect(200, "INVITE"))


@same_route("unavailable", "plain")
def unavailable(d):
    d.alice.invite(user=d.user)
    d.bob.answer(503, extra=("Retry-After: 5",))
    d.alice.ack(d.alice.expect(50))


@dialogue
def released(d):
    d.alice.invite()
    d.alice.expect(100)
    time.sleep(0.1)


@same_route("trying", "plain")
def trying(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 100, "Trying hard")
    d.bob.reply(invite, 180, "Ringing")
    d.alice.expect(180)
    d.bob.reply(invite, 486)
    refused(d.alice, 486)


@same_route("stray_reply_dropped", "plain")
def stray_reply_dropped(d):
    d.bob.raw("\r\n".join([
        "SIP/2.0 200 OK", f"Via: SIP/2.0/UDP 127.0.0.1:{d.server_port};branch=z9hG4bK12.34.0",
        f"Via: SIP/2.0/UDP {d.alice.at};branch=z9hG4bKstray", "From: <sip:a@b>;tag=from-x",
        "To: <sip:b@c>;tag=to-x", f"Call-ID: {d.call_id}", "CSeq: 1 INVITE", "X-Way: drop",
        "Content-Length: 0", "", ""]))
    time.sleep(0.1)


@same_route("busy_and_late", "parallel")
def busy_and_late(d):
    """One branch refuses, the other never answers."""
    d.alice.invite(user=d.user)
    d.bob.answer(486)
    d.bob.expect("ACK")
    d.carol.expect("INVITE")
    d.alice.ack(d.alice.expect(4, seconds=5))


@same_route("many_rings", "rings_forever")
def many_rings(d):
    """Whether each ringing begins the time anew."""
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    for n in range(4):
        d.bob.reply(invite, 180 + n)
        d.alice.expect(180 + n)
        time.sleep(0.2)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    d.alice.ack(d.alice.expect(4))


for each in ("resets", "udp_itself", "nonack", "proxy_flags", "restores"):
    simple(each)

for each, status in (("repeats", 486), ("sl_by_error", 4), ("by_mode", 480),
                     ("answers_later", 480)):
    by_script(each, status)


@dialogue
def looks(d):
    """A callee that never answers."""
    d.alice.invite()
    d.bob.expect("INVITE")
    refused(d.alice, 480)


@same_route("looks_busy", "looks")
def looks_busy(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.bob.reply(invite, 486)
    refused(d.alice, 480)


@same_route("looks_canceled", "looks")
def looks_canceled(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.alice.cancel()
    d.alice.expect(200, "CANCEL")
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    d.alice.ack(d.alice.expect(48))


@same_route("looks_answered", "looks")
def looks_answered(d):
    d.alice.invite(user=d.user)
    rings_and_answers(d, d.alice, d.bob)


@dialogue
def saves(d):
    d.alice.invite()
    d.bob.answer(486)
    d.carol.answer(486)
    refused(d.alice, 486)


@same_route("call_off", "plain")
def call_off(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.dave.request("OPTIONS", "sip:cancels_call@server.test", (f"X-Call: {d.call_id}",),
                   call="call-off-other")
    d.dave.expect(200)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 487)
    d.dave.request("OPTIONS", "sip:cancels_call@server.test", ("X-Call: no-such-call",),
                   call="call-off-third")
    d.dave.expect(404)


@same_route("reply_from_elsewhere", "plain")
def reply_from_elsewhere(d):
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.dave.request("OPTIONS", "sip:replies_call@server.test", (f"X-Call: {d.call_id}",),
                   call="reply-other")
    d.dave.expect(200)
    d.bob.answer(200, "OK", "CANCEL")
    d.bob.reply(invite, 487)
    refused(d.alice, 486)


@dialogue
def drops_call(d):
    d.alice.invite()
    time.sleep(0.1)


@dialogue
def reuses(d):
    d.alice.invite()
    d.bob.answer(480)
    d.bob.expect("ACK")
    d.bob.answer(200)
    d.alice.ack(d.alice.expect(200))


@dialogue
def branch_flags(d):
    d.alice.invite()
    d.bob.answer(404)
    d.carol.answer(200)
    d.alice.ack(d.alice.expect(200))


@dialogue
def reply_both(d):
    d.alice.invite()
    d.bob.answer(486)
    refused(d.alice, 480)
    d.bob.expect("ACK")


@same_route("reply_both_ringing", "reply_both")
def reply_both_ringing(d):
    """A branch whose final reply is being looked at is not called off."""
    d.alice.invite(user=d.user)
    invite = d.bob.expect("INVITE")
    d.bob.reply(invite, 180)
    d.alice.expect(180)
    d.bob.reply(invite, 486)
    refused(d.alice, 480)
    d.bob.expect("ACK")
