/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/permissions/inner.h"

static void matches_addresses_subnets_and_names(void **state)
{
    struct address_set *set = address_set_new(4);
    const struct address_entry *e;

    (void)state;
    assert_err(address_set_add(set, 1, STR("192.0.2.1"), 32, 0, STR("one")), ERR_OK);
    assert_err(address_set_add(set, 1, STR("192.0.2.2"), 0, 5060, STR("")), ERR_OK);
    assert_err(address_set_add(set, 2, STR("10.0.0.0"), 8, 0, STR("wide")), ERR_OK);
    assert_err(address_set_add(set, 2, STR("10.1.0.0"), 16, 0, STR("narrow")), ERR_OK);
    assert_err(address_set_add(set, 3, STR("2001:db8::"), 32, 0, STR("")), ERR_OK);
    assert_err(address_set_add(set, 4, STR("gw.example.org"), 0, 0, STR("")), ERR_OK);
    assert_err(address_set_add(set, 0, STR("192.0.2.1"), 32, 0, STR("")), ERR_SYNTAX);
    assert_err(address_set_add(set, 1, STR("192.0.2.1"), 33, 0, STR("")), ERR_SYNTAX);
    assert_err(address_set_add(set, 1, STR("192.0.2.1"), 32, 65536, STR("")), ERR_SYNTAX);

    e = address_set_find(set, 1, STR("192.0.2.1"), 999, false);
    assert_non_null(e);
    assert_text(e->tag, "one");
    assert_null(address_set_find(set, 2, STR("192.0.2.1"), 999, false));
    assert_null(address_set_find(set, 1, STR("192.0.2.2"), 5061, false));
    assert_non_null(address_set_find(set, 1, STR("192.0.2.2"), 5060, false));
    assert_text(address_set_find(set, 2, STR("10.1.2.3"), 1, false)->tag, "wide");
    assert_text(address_set_find(set, 2, STR("10.1.2.3"), 1, true)->tag, "narrow");
    assert_int_equal(address_set_find(set, 0, STR("2001:db8::5"), 1, false)->group, 3);
    assert_int_equal(address_set_find(set, 0, STR("GW.example.org"), 1, false)->group, 4);
    assert_null(address_set_find(set, 0, STR("other.example.org"), 1, false));
    assert_null(address_set_find(NULL, 0, STR("192.0.2.1"), 1, false));
    address_set_free(set);
}

static void reads_rules(void **state)
{
    struct rule_file *f = rule_file_parse(STR("# a comment\n"
                                              "ALL : \"^sip:1[0-9]+@\" # behind a rule\n"
                                              "\"^sip:a@\", \"^sip:b@\" : ALL EXCEPT \"^sip:9\"\n"
                                              "nonsense\n"
                                              "\"unclosed : ALL\n"));

    (void)state;
    assert_true(rule_file_matches(f, STR("sip:x@h"), STR("sip:123@h")));
    assert_false(rule_file_matches(f, STR("sip:x@h"), STR("sip:234@h")));
    assert_true(rule_file_matches(f, STR("sip:b@h"), STR("sip:234@h")));
    assert_false(rule_file_matches(f, STR("sip:b@h"), STR("sip:900@h")));
    assert_true(pair_allowed(NULL, NULL, STR("a"), STR("b")));
    assert_false(pair_allowed(NULL, f, STR("sip:b@h"), STR("sip:234@h")));
    assert_true(pair_allowed(f, f, STR("sip:b@h"), STR("sip:234@h")));
    rule_files_free(f);
}

static bool note(const struct trusted_rule *r, void *arg)
{
    *(struct str *)arg = r->tag;
    return false;
}

static void trusts_by_address_protocol_and_patterns(void **state)
{
    struct db_value first[] = { DB_OF_STR(STR("192.0.2.1")), DB_OF_STR(STR("udp")),
                                DB_OF_STR(STR("^sip:a")),    DB_OF_STR(STR("")),
                                DB_OF_STR(STR("low")),       DB_OF_INT(0) };
    struct db_value second[] = { DB_OF_STR(STR("192.0.2.1")), DB_OF_STR(STR("any")),
                                 { .type = DB_NULL },         { .type = DB_NULL },
                                 DB_OF_STR(STR("high")),      DB_OF_INT(5) };
    struct db_value broken[] = { DB_OF_STR(STR("192.0.2.9")), DB_OF_STR(STR("any")),
                                 DB_OF_STR(STR("(")),         { .type = DB_NULL },
                                 { .type = DB_NULL },         DB_OF_INT(5) };
    struct db_value *rows[] = { first, second, broken };
    struct db_result r = { .rows = rows, .n_rows = 3, .n_columns = 6 };
    struct trusted_set *set = trusted_set_make(&r);
    struct str tag = STR("");

    (void)state;
    assert_int_equal(
        trusted_match(set, STR("192.0.2.1"), STR("udp"), STR("sip:a@b"), STR(""), note, &tag), 1);
    assert_text(tag, "high");
    assert_int_equal(
        trusted_match(set, STR("192.0.2.2"), STR("udp"), STR("sip:a@b"), STR(""), note, &tag), 0);
    assert_int_equal(
        trusted_match(set, STR("192.0.2.9"), STR("udp"), STR("("), STR(""), note, &tag), 0);
    trusted_set_free(set);
}

int main(void)
{
    TEST_RUN(matches_addresses_subnets_and_names, reads_rules,
             trusts_by_address_protocol_and_patterns);
}
