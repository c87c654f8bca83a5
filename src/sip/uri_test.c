/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/test.h"
#include "sip/uri.h"

static struct uri read_uri(const char *text)
{
    struct uri u;

    CHECK_CASE(uri_parse(str_of(text), &u) == ERR_OK, text);
    return u;
}

TEST(reads_every_part_of_a_sip_uri)
{
    struct uri u = read_uri("sips:alice%20b:pw@Host.example.com:5071;transport=tcp;lr;x=1?a=b&c=d");

    CHECK(u.scheme == URI_SIPS);
    CHECK_STR(u.user, STR("alice%20b"));
    CHECK_STR(u.password, STR("pw"));
    CHECK_STR(u.host, STR("Host.example.com"));
    CHECK_STR(u.port_text, STR("5071"));
    CHECK(u.port == 5071);
    CHECK_STR(u.params, STR("transport=tcp;lr;x=1"));
    CHECK_STR(u.headers, STR("a=b&c=d"));
    CHECK_STR(u.transport, STR("tcp"));
    CHECK(u.has_lr && !u.has_r2);
    CHECK_STR(uri_param(&u, STR("X")), STR("1"));
    CHECK(uri_param(&u, STR("lr")).p && uri_param(&u, STR("lr")).n == 0);
    CHECK(!uri_param(&u, STR("y")).p);
}

TEST(reads_other_forms)
{
    struct uri u = read_uri("sip:[2001:db8::1]:5060");

    CHECK_STR(u.host, STR("[2001:db8::1]"));
    CHECK(u.port == 5060 && !u.user.p);
    u = read_uri("sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com");
    CHECK_STR(u.user, STR("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    u = read_uri("sip:user;par=u%40example.net@example.com");
    CHECK_STR(u.user, STR("user;par=u%40example.net"));
    CHECK(!u.params.p);
    u = read_uri("tel:+1-201-555-0123;phone-context=example.com");
    CHECK(u.scheme == URI_TEL);
    CHECK_STR(u.user, STR("+1-201-555-0123"));
    CHECK_STR(uri_param(&u, STR("phone-context")), STR("example.com"));
    u = read_uri("soap.beep://192.0.2.103:3002");
    CHECK(u.scheme == URI_OTHER);
    CHECK_STR(u.scheme_name, STR("soap.beep"));
    CHECK(read_uri("urn:service:sos").scheme == URI_URN);
    CHECK(read_uri("sip:a@b;;x;").params.n == 3);
}

TEST(refuses_what_is_no_uri)
{
    static const char *const bad[] = {
        "",
        "sip",
        "sip:",
        ":a",
        "sip:@host",
        "sip:a@",
        "sip:a@b:",

        "sip:a@b:65536",
        "sip:a@b:x",
        "sip:a b@c",
        " sip:a@b",
        "sip:a@b ",
        "sip:a@b; lr",
        "sip:a@b;x=%4",
        "sip:%zz@b",
        "sip:a@b@c",
        "sip:a@[::1",
        "sip:a@[1]",
        "sip:a@b:5060:1",
        "sip:a:b:c@d",
        "sip:a@b\r\n",
        "sip:<a@b>",
        "tel:",
        "5ip:a@b",
    };
    struct uri u;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(uri_parse(str_of(bad[i]), &u) == ERR_SYNTAX, bad[i]);
    CHECK(uri_parse((struct str){ "sip:a\0@b", 8 }, &u) == ERR_SYNTAX);
}

TEST(bounds_the_number_of_parts)
{
    char text[1024] = "sip:h";
    struct uri u;
    size_t n = 5;

    for (int i = 0; i < URI_PARTS_MAX; i++, n += 2)
        memcpy(text + n, ";a", 2);
    CHECK(uri_parse((struct str){ text, n }, &u) == ERR_OK);
    CHECK(uri_parse((struct str){ text, n + 1 }, &u) == ERR_SYNTAX);
    memcpy(text + n, ";a", 2);
    CHECK(uri_parse((struct str){ text, n + 2 }, &u) == ERR_LIMIT);
    memset(text, '&', sizeof text);
    memcpy(text, "sip:h?", 6);
    CHECK(uri_parse((struct str){ text, 6 + URI_PARTS_MAX - 1 }, &u) == ERR_OK);
    CHECK(uri_parse((struct str){ text, 6 + URI_PARTS_MAX }, &u) == ERR_LIMIT);
}

TEST(compares_as_rfc_3261_says)
{
    static const struct {
        const char *a, *b;
        bool same;
    } table[] = {
        { "sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", true },
        { "sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true },
        { "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true },
        { "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
          "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true },
        { "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
          "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true },
        { "SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false },
        { "sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false },
        { "sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false },
        { "sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false },
        { "sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false },
        { "sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false },
        { "sip:a@b;x=1;x=2", "sip:a@b;x=1;x=3", true },
        { "sip:a@b;maddr=1.2.3.4", "sip:a@b", false },
        { "sip:a@b", "sips:a@b", false },
        { "sip:a@b", "sip:b", false },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct uri a = read_uri(table[i].a), b = read_uri(table[i].b);
        CHECK_CASE(uri_equal(&a, &b) == table[i].same, table[i].b);
        CHECK_CASE(uri_equal(&b, &a) == table[i].same, table[i].b);
    }
}

TEST(says_protocol_and_port)
{
    struct uri u = read_uri("sip:a@b;transport=TCP");

    CHECK(uri_proto(&u) == PROTO_TCP && uri_port(&u) == 5060);
    u = read_uri("sips:a@b");
    CHECK(uri_proto(&u) == PROTO_TLS && uri_port(&u) == 5061);
    u = read_uri("sips:a@b;transport=ws");
    CHECK(uri_proto(&u) == PROTO_WSS);
    u = read_uri("sip:a@b:99");
    CHECK(uri_proto(&u) == PROTO_NONE && uri_port(&u) == 99);
}

TEST(escapes_and_unescapes)
{
    char space[64];
    size_t n;
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    uri_escape_user(&b, STR("a b@c;d:\xc3"));
    CHECK_STR(buf_str(&b), STR("a%20b%40c;d%3a%c3"));
    CHECK(uri_unescape(STR("a%20b%40"), space, &n) == ERR_OK);
    CHECK_STR(((struct str){ space, n }), STR("a b@"));
    CHECK(uri_unescape(STR("a%2"), space, &n) == ERR_SYNTAX);
    CHECK(uri_unescape(STR("%"), space, &n) == ERR_SYNTAX);
    CHECK(uri_unescape(STR("%25"), space, &n) == ERR_OK && n == 1 && space[0] == '%');
}

RUN(CASE(reads_every_part_of_a_sip_uri), CASE(reads_other_forms), CASE(refuses_what_is_no_uri),
    CASE(bounds_the_number_of_parts), CASE(compares_as_rfc_3261_says), CASE(says_protocol_and_port),
    CASE(escapes_and_unescapes))
