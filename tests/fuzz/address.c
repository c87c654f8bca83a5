/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of addresses, of Via values and of parameters: each step moves on, within the text. */
#include "sip/address.h"
#include "sip/via.h"

static struct str in;

static void within(struct str s)
{
    ASSERT(!s.p || (s.p >= in.p && s.p + s.n <= in.p + in.n));
}

static void walk_addresses(void)
{
    struct str rest = in, before = in;
    struct address a;
    int q;

    while (rest.n && address_next(&rest, &a) == ERR_OK) {
        ASSERT(rest.n < before.n);
        before = rest;
        within(a.all);
        within(a.display);
        within(a.uri_text);
        within(a.params);
        within(a.tag);
        ASSERT(a.star || a.uri_text.n);
        if (a.q.p && q_parse(a.q, &q) == ERR_OK)
            ASSERT(q >= 0 && q <= 1000);
        ASSERT(str_eq(address_param(&a, STR("tag")), a.tag));
    }
    if (address_parse(in, &a) == ERR_OK && !a.star)
        ASSERT(address_parse_loosely(in, &a) == ERR_OK && !a.bad_uri);
}

static void walk_vias(void)
{
    struct str rest = in, before = in;
    struct via v;

    while (rest.n && via_next(&rest, &v) == ERR_OK) {
        ASSERT(rest.n < before.n && v.host.n);
        before = rest;
        within(v.all);
        within(v.params);
        within(v.branch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest, name, value;
    struct cseq cseq;
    unsigned mask;

    in = (struct str){ (const char *)data, size };
    walk_addresses();
    walk_vias();
    for (rest = in; param_next(&rest, &name, &value);) {
        within(name);
        within(value);
    }
    if (cseq_parse(in, &cseq) == ERR_OK)
        within(cseq.method_name);
    if (methods_parse(in, &mask) == ERR_OK)
        ASSERT(mask < METHOD_BIT(METHOD_COUNT));
    return 0;
}
