/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/address.h"
#include "sip/test.h"

TEST(reads_name_addr_and_addr_spec)
{
    static const struct {
        const char *in, *display, *uri, *tag;
        bool brackets;
    } good[] = {
        { "sip:a@b;tag=1", NULL, "sip:a@b", "1", false },
        { "sip:a@b ; tag = 1 ; x", NULL, "sip:a@b", "1", false },
        { "<sip:a@b;lr>;TAG=x", NULL, "sip:a@b;lr", "x", true },
        { "\"A, \\\"B\\\" <c>\"\r\n <sip:a@b>", "\"A, \\\"B\\\" <c>\"", "sip:a@b", NULL, true },
        { "Bob  B <sip:a@b>", "Bob  B", "sip:a@b", NULL, true },
        { "caller<sip:a@b>;p=\"x;y,z\";tag=2", "caller", "sip:a@b", "2", true },
        { "<tel:+1>", NULL, "tel:+1", NULL, true },
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct address a;
        CHECK_CASE(address_parse(str_of(good[i].in), &a) == ERR_OK, good[i].in);
        CHECK_STR(a.display, str_of(good[i].display));
        CHECK_STR(a.uri_text, str_of(good[i].uri));
        CHECK_STR(a.tag, str_of(good[i].tag));
        CHECK(a.brackets == good[i].brackets);
    }
}

TEST(refuses_the_rest)
{
    static const char *const bad[] = {
        "",
        "*foo",
        "\"unbalanced <sip:a@b>",
        "\"A\" sip:a@b",
        "<sip:a@b",
        "< sip:a@b>",
        "<sip:a@b> x",
        "<sip:a@b>;;;",
        "<sip:a@b>;",

        "<sip:a@b>,<sip:c@d>",
        "sip:a@b?Route=x",
        "Bell, Alexander <sip:a@b>",
    };
    struct address a;

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(address_parse(str_of(bad[i]), &a) == ERR_SYNTAX, bad[i]);
}

TEST(gives_the_tag_of_an_address_with_a_bad_uri)
{
    struct address a;

    CHECK(address_parse(STR("<sip:a b@c>;tag=7"), &a) == ERR_SYNTAX);
    CHECK(address_parse_loosely(STR("<sip:a b@c>;tag=7"), &a) == ERR_OK);
    CHECK(a.bad_uri && a.uri.scheme == URI_OTHER);
    CHECK_STR(a.tag, STR("7"));
    CHECK(address_parse_loosely(STR("<sip:a@c>;tag=7"), &a) == ERR_OK && !a.bad_uri);
    CHECK(address_parse_loosely(STR("*"), &a) == ERR_SYNTAX);
}

TEST(walks_a_list_of_contacts)
{
    struct str in = STR("<sip:a@b>;q=0.5;expires=60 , \"X\" <sip:c@d>;+sip.instance=\"<urn:u>\";"
                        "reg-id=1, sip:e@f;methods=\"INVITE, BYE\"");
    struct address a;

    CHECK(address_next(&in, &a) == ERR_OK);
    CHECK_STR(a.q, STR("0.5"));
    CHECK_STR(a.expires, STR("60"));
    CHECK_STR(a.all, STR("<sip:a@b>;q=0.5;expires=60"));
    CHECK(address_next(&in, &a) == ERR_OK);
    CHECK_STR(a.instance, STR("\"<urn:u>\""));
    CHECK_STR(a.reg_id, STR("1"));
    CHECK(address_next(&in, &a) == ERR_OK && in.n == 0);
    CHECK_STR(a.methods, STR("\"INVITE, BYE\""));
    in = STR(" * ");
    CHECK(address_next(&in, &a) == ERR_OK && a.star && in.n == 0);
    in = STR("<sip:a@b> , ");
    CHECK(address_next(&in, &a) == ERR_SYNTAX);
}

TEST(finds_parameters)
{
    struct str params = STR("a=1; B ;c=\"x;y\""), name, value;

    CHECK_STR(param_find(params, STR("A")), STR("1"));
    CHECK(param_find(params, STR("b")).p && param_find(params, STR("b")).n == 0);
    CHECK_STR(param_find(params, STR("c")), STR("\"x;y\""));
    CHECK(!param_find(params, STR("y")).p);
    CHECK(param_next(&params, &name, &value) && param_next(&params, &name, &value));
    CHECK_STR(name, STR("B"));
    CHECK(param_next(&params, &name, &value) && !param_next(&params, &name, &value));
}

TEST(reads_q_values)
{
    static const struct {
        const char *in;
        int q; /* -1: refused */
    } table[] = {
        { "0", 0 },    { "1", 1000 },    { "0.5", 500 }, { "0.123", 123 }, { "1.0", 1000 },
        { ".7", 700 }, { "0.", 0 },      { "1.1", -1 },  { "2", -1 },      { "", -1 },
        { ".", -1 },   { "0.1234", -1 }, { "-1", -1 },   { "00.5", -1 },   { "x", -1 },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        int q = -1;
        err_t e = q_parse(str_of(table[i].in), &q);
        CHECK_CASE((e == ERR_OK) == (table[i].q >= 0) && q == table[i].q, table[i].in);
    }
}

RUN(CASE(reads_name_addr_and_addr_spec), CASE(refuses_the_rest),
    CASE(gives_the_tag_of_an_address_with_a_bad_uri), CASE(walks_a_list_of_contacts),
    CASE(finds_parameters), CASE(reads_q_values))
