/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of this module. */
#pragma once
#include "core/send.h"
#include "script/value.h"

struct siputils_conf {
    struct str options_accept, options_accept_encoding, options_accept_language, options_support;
    struct str contact_flds_separator, rpid_prefix, rpid_suffix, rpid_avp;
    const struct var_ref *rpid; /* the variable that rpid_avp names */
    int64_t e164_max_len, ring_timeout;
};
extern const struct module module_siputils;

struct text_args {
    struct str text;
};
struct two_args {
    struct str first, second;
};
struct optional_args { /* STR_NONE: not given */
    struct str text;
};
struct mode_args {
    int64_t mode;
};
struct param_args {
    struct str name, value;
};
struct get_param_args {
    struct str name;
    const struct var_ref *into;
};
struct set_part_args {
    const struct var_ref *uri;
    struct str part;
};
struct tel2sip_args {
    struct str uri, host;
    const struct var_ref *into;
};

/* contacts.c */
int encode_contact(struct call *c, const struct two_args *a);
int decode_contact(struct call *c);
int decode_contact_header(struct call *c);
int contact_param_encode(struct call *c, const struct two_args *a);
int contact_param_encode_alias(struct call *c, const struct two_args *a);
int contact_param_decode(struct call *c, const struct text_args *a);
int contact_param_decode_ruri(struct call *c, const struct text_args *a);
int contact_param_rm(struct call *c, const struct text_args *a);
int contact_param_check(struct call *c, const struct text_args *a);

/* identity.c */
int is_rpid_user_e164(struct call *c);
int append_rpid_hf(struct call *c, const struct two_args *a);
int sip_p_charging_vector(struct call *c, const struct text_args *a);
int sip_parse_headers(struct call *c);
err_t prepare_pcv(struct load *l, const struct var_ref *at, const void **prepared);
err_t get_pcv(struct call *c, const struct var_ref *at, struct value *out);

static inline int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* tests.c */
int is_request(struct call *c);
int is_reply(struct call *c);
int is_sip(struct call *c);
int is_http(struct call *c);
int has_totag(struct call *c);
int is_first_hop(struct call *c, const struct mode_args *a);
int is_user(struct call *c, const struct text_args *a);
int is_supported(struct call *c, const struct text_args *a);
/* "+" and digits, as long as the configuration allows. */
bool e164(struct call *c, struct str s);
int is_e164(struct call *c, const struct text_args *a);
int is_uri_user_e164(struct call *c, const struct text_args *a);
int is_tel_number(struct call *c, const struct text_args *a);
int is_numeric(struct call *c, const struct text_args *a);
int is_alphanum(struct call *c, const struct text_args *a);
int is_alphanumex(struct call *c, const struct two_args *a);
int hdr_date_check(struct call *c, const struct mode_args *a);

/* uris.c */
int uri_param_is(struct call *c, const struct param_args *a);
int uri_param_any(struct call *c, const struct text_args *a);
int add_uri_param(struct call *c, const struct text_args *a);
int get_uri_param(struct call *c, const struct get_param_args *a);
int uri_param_rm(struct call *c, const struct text_args *a);
int tel2sip(struct call *c, const struct tel2sip_args *a);
int tel2sip2(struct call *c, const struct tel2sip_args *a);
int is_uri(struct call *c, const struct text_args *a);
int is_gruu(struct call *c, const struct optional_args *a);
int cmp_uri(struct call *c, const struct two_args *a);
int cmp_aor(struct call *c, const struct two_args *a);
int cmp_hdr_name(struct call *c, const struct two_args *a);
int set_uri_user(struct call *c, const struct set_part_args *a);
int set_uri_host(struct call *c, const struct set_part_args *a);
