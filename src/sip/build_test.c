/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/build.h"
#include "sip/test.h"

static struct arena arena;
static struct buf out;

static int set_up(__attribute__((unused)) void **state)
{
    arena_init(&arena, MEM_MESSAGE, 4096);
    buf_init(&out, MEM_MESSAGE);
    return 0;
}

static int tear_down(__attribute__((unused)) void **state)
{
    arena_free(&arena);
    buf_free(&out);
    return 0;
}

static struct msg read_msg(const char *text)
{
    struct msg m;

    CHECK_CASE(msg_parse(str_of(text), &msg_default_limits, &arena, &m, NULL) == ERR_OK, text);
    return m;
}

#define INVITE                                                                                     \
    "INVITE sip:c@d SIP/2.0\r\n"                                                                   \
    "v: SIP/2.0/UDP h;received=1.1.1.1;rport;branch=z9hG4bK1, SIP/2.0/TCP i\r\n"                   \
    "Route: <sip:r1;lr>\r\nRecord-Route: <sip:p1;lr>\r\nVia: SIP/2.0/UDP j\r\n"                    \
    "Timestamp: 54\r\nRecord-Route: <sip:p2;lr>\r\nRoute: <sip:r2;lr>\r\n"                         \
    "From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 7 INVITE\r\n\r\n"

TEST(replies_to_a_request)
{
    struct msg m = read_msg(INVITE);

    build_reply(&out, &m,
                &(struct reply_parts){ .status = 180,
                                       .to_tag = STR("t"),
                                       .lines = STR("A: 1\r\n"),
                                       .received = STR("192.0.2.1"),
                                       .rport = 99 });
    CHECK_STR(buf_str(&out),
              STR("SIP/2.0 180 Ringing\r\n"
                  "v: SIP/2.0/UDP h;received=192.0.2.1;rport=99;branch=z9hG4bK1, SIP/2.0/TCP i\r\n"
                  "Via: SIP/2.0/UDP j\r\n"
                  "Record-Route: <sip:p1;lr>\r\nRecord-Route: <sip:p2;lr>\r\n"
                  "From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>;tag=t\r\nCall-ID: x\r\n"
                  "CSeq: 7 INVITE\r\nA: 1\r\nContent-Length: 0\r\n\r\n"));
    buf_clear(&out);
    build_reply(&out, &m, &(struct reply_parts){ .status = 100, .to_tag = STR("t") });
    CHECK_STR(buf_str(&out),
              STR("SIP/2.0 100 Trying\r\n"
                  "v: SIP/2.0/UDP h;received=1.1.1.1;rport;branch=z9hG4bK1, SIP/2.0/TCP i\r\n"
                  "Via: SIP/2.0/UDP j\r\n"
                  "From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n"
                  "CSeq: 7 INVITE\r\nTimestamp: 54\r\nContent-Length: 0\r\n\r\n"));
}

TEST(replies_with_a_body_and_keeps_a_tag)
{
    struct msg m = read_msg("BYE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n"
                            "Record-Route: <sip:p1;lr>\r\nTo: <sip:c@d>;tag=old\r\n\r\n");

    build_reply(&out, &m,
                &(struct reply_parts){ .status = 200,
                                       .reason = STR("Fine"),
                                       .to_tag = STR("t"),
                                       .rport = 5,
                                       .force_rport = true,
                                       .received = STR("::1"),
                                       .content_type = STR("text/plain"),
                                       .body = STR("hi") });
    CHECK_STR(buf_str(&out), STR("SIP/2.0 200 Fine\r\nVia: SIP/2.0/UDP h;rport=5;received=::1\r\n"
                                 "To: <sip:c@d>;tag=old\r\nContent-Type: text/plain\r\n"
                                 "Content-Length: 2\r\n\r\nhi"));
}

TEST(acknowledges_and_cancels)
{
    struct msg invite = read_msg(INVITE);
    struct msg reply = read_msg("SIP/2.0 486 Busy\r\nVia: SIP/2.0/UDP h\r\nTo: <sip:c@d>;tag=x\r\n"
                                "CSeq: 7 INVITE\r\n\r\n");

    build_ack(&out, &invite, &reply);
    CHECK_STR(buf_str(&out),
              STR("ACK sip:c@d SIP/2.0\r\n"
                  "Via: SIP/2.0/UDP h;received=1.1.1.1;rport;branch=z9hG4bK1\r\n"
                  "Route: <sip:r1;lr>\r\nRoute: <sip:r2;lr>\r\nFrom: <sip:a@b>;tag=f\r\n"
                  "To: <sip:c@d>;tag=x\r\nCall-ID: x\r\nCSeq: 7 ACK\r\nMax-Forwards: 70\r\n"
                  "Content-Length: 0\r\n\r\n"));
    buf_clear(&out);
    build_cancel(&out, &invite, STR("Reason: SIP;cause=200\r\n"));
    CHECK_STR(buf_str(&out),
              STR("CANCEL sip:c@d SIP/2.0\r\n"
                  "Via: SIP/2.0/UDP h;received=1.1.1.1;rport;branch=z9hG4bK1\r\n"
                  "Route: <sip:r1;lr>\r\nRoute: <sip:r2;lr>\r\nFrom: <sip:a@b>;tag=f\r\n"
                  "To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 7 CANCEL\r\nMax-Forwards: 70\r\n"
                  "Reason: SIP;cause=200\r\nContent-Length: 0\r\n\r\n"));
}

TEST(builds_a_request_that_can_be_read)
{
    struct msg m;

    build_request(&out, &(struct request_parts){ .method = STR("OPTIONS"),
                                                 .uri = STR("sip:a@b"),
                                                 .via = STR("SIP/2.0/UDP h;branch=z9hG4bK2"),
                                                 .from = STR("<sip:me@x>;tag=1"),
                                                 .to = STR("<sip:a@b>"),
                                                 .call_id = STR("c"),
                                                 .cseq = 10,
                                                 .lines = STR("Route: <sip:r;lr>\r\n") });
    CHECK(msg_parse(buf_str(&out), &msg_default_limits, &arena, &m, NULL) == ERR_OK);
    CHECK(m.method == METHOD_OPTIONS && msg_cseq(&m, NULL)->number == 10);
    CHECK(msg_max_forwards(&m) == 70 && msg_content_length(&m) == 0);
    CHECK_STR(msg_from_tag(&m), STR("1"));
    CHECK(!msg_header(&m, HEADER_CONTACT));
}

TEST(gives_retransmissions_the_same_tag)
{
    char a[TO_TAG_LENGTH + 1], b[TO_TAG_LENGTH + 1];
    struct msg first = read_msg(INVITE), again = read_msg(INVITE);
    struct msg other = read_msg("BYE sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nCall-ID: x\r\n\r\n");

    CHECK_STR(to_tag_of(&first, a), to_tag_of(&again, b));
    CHECK(!str_eq(to_tag_of(&first, a), to_tag_of(&other, b)));
}

TEST(names_reasons)
{
    CHECK_STR(reason_of(404), STR("Not Found"));
    CHECK_STR(reason_of(499), STR("Request Failure"));
    CHECK_STR(reason_of(700), STR(""));
}

#define IN_ARENA(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
RUN(IN_ARENA(replies_to_a_request), IN_ARENA(replies_with_a_body_and_keeps_a_tag),
    IN_ARENA(acknowledges_and_cancels), IN_ARENA(builds_a_request_that_can_be_read),
    IN_ARENA(gives_retransmissions_the_same_tag), IN_ARENA(names_reasons))
