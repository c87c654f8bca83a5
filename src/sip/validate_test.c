/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/test.h"
#include "sip/validate.h"

#define LINE "OPTIONS sip:c@d SIP/2.0\r\n"
#define VIA  "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
#define FROM "From: <sip:a@b>;tag=f\r\n"
#define TO   "To: <sip:c@d>\r\n"
#define ID   "Call-ID: x@y\r\n"
#define CSEQ "CSeq: 1 OPTIONS\r\n"
#define ALL  VIA FROM TO ID CSEQ

static const struct check_rules rules = { .proxy_require = STR_INIT("foo, bar"), .uris = 15 };

/* The status of one check on a message that can be read. */
static unsigned verdict(const char *text, unsigned checks, struct fault *fault)
{
    struct arena arena;
    struct msg m;

    *fault = (struct fault){ .status = 0 };
    arena_init(&arena, MEM_MESSAGE, 4096);
    CHECK_CASE(msg_parse(str_of(text), &msg_default_limits, &arena, &m, NULL) == ERR_OK, text);
    CHECK_CASE(check_message(&m, checks, &rules, fault) == (fault->status == 0), text);
    arena_free(&arena);
    return fault->status;
}

TEST(finds_each_fault_by_its_check_and_no_other)
{
    static const struct {
        const char *in;
        unsigned failing; /* the checks that fail */
        unsigned status;
    } table[] = {
        { LINE ALL "\r\n", 0, 0 },
        { "OPTIONS sip:c@d SIP/3.0\r\n" ALL "\r\n", CHECK_RURI_VERSION, 505 },
        { "OPTIONS foo:c SIP/2.0\r\n" ALL "\r\n", CHECK_RURI_SCHEME, 416 },
        { "OPTIONS tel:+1 SIP/2.0\r\n" ALL "\r\n", 0, 0 },
        { LINE VIA TO ID CSEQ "\r\n", CHECK_REQUIRED | CHECK_URIS, 400 },
        { LINE VIA FROM ID CSEQ "\r\n", CHECK_REQUIRED | CHECK_URIS, 400 },
        { LINE VIA FROM TO CSEQ "\r\n", CHECK_REQUIRED, 400 },
        { LINE VIA FROM TO ID "\r\n", CHECK_REQUIRED, 400 },
        { LINE VIA FROM TO CSEQ "Call-ID:\r\n\r\n", CHECK_REQUIRED, 400 },
        { LINE ALL "Via: SIP/3.0/UDP h\r\n\r\n", CHECK_VIA_VERSION, 400 },
        { LINE ALL "Via: nonsense\r\n\r\n", CHECK_VIAS, 400 },
        { LINE VIA FROM TO ID "CSeq: 1 BYE\r\n\r\n", CHECK_CSEQ_METHOD, 400 },
        { LINE ALL "Expires: soon\r\n\r\n", CHECK_EXPIRES, 400 },
        { LINE ALL "Expires: 4294967296\r\n\r\n", CHECK_EXPIRES, 400 },
        { LINE ALL "Expires: 4294967295\r\n\r\n", 0, 0 },
        { LINE ALL "Proxy-Require: bar, FOO\r\n\r\n", 0, 0 },
        { LINE ALL "Proxy-Require: bar, sec-agree\r\n\r\n", CHECK_PROXY_REQUIRE, 420 },
        { LINE VIA "From: <sip:a b@c>\r\n" TO ID CSEQ "\r\n", CHECK_URIS, 400 },
        { LINE VIA "From: \"a <sip:a@c>\r\n" TO ID CSEQ "\r\n", CHECK_URIS | CHECK_FROM_TO, 400 },
        { LINE ALL "Contact: <sip:a b@c>\r\n\r\n", CHECK_URIS | CHECK_CONTACT, 400 },
        { LINE ALL "Contact: *\r\n\r\n", 0, 0 },
        { LINE ALL "Contact: *, <sip:a@b>\r\n\r\n", CHECK_URIS | CHECK_CONTACT, 400 },
        { LINE ALL "Authorization: Digest x\r\n\r\n", CHECK_CREDENTIALS | CHECK_AUTHORIZATION,
          400 },
        { LINE ALL "Authorization: Other x\r\n\r\n", 0, 0 },
        { LINE ALL "Proxy-Authorization: Digest x\r\n\r\n", CHECK_CREDENTIALS, 400 },
        { LINE VIA FROM ID CSEQ "To: <sip:c@d>;tag=1;tag=2\r\n\r\n", CHECK_TAGS, 400 },
        { LINE ALL ID "\r\n", CHECK_SINGLE, 400 },
        { LINE ALL "Max-Forwards: 255\r\n\r\n", 0, 0 },
        { LINE ALL "Max-Forwards: 256\r\n\r\n", CHECK_MAX_FORWARDS, 400 },
        { LINE ALL "Max-Forwards: -1\r\n\r\n", CHECK_MAX_FORWARDS, 400 },
        { "OPTIONS sip:c@d?a=b SIP/2.0\r\n" ALL "\r\n", CHECK_RURI_FORM, 400 },
        { LINE ALL "Date: today\r\n\r\n", CHECK_DATE, 400 },
        { "SIP/2.0 200 OK\r\n" ALL "Proxy-Require: x\r\n\r\n", 0, 0 },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct fault fault;
        for (unsigned bit = 1; bit < CHECKS_ALL; bit <<= 1)
            CHECK_CASE(verdict(table[i].in, bit, &fault) ==
                           (table[i].failing & bit ? table[i].status : 0),
                       table[i].in);
        CHECK_CASE(verdict(table[i].in, CHECKS_ALL, &fault) == table[i].status, table[i].in);
        CHECK(fault.status == 0 || fault.reason.n);
    }
}

TEST(uses_the_numbers_of_configurations)
{
    CHECK(CHECK_RURI_VERSION == 1 && CHECK_RURI_SCHEME == 2 && CHECK_REQUIRED == 4);
    CHECK(CHECK_CSEQ_METHOD == 32 && CHECK_CSEQ_VALUE == 64 && CHECK_CONTENT_LENGTH == 128);
    CHECK(CHECK_EXPIRES == 256 && CHECK_PROXY_REQUIRE == 512 && CHECK_URIS == 1024);
    CHECK(CHECK_CREDENTIALS == 2048 && CHECK_TAGS == 4096 && CHECK_AUTHORIZATION == 8192);
    CHECK(CHECK_FIRST_VIA == 16384);
}

TEST(names_the_option_it_does_not_know)
{
    static const char text[] = LINE ALL "Proxy-Require: bar, sec-agree\r\n\r\n";
    struct fault fault;

    verdict(text, CHECK_PROXY_REQUIRE, &fault);
    CHECK_STR(fault.unsupported, STR("sec-agree"));
}

RUN(CASE(finds_each_fault_by_its_check_and_no_other), CASE(uses_the_numbers_of_configurations),
    CASE(names_the_option_it_does_not_know))
