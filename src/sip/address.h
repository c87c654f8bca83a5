/* SPDX-License-Identifier: BSD-2-Clause */
/* name-addr and addr-spec with header parameters: From, To, Contact, Route … (RFC 3261, 20). */
#pragma once
#include "sip/uri.h"

struct address {
    struct str all;      /* this value, parameters included */
    struct str display;  /* as written, quotes included; STR_NONE when there is none */
    struct str uri_text; /* what stands between < and >, or the bare addr-spec */
    struct uri uri;      /* read from uri_text; scheme URI_OTHER if unknown */
    bool star;           /* Contact: * */
    bool brackets;       /* the URI stood in < > */
    bool bad_uri;        /* uri_text is no URI; only address_parse_loosely lets that pass */
    struct str params;   /* header parameters, without the first ';' */
    struct str tag, q, expires, received, instance, reg_id, methods; /* STR_NONE when missing */
};

/* One value from the front of *in (a comma ends it); *in is moved behind it and the comma. */
err_t address_next(struct str *in, struct address *out) MUST_USE;
/* All of `in` as one value. */
err_t address_parse(struct str in, struct address *out) MUST_USE;
/* The same for From and To, whose URI a proxy need not understand: a malformed URI only sets
 * bad_uri, so that the tag can still be used. */
err_t address_parse_loosely(struct str in, struct address *out) MUST_USE;
/* A header parameter by name: value (quotes kept), "" without value, STR_NONE if missing. */
struct str address_param(const struct address *a, struct str name);
/* A parameter in any ";name=value;name" list. */
struct str param_find(struct str params, struct str name);
/* Walks a list: the next name and value from the front of *params. False at the end. */
bool param_next(struct str *params, struct str *name, struct str *value);
/* q as thousandths, 0 … 1000; ERR_SYNTAX. */
err_t q_parse(struct str text, int *thousandths) MUST_USE;
