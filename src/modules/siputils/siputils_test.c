/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of texts and URIs, and contacts as the next hop sees them. */
#include "modules/test.h"

extern const struct module module_siputils;
static const struct module *const modules[] = { &module_siputils, NULL };

static const char message[] =
    "INVITE sip:b@192.0.2.2;x=1;flag SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
    "From: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 INVITE\n"
    "Contact: \"A\" <sip:a:pw@192.0.2.7:5070;transport=tcp;k=v>;expires=3, sip:c@192.0.2.8\n"
    "P-Charging-Vector: icid-value=1;orig-ioi=x\nContent-Length: 0\n\n";

static const struct util_case {
    const char *function, *args[3];
    int code;
    const char *wanted;
} cases[] = {
    { "is_numeric", { "123" }, 1, NULL },
    { "is_numeric", { "" }, -2, NULL },
    { "is_tel_number", { "+1" }, 1, NULL },
    { "is_alphanum", { "a b" }, -3, NULL },
    { "is_alphanumex", { "a-b", "-" }, 1, NULL },
    { "is_e164", { "+123456789012345" }, 1, NULL },
    { "is_e164", { "+1234567890123456" }, -1, NULL },
    { "is_uri", { "sip:" }, -1, NULL },
    { "cmp_uri", { "sip:a@B", "sip:a@b" }, 1, NULL },
    { "cmp_uri", { "junk", "sip:a@b" }, -2, NULL },
    { "cmp_hdr_name", { "f", "From" }, 1, NULL },
    { "uri_param", { "x", "1" }, 1, NULL },
    { "uri_param", { "x" }, -1, NULL },
    { "uri_param_any", { "flag" }, 1, NULL },
    { "has_totag", { 0 }, -1, NULL },
    { "sip_parse_headers", { 0 }, 1, NULL },
    { "contact_param_check", { "k" }, 1, NULL },
    { "contact_param_check", { "z" }, -1, NULL },
    { "contact_param_rm", { "k" }, 1, "5070;transport=tcp>;expires=3, sip:c@192.0.2.8" },
    { "contact_param_encode", { "e", "sip:us" }, 1, "<sip:us;e=c2lwOmNAMTkyLjAuMi44>\r\n" },
    { "contact_param_decode", { "k" }, -1, "k=v" },
    { "encode_contact", { "p", "us" }, 1, "\"A\" <sip:p*a*pw*192.0.2.7*5070*tcp@us>;expires=3, " },
    { "decode_contact_header", { 0 }, -1, "k=v" },
    { "sip_p_charging_vector", { "r" }, 1, "!P-Charging" },
    { "sip_p_charging_vector", { "g" }, 1, "icid-value=1;" },
    { "sip_p_charging_vector", { "f" }, 1, "!orig-ioi" },
    { "sip_p_charging_vector", { "?" }, -1, "orig-ioi" },
    { "uri_param_rm", { "x" }, 1, "INVITE sip:b@192.0.2.2;flag SIP" },
    { "add_uri_param", { "y=2" }, 1, "INVITE sip:b@192.0.2.2;x=1;flag;y=2 SIP" },
};
static const struct util_case *now;

static int process(struct call *c)
{
    int code = run_function(c, &module_siputils, now->function, now->args);

    if (code != now->code)
        print_error("%s(%s): %d\n", now->function, now->args[0], code);
    assert_int_equal(code, now->code);
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void answers_as_the_table_says(void **state)
{
    (void)state;
    modules_begin(process, modules, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        now = &cases[i];
        from_peer(&server.a, &server.us, message);
        EXPECT(&server.b, now->wanted ? now->wanted : "INVITE");
    }
    server_end();
}

/* Encoded by one hop, decoded by the next. */
static int decode(struct call *c)
{
    assert_int_equal(RUN(c, module_siputils, "contact_param_decode", "e"), 1);
    assert_int_equal(RUN0(c, module_siputils, "decode_contact"), 1);
    assert_true(str_eq(call_uri_text(c), STR("sip:u:p@192.0.2.2:5060;transport=udp")));
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static void decodes_what_was_encoded(void **state)
{
    (void)state;
    modules_begin(decode, modules, NULL);
    from_peer(&server.a, &server.us,
              "OPTIONS sip:p*u*p*192.0.2.2*5060*udp@us SIP/2.0\n"
              "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK2\nFrom: <sip:a@a>;tag=1\nTo: <sip:b@b>\n"
              "Call-ID: 2\nCSeq: 1 OPTIONS\nContact: <sip:us;e=c2lwOmNAMTkyLjAuMi44>\n\n");
    EXPECT(&server.b, "Contact: <sip:c@192.0.2.8>\r\n");
    server_end();
}

int main(void)
{
    TEST_RUN(answers_as_the_table_says, decodes_what_was_encoded);
}
