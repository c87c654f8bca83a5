/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/header.h"
#include "sip/method.h"
#include "sip/test.h"
#include <ctype.h>

TEST(finds_every_header_of_the_table_by_name_and_compact_form)
{
    static const struct {
        const char *name;
        char compact;
    } table[] = {
#define X(id, name, compact) [id] = { name, compact },
        HEADER_TABLE(X)
#undef X
    };

    for (unsigned id = 1; id < HEADER_ID_COUNT; id++) {
        char other[64];
        size_t n = strlen(table[id].name);
        for (size_t i = 0; i <= n; i++)
            other[i] = (char)(i % 2 ? toupper(table[id].name[i]) : tolower(table[id].name[i]));
        CHECK_CASE(header_id_of(str_of(table[id].name)) == id, table[id].name);
        CHECK_CASE(header_id_of(str_of(other)) == id, other);
        CHECK_STR(header_name(id), str_of(table[id].name));
        if (table[id].compact) {
            char upper = (char)toupper(table[id].compact);
            CHECK_CASE(header_id_of((struct str){ &table[id].compact, 1 }) == id, table[id].name);
            CHECK_CASE(header_id_of((struct str){ &upper, 1 }) == id, table[id].name);
        }
    }
}

TEST(knows_no_other_header)
{
    static const char *const bad[] = {
        "",         "z",    "Vi",        "Vib",      "Call-I",
        "Call\rID", "\xff", "C%6Fntact", "X-Custom", "FromFromFromFromFromFrom"
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_CASE(header_id_of(str_of(bad[i])) == HEADER_OTHER, bad[i]);
}

TEST(finds_every_method_in_its_exact_case)
{
    for (unsigned m = 1; m < METHOD_COUNT; m++)
        CHECK(method_of(method_name(m)) == m);
    CHECK(method_of(STR("invite")) == METHOD_OTHER);
    CHECK(method_of(STR("")) == METHOD_OTHER);
    CHECK(method_of(STR("RE%47IST%45R")) == METHOD_OTHER);
}

TEST(reads_a_list_of_methods)
{
    unsigned mask;

    CHECK(methods_parse(STR("INVITE, ACK ,\r\n BYE"), &mask) == ERR_OK);
    CHECK(mask == (METHOD_BIT(METHOD_INVITE) | METHOD_BIT(METHOD_ACK) | METHOD_BIT(METHOD_BYE)));
    CHECK(methods_parse(STR("FOO"), &mask) == ERR_OK && mask == METHOD_BIT(METHOD_OTHER));
    CHECK(methods_parse(STR(""), &mask) == ERR_OK && mask == 0);
    CHECK(methods_parse(STR("INVITE ACK"), &mask) == ERR_SYNTAX);
}

RUN(CASE(finds_every_header_of_the_table_by_name_and_compact_form), CASE(knows_no_other_header),
    CASE(finds_every_method_in_its_exact_case), CASE(reads_a_list_of_methods))
