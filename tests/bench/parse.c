/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what reading a typical INVITE costs, in nanoseconds per message. Not part of the checks.
 */
#include "sip/build.h"
#include "sip/edit.h"
#include <stdio.h>
#include <time.h>

static const char invite[] =
    "INVITE sip:bob@biloxi.example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;rport;branch=z9hG4bKnashds8\r\n"
    "Max-Forwards: 70\r\n"
    "To: Bob <sip:bob@biloxi.example.com>\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=1928301774\r\n"
    "Call-ID: a84b4c76e66710@pc33.atlanta.example.com\r\n"
    "CSeq: 314159 INVITE\r\n"
    "Contact: <sip:alice@pc33.atlanta.example.com;transport=udp>\r\n"
    "User-Agent: Softphone/1.0.5 (release)\r\n"
    "Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, MESSAGE, SUBSCRIBE, INFO\r\n"
    "Supported: replaces, timer, outbound\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 147\r\n"
    "\r\n"
    "v=0\r\no=alice 53655765 2353687637 IN IP4 pc33.atlanta.example.com\r\ns=-\r\n"
    "c=IN IP4 192.0.2.101\r\nt=0 0\r\nm=audio 49170 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void first_pass(struct arena *a, struct str raw)
{
    struct msg m;

    ASSERT(msg_parse(raw, &msg_default_limits, a, &m, NULL) == ERR_OK);
}

static void all_a_proxy_reads(struct arena *a, struct str raw)
{
    struct msg m;
    const struct address *list;
    size_t n;

    ASSERT(msg_parse(raw, &msg_default_limits, a, &m, NULL) == ERR_OK);
    ASSERT(msg_from_tag(&m).n && !msg_to_tag(&m).n && msg_ruri(&m, NULL));
    ASSERT(msg_max_forwards(&m) == 70);
    ASSERT(msg_addresses(&m, HEADER_CONTACT, &list, &n) == ERR_OK && n == 1);
}

static void scan_for_call_id(struct arena *a, struct str raw)
{
    (void)a;
    ASSERT(msg_scan_call_id(raw).n);
}

static char space[4096];

static void forward(struct arena *a, struct str raw)
{
    struct edit_list l;
    struct buf b;
    struct msg m;

    ASSERT(msg_parse(raw, &msg_default_limits, a, &m, NULL) == ERR_OK);
    edit_init(&l, a);
    edit_replace(&l, &m, m.uri, STR("sip:bob@192.0.2.4:5060"));
    edit_push_header(&l, &m, NULL, STR("Via: SIP/2.0/UDP 192.0.2.7:5060;branch=z9hG4bKabcdef"));
    edit_insert_header(&l, &m, NULL, STR("Record-Route: <sip:192.0.2.7;lr>"));
    edit_replace(&l, &m, msg_header(&m, HEADER_MAX_FORWARDS)->body, STR("69"));
    edit_mark_via(&l, &m, msg_via(&m, 0, NULL), STR("192.0.2.1"), 5060, false);
    buf_fixed(&b, space, sizeof space);
    edit_apply(&l, &m, false, &b);
    ASSERT(b.n > raw.n && !b.overflow);
}

static void reply(struct arena *a, struct str raw)
{
    char tag[TO_TAG_LENGTH + 1];
    struct buf b;
    struct msg m;

    ASSERT(msg_parse(raw, &msg_default_limits, a, &m, NULL) == ERR_OK);
    buf_fixed(&b, space, sizeof space);
    build_reply(&b, &m,
                &(struct reply_parts){ .status = 404,
                                       .to_tag = to_tag_of(&m, tag),
                                       .received = STR("192.0.2.1"),
                                       .rport = 5060 });
    ASSERT(b.n && !b.overflow);
}

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(struct arena *a, struct str raw);
    } all[] = {
        { "msg_scan_call_id", scan_for_call_id },
        { "msg_parse", first_pass },
        { "msg_parse + From, To, R-URI, Contact", all_a_proxy_reads },
        { "msg_parse + five edits + edit_apply", forward },
        { "msg_parse + build_reply", reply },
    };
    enum { ROUNDS = 1000000 };
    struct arena a;

    arena_init(&a, MEM_MESSAGE, 16384);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        double start = now();
        for (int n = 0; n < ROUNDS; n++) {
            all[i].run(&a, str_of(invite));
            arena_reset(&a);
        }
        printf("%-40s %6.0f ns\n", all[i].name, (now() - start) / ROUNDS);
    }
    arena_free(&a);
    return 0;
}
