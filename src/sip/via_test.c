/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/test.h"
#include "sip/via.h"

TEST(reads_a_via_list)
{
    struct str in =
        STR("SIP  / 2.0  / TCP     spindle.example.com   ;\r\n"
            "  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111 : "
            "5070 ; branch=\r\n z9hG4bK30239;rport;received=2001:db8::9");
    struct via v;

    CHECK(via_next(&in, &v) == ERR_OK);
    CHECK(v.proto == PROTO_TCP && v.port == 0 && !v.has_rport);
    CHECK_STR(v.host, STR("spindle.example.com"));
    CHECK_STR(v.branch, STR("z9hG4bK9ikj8"));
    CHECK(via_next(&in, &v) == ERR_OK && in.n == 0);
    CHECK(v.proto == PROTO_UDP && v.port == 5070 && v.has_rport && v.rport.n == 0);
    CHECK_STR(v.branch, STR("z9hG4bK30239"));
    CHECK_STR(v.received, STR("2001:db8::9"));
    in = STR("SIP/2.0/UNKNOWN [::1]:99;rport=5");
    CHECK(via_next(&in, &v) == ERR_OK && v.proto == PROTO_NONE && v.port == 99);
    CHECK_STR(v.host, STR("[::1]"));
    CHECK_STR(v.rport, STR("5"));
    CHECK_STR(v.params, STR("rport=5"));
}

TEST(refuses_malformed_ones)
{
    static const char *const bad[] = {
        "",
        "SIP/2.0/UDP",
        "SIP/2.0 UDP h",
        "SIP/2.0/UDPh",
        "SIP/2.0/UDP h:",

        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h;;",

        "SIP/2.0/UDP h,",
        "SIP/2.0/UDP h i",
        "SIP/2.0/UDP 192.0.2.15;;,;,,",
    };
    struct via v;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct str in = str_of(bad[i]);
        CHECK_CASE(via_next(&in, &v) != ERR_OK, bad[i]);
    }
}

TEST(reads_cseq)
{
    static const struct {
        const char *in;
        uint32_t number;
        enum sip_method method;
        const char *name;
    } good[] = {
        { "1 INVITE", 1, METHOD_INVITE, "INVITE" },
        { "4294967295\tACK ", UINT32_MAX, METHOD_ACK, "ACK" },
        { "0009\r\n x-new.method", 9, METHOD_OTHER, "x-new.method" },
    };
    static const char *const bad[] = { "", "INVITE", "1", "1INVITE", "-1 INVITE", "1 INVITE x" };
    struct cseq got;

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        CHECK(cseq_parse(str_of(good[i].in), &got) == ERR_OK);
        CHECK(got.number == good[i].number && got.method == good[i].method);
        CHECK_STR(got.method_name, str_of(good[i].name));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(cseq_parse(str_of(bad[i]), &got) == ERR_SYNTAX, bad[i]);
    CHECK(cseq_parse(STR("4294967296 BYE"), &got) == ERR_LIMIT);
}

RUN(CASE(reads_a_via_list), CASE(refuses_malformed_ones), CASE(reads_cseq))
