/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints what reading a typical INVITE costs, in nanoseconds per message. Not part of the checks.
 */
#include "sip/message.h"
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

int main(void)
{
    static const struct {
        const char *name;
        void (*run)(struct arena *a, struct str raw);
    } all[] = {
        { "msg_scan_call_id", scan_for_call_id },
        { "msg_parse", first_pass },
        { "msg_parse + From, To, R-URI, Contact", all_a_proxy_reads },
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
