/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "testing/peers.h"

static struct {
    struct arena arena;
    struct peers peers;
    struct peer *alice;
} self;

static void begin(void)
{
    arena_init(&self.arena, MEM_OTHER, 4096);
    memset(&self.peers, 0, sizeof self.peers);
    self.peers.arena = &self.arena;
    self.peers.domain = STR("example.org");
    self.alice = peers_add(&self.peers, STR("alice"));
    self.alice->via_host = self.alice->contact = STR("192.0.2.1");
}

static bool has(struct str bytes, const char *text)
{
    return str_search(bytes, str_of(text)) < bytes.n;
}

static struct str say(const struct wish *w)
{
    return peer_write(&self.peers, self.alice, w);
}

static void hear(const char *text)
{
    peer_received(&self.peers, self.alice, str_of(text));
}

#define ANSWER(status, more)                                                                       \
    "SIP/2.0 " status " X\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKalice1alice\r\n"             \
    "From: <sip:alice@example.org>;tag=alice\r\nTo: <sip:bob@x>;tag=b\r\nCall-ID: "                \
    "alice@scenario\r\nCSeq: 1 INVITE\r\n" more "Content-Length: 0\r\n\r\n"

static void replaces_headers(void **state)
{
    struct wish w = { .what = STR("OPTIONS"), .uri = STR("sip:b@x") };
    struct str got;

    (void)state;
    begin();
    w.with[w.n_with++] = STR("max-forwards: 3");
    w.without[w.n_without++] = STR("Contact");
    got = say(&w);
    assert_true(has(got, "max-forwards: 3\r\n") && !has(got, "Max-Forwards") &&
                !has(got, "Contact"));
    arena_free(&self.arena);
}

static void speaks_within_a_dialog(void **state)
{
    struct wish invite = { .what = STR("INVITE"), .uri = STR("sip:bob@x") };
    struct wish bye = { .what = STR("BYE"), .in_dialog = true };
    struct str got;

    (void)state;
    begin();
    assert_int_equal(say(&bye).n, 0); /* there is none */
    say(&invite);
    hear(ANSWER("200", "Record-Route: <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n"
                       "Contact: <sip:bob@192.0.2.2:5070>\r\n"));
    got = say(&bye);
    assert_true(str_starts(got, STR("BYE sip:bob@192.0.2.2:5070 SIP/2.0\r\n")));
    assert_true(has(got, "Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"));
    assert_true(has(got, "To: <sip:bob@x>;tag=b\r\n") && has(got, "CSeq: 2 BYE\r\n"));
    arena_free(&self.arena);
}

static void acknowledges_negative_replies(void **state)
{
    struct wish invite = { .what = STR("INVITE"), .uri = STR("sip:bob@x") };
    struct str got;

    (void)state;
    begin();
    say(&invite);
    assert_int_equal(peer_ack_of(&self.peers, self.alice, STR(ANSWER("200", ""))).n, 0);
    assert_int_equal(peer_ack_of(&self.peers, self.alice, STR(ANSWER("180", ""))).n, 0);
    got = peer_ack_of(&self.peers, self.alice, STR(ANSWER("486", "")));
    assert_true(str_starts(got, STR("ACK sip:bob@x SIP/2.0\r\n")));
    assert_true(has(got, "branch=z9hG4bKalice1alice\r\n") && has(got, "tag=b\r\n") &&
                has(got, "CSeq: 1 ACK\r\n"));
    arena_free(&self.arena);
}

/* RFC 3261, 22.4. */
static void answers_a_challenge(void **state)
{
    struct wish w = { .what = STR("REGISTER"), .uri = STR("sip:example.org") };
    struct wish again = { .repeat = true, .password = STR("secret") };
    struct str got;

    (void)state;
    begin();
    say(&w);
    hear("SIP/2.0 401 X\r\nCall-ID: alice@scenario\r\nCSeq: 1 REGISTER\r\n"
         "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n\r\n");
    got = say(&again);
    assert_true(has(got, "CSeq: 2 REGISTER\r\n") && has(got, "Authorization: Digest "));
    /* md5(md5("alice:r:secret"):n:md5("REGISTER:sip:example.org")) */
    assert_true(has(got, "response=\"3fddbce2410a26788dd43046bc24665e\""));
    arena_free(&self.arena);
}

int main(void)
{
    TEST_RUN(replaces_headers, speaks_within_a_dialog, acknowledges_negative_replies,
             answers_a_challenge);
}
