/* SPDX-License-Identifier: BSD-2-Clause */
/* Transformations of values. Each takes a value and its arguments and makes a new value in the
 * call's arena; what cannot be transformed gives ERR_SYNTAX. */
#pragma once
#include "modules/pv/pv.h"

#define TRANSFORM(fn)                                                                              \
    err_t fn(struct call *c, const struct value *in, const void *args, struct value *out)

struct no_args {
    char unused;
};
struct int_args {
    int64_t n;
};
struct two_ints_args {
    int64_t first, second;
};
struct str_args {
    struct str text;
};
struct two_strs_args {
    struct str first, second;
};
struct select_args {
    int64_t index;
    struct str separator;
};
struct name_args { /* a name, and what separates the parameters of a list */
    struct str name, separator;
};
struct at_args {
    int64_t index;
    struct str separator;
};
struct lines_args {
    int64_t width;
    struct str begin;
};
struct separator_args {
    struct str separator;
};

static inline struct str text_in(struct call *c, const struct value *in)
{
    return value_text(in, c->arena);
}
static inline struct str or_empty(struct str s)
{
    return s.p ? s : STR("");
}

/* Room for text that is being made in the arena. */
struct made {
    char *p;
    size_t n;
};
static inline struct made make_room(struct call *c, size_t n)
{
    return (struct made){ arena_alloc(c->arena, n + 1), 0 };
}
static inline void made_char(struct made *m, char ch)
{
    m->p[m->n++] = ch;
}
static inline err_t give_made(struct made m, struct value *out)
{
    *out = VALUE_OF_STR(((struct str){ m.p, m.n }));
    return ERR_OK;
}

TRANSFORM(s_len);
TRANSFORM(s_int);
TRANSFORM(s_intv);
TRANSFORM(s_tolower);
TRANSFORM(s_toupper);
TRANSFORM(s_numeric);
TRANSFORM(s_rmws);
TRANSFORM(s_substr);
TRANSFORM(s_select);
TRANSFORM(s_select_word);
TRANSFORM(s_strip);
TRANSFORM(s_striptail);
TRANSFORM(s_stripto);
TRANSFORM(s_prefixes);
TRANSFORM(s_prefixes_quoted);
TRANSFORM(s_replace);
TRANSFORM(s_rm);
TRANSFORM(s_trim);
TRANSFORM(s_ltrim);
TRANSFORM(s_rtrim);
TRANSFORM(s_ftime);
TRANSFORM(s_corehash);
TRANSFORM(s_unquote);
TRANSFORM(s_unbracket);
TRANSFORM(s_count);
TRANSFORM(s_before);
TRANSFORM(s_after);
TRANSFORM(s_rbefore);
TRANSFORM(s_rafter);
TRANSFORM(s_charat);
TRANSFORM(s_byteat);
TRANSFORM(num_fdigit);
TRANSFORM(num_ldigit);
TRANSFORM(val_n0);
TRANSFORM(val_ne);
TRANSFORM(val_json);
TRANSFORM(val_jsonqe);
TRANSFORM(line_at);
TRANSFORM(line_sw);
TRANSFORM(line_count);

TRANSFORM(s_md5);
TRANSFORM(s_sha1);
TRANSFORM(s_sha256);
TRANSFORM(s_sha384);
TRANSFORM(s_sha512);
TRANSFORM(s_crc32);
TRANSFORM(s_encode_hexa);
TRANSFORM(s_decode_hexa);
TRANSFORM(s_encode_7bit);
TRANSFORM(s_decode_7bit);
TRANSFORM(s_encode_base64);
TRANSFORM(s_decode_base64);
TRANSFORM(s_decode_base64t);
TRANSFORM(s_decode_base64url);
TRANSFORM(s_decode_base64urlt);
TRANSFORM(s_sha3);
TRANSFORM(s_keccak);
TRANSFORM(s_rmhdws);
TRANSFORM(s_rmhlws);
TRANSFORM(s_fmtlines);
TRANSFORM(s_fmtlinet);
TRANSFORM(s_encode_base64t);
TRANSFORM(s_encode_base64url);
TRANSFORM(s_encode_base64urlt);
TRANSFORM(s_encode_base58);
TRANSFORM(s_decode_base58);
TRANSFORM(s_escape_common);
TRANSFORM(s_unescape_common);
TRANSFORM(s_escape_crlf);
TRANSFORM(s_unescape_crlf);
TRANSFORM(s_escape_user);
TRANSFORM(s_escape_param);
TRANSFORM(s_unescape_percent);
TRANSFORM(s_escape_csv);
TRANSFORM(s_urlencode_param);
TRANSFORM(s_urldecode_param);

TRANSFORM(uri_user);
TRANSFORM(uri_host);
TRANSFORM(uri_passwd);
TRANSFORM(uri_port_of);
TRANSFORM(uri_params);
TRANSFORM(uri_headers);
TRANSFORM(uri_param_value);
TRANSFORM(uri_rmparam);
TRANSFORM(uri_transport);
TRANSFORM(uri_ttl);
TRANSFORM(uri_uparam);
TRANSFORM(uri_maddr);
TRANSFORM(uri_method);
TRANSFORM(uri_lr);
TRANSFORM(uri_r2);
TRANSFORM(uri_scheme_of);
TRANSFORM(uri_saor);
TRANSFORM(uri_suri);
TRANSFORM(uri_duri);
TRANSFORM(uri_tosocket);
TRANSFORM(nameaddr_uri);
TRANSFORM(nameaddr_name);
TRANSFORM(nameaddr_len);
TRANSFORM(tobody_uri);
TRANSFORM(tobody_tag);
TRANSFORM(tobody_user);
TRANSFORM(tobody_host);
TRANSFORM(tobody_params);
TRANSFORM(tobody_display);
TRANSFORM(param_value);
TRANSFORM(param_in);
TRANSFORM(param_valueat);
TRANSFORM(param_name);
TRANSFORM(param_count);
TRANSFORM(urialias_encode);
TRANSFORM(urialias_decode);
