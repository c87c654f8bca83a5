/* SPDX-License-Identifier: BSD-2-Clause */
/* Records as text, for tools. */
#include "net/dns_state.h"

static const struct {
    const char *name;
    enum dns_type type;
} types[] = {
    { "A", DNS_A },     { "AAAA", DNS_AAAA }, { "CNAME", DNS_CNAME }, { "SRV", DNS_SRV },
    { "PTR", DNS_PTR }, { "TXT", DNS_TXT },   { "NAPTR", DNS_NAPTR }, { "EBL", DNS_EBL }
};

bool dns_type_of(struct str name, enum dns_type *out)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_ieq(name, str_of(types[i].name))) {
            *out = types[i].type;
            return true;
        }
    return false;
}

const char *dns_type_name(enum dns_type type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type)
            return types[i].name;
    return "UNKNOWN";
}

static void print_record(const struct dns_record *r, struct buf *out)
{
    switch (r->type) {
    case DNS_A:
    case DNS_AAAA: addr_print_ip(out, &r->addr, false); break;
    case DNS_SRV:
        buf_fmt(out, "%u %u %u " STR_FMT, r->priority, r->weight, r->port, STR_ARG(r->target));
        break;
    case DNS_NAPTR:
        buf_fmt(out, "%u %u \"" STR_FMT "\" \"" STR_FMT "\" \"" STR_FMT "\" " STR_FMT, r->priority,
                r->weight, STR_ARG(r->flags), STR_ARG(r->service), STR_ARG(r->regexp),
                STR_ARG(r->target));
        break;
    case DNS_CNAME:
    case DNS_PTR:
    case DNS_TXT:
    case DNS_EBL:
    case DNS_SOA: buf_add(out, r->target); break;
    }
}

err_t dns_lookup(struct str name, struct str type, struct buf *out)
{
    enum dns_type t;

    if (!dns_type_of(type, &t) || t == DNS_EBL)
        return ERR_RANGE;

    struct dns_answer *a = dns_get(name, t);
    err_t e = a->result;

    for (size_t k = 0; k < a->n; k++) {
        buf_fmt(out, "%s ", dns_type_name(t));
        print_record(&a->records[k], out);
        buf_char(out, '\n');
    }
    obj_drop(a);
    return e;
}
