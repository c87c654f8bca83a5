/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/test.h"
#include "sip/values.h"

TEST(walks_lists)
{
    struct str list = STR(" a , ,\"b, \\\" c\",<d,e>;f ,g"), value;

    CHECK(list_next(&list, &value));
    CHECK_STR(value, STR("a"));
    CHECK(list_next(&list, &value));
    CHECK_STR(value, STR("\"b, \\\" c\""));
    CHECK(list_next(&list, &value));
    CHECK_STR(value, STR("<d,e>;f"));
    CHECK(list_next(&list, &value) && !list_next(&list, &value));
    CHECK(list_has(STR("path, Outbound"), STR("outbound")));
    CHECK(!list_has(STR("path, outbound2"), STR("outbound")) && !list_has(STR(""), STR("x")));
}

TEST(reads_and_writes_dates)
{
    static const char *const bad[] = {
        "",
        "Fri, 01 Jan 2010 16:00:00 EST",
        "Sat, 13 Nov 2010 23:29:00",
        "Sat 13 Nov 2010 23:29:00 GMT",
        "Sat, 3 Nov 2010 23:29:00 GMT",
        "Sat, 13 Nov 2010 24:29:00 GMT",
        "Sat, 00 Nov 2010 23:29:00 GMT",
        "Sat, 13 Xov 2010 23:29:00 GMT",
    };
    char space[64];
    struct buf b;
    int64_t t;

    CHECK(date_parse(STR("Sat, 13 Nov 2010 23:29:00 GMT"), &t) == ERR_OK && t == 1289690940);
    buf_fixed(&b, space, sizeof space);
    date_write(&b, t);
    CHECK_STR(buf_str(&b), STR("Sat, 13 Nov 2010 23:29:00 GMT"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(date_parse(str_of(bad[i]), &t) == ERR_SYNTAX, bad[i]);
}

TEST(reads_seconds_and_retry_after)
{
    struct retry_after r;
    uint32_t n;

    CHECK(seconds_parse(STR(" 3600 "), &n) == ERR_OK && n == 3600);
    CHECK(seconds_parse(STR("4294967296"), &n) == ERR_LIMIT);
    CHECK(seconds_parse(STR("-1"), &n) == ERR_SYNTAX && seconds_parse(STR(""), &n) == ERR_SYNTAX);
    CHECK(retry_after_parse(STR("120 (I'm (in) a \\) meeting) ;duration=60;x"), &r) == ERR_OK);
    CHECK(r.seconds == 120);
    CHECK_STR(r.comment, STR("I'm (in) a \\) meeting"));
    CHECK_STR(r.duration, STR("60"));
    CHECK(retry_after_parse(STR("949302838503028349304023988"), &r) == ERR_LIMIT);
    CHECK(retry_after_parse(STR("1 (open"), &r) == ERR_SYNTAX);
}

TEST(reads_reason_rack_and_event)
{
    struct str in = STR("SIP ;cause=200 ;text=\"Call completed elsewhere\", Q.850;cause=16");
    struct reason reason;
    struct rack rack;
    struct event_value event;

    CHECK(reason_next(&in, &reason) == ERR_OK);
    CHECK_STR(reason.text, STR("Call completed elsewhere"));
    CHECK(reason_next(&in, &reason) == ERR_OK && in.n == 0);
    CHECK_STR(reason.protocol, STR("Q.850"));
    CHECK_STR(reason.cause, STR("16"));
    CHECK(rack_parse(STR("776656 1 INVITE"), &rack) == ERR_OK);
    CHECK(rack.rseq == 776656 && rack.cseq == 1 && rack.method == METHOD_INVITE);
    CHECK(rack_parse(STR("776656 INVITE"), &rack) == ERR_SYNTAX);
    CHECK(event_parse(STR("presence.winfo;id=7"), &event) == ERR_OK);
    CHECK_STR(event.package, STR("presence.winfo"));
    CHECK_STR(event.id, STR("7"));
    CHECK(event_parse(STR("terminated;reason=noresource"), &event) == ERR_OK);
    CHECK_STR(event.reason, STR("noresource"));
    CHECK(event_parse(STR(""), &event) == ERR_SYNTAX);
}

TEST(reads_content_type_session_expires_and_replaces)
{
    struct content_type type;
    struct session_expires se;
    struct replaces r;

    CHECK(content_type_parse(STR("Multipart / Mixed ; boundary=\"a b\""), &type) == ERR_OK);
    CHECK(content_type_is(&type, STR("multipart"), STR("mixed")));
    CHECK_STR(type.boundary, STR("a b"));
    CHECK(content_type_parse(STR("text"), &type) == ERR_SYNTAX);
    CHECK(session_expires_parse(STR("1800;refresher=uas;x"), &se) == ERR_OK);
    CHECK(se.seconds == 1800 && se.refresher == REFRESHER_UAS);
    CHECK(session_expires_parse(STR("90"), &se) == ERR_OK && se.refresher == REFRESHER_NONE);
    CHECK(session_expires_parse(STR("90;refresher=x"), &se) == ERR_SYNTAX);
    CHECK(replaces_parse(STR("a@b;to-tag=1;from-tag=2;early-only"), &r) == ERR_OK && r.early_only);
    CHECK_STR(r.call_id, STR("a@b"));
    CHECK(replaces_parse(STR("a@b;to-tag=1"), &r) == ERR_SYNTAX);
}

RUN(CASE(walks_lists), CASE(reads_and_writes_dates), CASE(reads_seconds_and_retry_after),
    CASE(reads_reason_rack_and_event), CASE(reads_content_type_session_expires_and_replaces))
