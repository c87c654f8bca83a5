/* SPDX-License-Identifier: BSD-2-Clause */
/* IP addresses and names in scripts. */
#include "modules/ipops/classify.h"
#include "modules/ipops/lookup.h"

struct ipops_self ipops_self;

struct ip_args {
    struct str ip;
};
struct two_ips_args {
    struct str first, second;
};
struct purpose_args {
    struct str ip;
    const struct var_ref *result;
};
struct ttl_args {
    int64_t seconds;
};

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static enum ip_form form_of(struct str text)
{
    struct addr a;

    return ip_read(text, &a);
}

static int is_ip(struct call *c, const struct ip_args *a)
{
    (void)c;
    return truth(form_of(a->ip) != IP_NONE);
}
EXPOSE(is_ip, ip_args)

static int is_pure_ip(struct call *c, const struct ip_args *a)
{
    enum ip_form form = form_of(a->ip);

    (void)c;
    return truth(form == IP_V4 || form == IP_V6);
}
EXPOSE(is_pure_ip, ip_args)

static int is_ipv4(struct call *c, const struct ip_args *a)
{
    (void)c;
    return truth(form_of(a->ip) == IP_V4);
}
EXPOSE(is_ipv4, ip_args)

static int is_ipv6(struct call *c, const struct ip_args *a)
{
    (void)c;
    return truth(form_of(a->ip) == IP_V6);
}
EXPOSE(is_ipv6, ip_args)

static int is_ipv6_reference(struct call *c, const struct ip_args *a)
{
    (void)c;
    return truth(form_of(a->ip) == IP_V6_REFERENCE);
}
EXPOSE(is_ipv6_reference, ip_args)

static int ip_type(struct call *c, const struct ip_args *a)
{
    enum ip_form form = form_of(a->ip);

    (void)c;
    return form == IP_NONE ? SCRIPT_FALSE : (int)form;
}
EXPOSE(ip_type, ip_args)

static int give_purpose(struct call *c, const struct purpose_args *a, bool v4, bool v6)
{
    struct addr ip;
    enum ip_form form = ip_read(a->ip, &ip);
    struct value v;

    if (form == IP_NONE || (form == IP_V4 ? !v4 : !v6))
        return SCRIPT_FALSE;
    v = VALUE_OF_STR(ip_purpose(&ip));
    return truth(var_set(c, a->result, &v) == ERR_OK);
}

static int detailed_ip_type(struct call *c, const struct purpose_args *a)
{
    return give_purpose(c, a, true, true);
}
EXPOSE(detailed_ip_type, purpose_args)

static int detailed_ipv4_type(struct call *c, const struct purpose_args *a)
{
    return give_purpose(c, a, true, false);
}
EXPOSE(detailed_ipv4_type, purpose_args)

static int detailed_ipv6_type(struct call *c, const struct purpose_args *a)
{
    return give_purpose(c, a, false, true);
}
EXPOSE(detailed_ipv6_type, purpose_args)

static int same(struct str first, struct str second, bool references)
{
    struct addr a, b;
    enum ip_form x = ip_read(first, &a), y = ip_read(second, &b);

    if (x == IP_NONE || y == IP_NONE || (x == IP_V4) != (y == IP_V4))
        return SCRIPT_FALSE;
    if (!references && (x == IP_V6_REFERENCE || y == IP_V6_REFERENCE))
        return SCRIPT_FALSE;
    return truth(addr_ip_eq(&a, &b));
}

static int compare_ips(struct call *c, const struct two_ips_args *a)
{
    (void)c;
    return same(a->first, a->second, true);
}
EXPOSE(compare_ips, two_ips_args)

static int compare_pure_ips(struct call *c, const struct two_ips_args *a)
{
    (void)c;
    return same(a->first, a->second, false);
}
EXPOSE(compare_pure_ips, two_ips_args)

static int is_ip_rfc1918(struct call *c, const struct ip_args *a)
{
    struct addr ip;

    (void)c;
    return truth(ip_read(a->ip, &ip) == IP_V4 && ip_is_rfc1918(&ip));
}
EXPOSE(is_ip_rfc1918, ip_args)

static int is_in_subnet(struct call *c, const struct two_ips_args *a)
{
    struct addr ip;
    enum ip_form form = ip_read(a->first, &ip);

    (void)c;
    return truth((form == IP_V4 || form == IP_V6) && ip_in_ranges(&ip, a->second));
}
EXPOSE(is_in_subnet, two_ips_args)

static int dns_set_local_ttl(struct call *c, const struct ttl_args *a)
{
    (void)c;
    (void)a;
    return SCRIPT_TRUE;
}
EXPOSE(dns_set_local_ttl, ttl_args)
EXPOSE(dns_match_ip, match_args)
EXPOSE(dns_query, lookup_args)
EXPOSE(srv_query, lookup_args)
EXPOSE(naptr_query, lookup_args)
EXPOSE(ptr_query, lookup_args)

static err_t prepare_purpose(struct load *l, void *args)
{
    const struct purpose_args *a = args;

    if (!a->result || var_is_writable(a->result))
        return ERR_OK;
    load_fault(l, "result", "expected a variable that can be set");
    return ERR_TYPE;
}

