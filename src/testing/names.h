/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that the resolver is told instead of asking the network; each answer takes 5 ms. */
#pragma once
#include "base/str.h"

enum { NAMES_MAX = 40 };

/* One record of a name; type 0: nobody answers for it, and asking ends after a while. */
struct name {
    int type; /* enum dns_type */
    struct str name, value;
    int64_t silent_ms;
};

/* "A example.org 192.0.2.2", "SRV _sip._udp.example.org 10 50 5060 a.example.org", "silent
 * slow.example.org 4 s". ERR_NOT_FOUND: no such type of record; ERR_SYNTAX. */
err_t name_read(struct str text, struct name *out) MUST_USE;
extern const char *const name_types[]; /* NULL-terminated */

/* The resolver knows these names, and no others, from now on. They stay the caller's. */
void names_use(const struct name *names, size_t n);