static const struct field ip_args_fields[] = {
    FIELD(ip_args, ip, "The address."),
    { 0 },
};
static const struct field two_ips_args_fields[] = {
    FIELD(two_ips_args, first, "The address."),
    FIELD(two_ips_args, second, "The other."),
    { 0 },
};
static const struct field subnet_args_fields[] = {
    FIELD(two_ips_args, first, "The address."),
    FIELD(two_ips_args, second, "Ranges, separated by commas: \"10.0.0.0/8,192.0.2.1\"."),
    { 0 },
};
static const struct field purpose_args_fields[] = {
    FIELD(purpose_args, ip, "The address."),
    FIELD(purpose_args, result, "Variable that gets what it is for: PUBLIC, PRIVATE, LOOPBACK …."),
    { 0 },
};
static const struct field match_args_fields[] = {
    FIELD(match_args, host, "The host name."),
    FIELD(match_args, ip, "The address that it should have."),
    { 0 },
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, name, "The name to ask for."),
    FIELD(lookup_args, id, "Under which name the answer is kept."),
    { 0 },
};
static const struct field ttl_args_fields[] = {
    FIELD(ttl_args, seconds, "The time.", .min = 0, .max = INT32_MAX),
    { 0 },
};
static const struct outcome match_outcomes[] = {
    { 1, "it has that address" },
    { -1, "it has others" },
    { -3, "the address is malformed" },
    { -4, "there is no such host" },
    { 0 },
};
static const struct outcome lookup_outcomes[] = {
    { 1, "there is an answer" },
    { -4, "there is none" },
    { 0 },
};
#define LOOKUP .suspends = true, .returns = lookup_outcomes
#define MATCH  .suspends = true, .returns = match_outcomes
static const struct func funcs[] = {
    FUNC(is_ip, ip_args, "Whether a text is an IPv4 or IPv6 address, in brackets or not."),
    FUNC(is_pure_ip, ip_args, "Whether a text is an IPv4 or IPv6 address without brackets."),
    FUNC(is_ipv4, ip_args, "Whether a text is an IPv4 address."),
    FUNC(is_ipv6, ip_args, "Whether a text is an IPv6 address without brackets."),
    FUNC(is_ipv6_reference, ip_args, "Whether a text is an IPv6 address in brackets."),
    FUNC(ip_type, ip_args, "The kind of an address.",
         .returns =
             (const struct outcome[]){
                 { 1, "IPv4" }, { 2, "IPv6" }, { 3, "IPv6 in brackets" }, { -1, "none" }, { 0 } }),
    FUNC(detailed_ip_type, purpose_args, "Tells what an address is for.",
         .prepare = prepare_purpose),
    FUNC(detailed_ipv4_type, purpose_args, "Tells what an IPv4 address is for.",
         .prepare = prepare_purpose),
    FUNC(detailed_ipv6_type, purpose_args, "Tells what an IPv6 address is for.",
         .prepare = prepare_purpose),
    FUNC(compare_ips, two_ips_args, "Whether two addresses are the same, brackets aside."),
    FUNC(compare_pure_ips, two_ips_args, "Whether two addresses without brackets are the same."),
    FUNC(is_ip_rfc1918, ip_args, "Whether an IPv4 address is a private one (RFC 1918)."),
    { .name = "is_in_subnet",
      .run = is_in_subnet_with_two_ips_args,
      .args = subnet_args_fields,
      .args_size = sizeof(struct two_ips_args),
      .doc = "Whether an address is in one of some ranges." },
    FUNC_NAMED("dns_sys_match_ip", dns_match_ip, match_args, "Whether a host has an address.",
               MATCH, .differs = "asks our own resolver, which reads /etc/hosts too"),
    FUNC_NAMED("dns_int_match_ip", dns_match_ip, match_args, "Whether a host has an address.",
               MATCH, .differs = "/etc/hosts counts, and all addresses do"),
    FUNC(dns_query, lookup_args, "Asks for the addresses of a host; $dns(id=>…) has them.", LOOKUP),
    FUNC(srv_query, lookup_args, "Asks for services; $srvquery(id=>…) has them.", LOOKUP,
         .differs = "records of the same priority come in the order of their weights"),
    FUNC(naptr_query, lookup_args, "Asks for NAPTR records; $naptrquery(id=>…) has them.", LOOKUP),
    FUNC(ptr_query, lookup_args, "Asks for the name of an address; $ptrquery(id=>hostname) has it.",
         LOOKUP),
    FUNC(dns_set_local_ttl, ttl_args, "Accepted, without effect.",
         .differs = "answers are kept as long as the name servers allow"),
    { 0 },
};

static err_t start(const void *conf)
{
    (void)conf;
    ipops_self.answers_slot = call_slot_new();
    return ERR_OK;
}

const struct module module_ipops = {
    .abi = MODULE_ABI,
    .name = "ipops",
    .doc = "IP addresses and names in scripts.",
    .slot = &ipops_self.slot,
    .funcs = funcs,
    .vars = ipops_vars,
    .start = start,
};
