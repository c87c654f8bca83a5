/* SPDX-License-Identifier: BSD-2-Clause */
/* uac_redirect: follows redirections (3xx) on behalf of the caller (RFC 3261 8.1.3.4, 16.7). */
#include "base/log.h"
#include "modules/acc/acc.h"
#include "modules/uac_redirect/filter.h"
#include "txn/txn.h"
#include <stdlib.h>

#define AREA "uac_redirect"

enum flags_mode { FLAGS_IGNORED, FLAGS_INSTEAD, FLAGS_MERGED };

struct redirect_conf {
    struct str deny_filter, accept_filter;
    int default_filter; /* an enum filter_kind */
    struct str acc_function, acc_db_table;
    int64_t bflags, flags_hdr_mode, q_value;
    const struct regex *defaults[FILTER_KINDS]; /* by check */
    unsigned accounting;                        /* ACC_TO_* */
};
struct filter_args {
    struct str filter;
    int reset;
    const struct regex *compiled; /* by prepare */
};
struct redirects_args {
    struct str max, reason;
};

static struct {
    struct module_slot slot;
    unsigned call_slot;
} self;

extern const struct module module_uac_redirect;

/* ---- filters ---- */

static void free_regex(void *re)
{
    regex_free(re);
}

static err_t compile(struct arena *arena, struct str pattern, const struct regex **out,
                     struct buf *why)
{
    struct regex *re;
    err_t e = regex_compile(pattern, REGEX_ICASE, &re, why);

    if (e)
        return e;
    arena_defer(arena, free_regex, re);
    *out = re;
    return ERR_OK;
}

static err_t compile_at_load(struct load *l, const char *subject, struct str pattern,
                             const struct regex **out)
{
    struct buf why;
    err_t e = ERR_OK;

    if (!pattern.n)
        return ERR_OK;
    buf_init(&why, MEM_OTHER);
    e = compile(load_arena(l), pattern, out, &why);
    if (e)
        load_fault(l, subject, STR_FMT, STR_ARG(buf_str(&why)));
    buf_free(&why);
    return e;
}

static int set_filter(struct call *c, const struct filter_args *a, enum filter_kind kind)
{
    struct filters *f = c->module_data[self.call_slot];
    const struct regex *re = a->compiled;
    struct buf why;
    err_t e = ERR_OK;

    if (!f)
        f = c->module_data[self.call_slot] = ARENA_NEW(c->arena, struct filters);
    filters_reset(f, kind, (enum filter_reset)a->reset);
    if (!a->filter.n)
        return SCRIPT_TRUE;
    buf_init(&why, MEM_OTHER);
    if (!re)
        e = compile(c->arena, a->filter, &re, &why);
    if (e == ERR_OK)
        e = filters_add(f, kind, re);
    if (e)
        log_warn(AREA, "a filter was not added: %s " STR_FMT, err_text(e), STR_ARG(buf_str(&why)));
    buf_free(&why);
    c->error = e;
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static int set_deny_filter(struct call *c, const struct filter_args *a)
{
    return set_filter(c, a, FILTER_DENY);
}
EXPOSE(set_deny_filter, filter_args)

static int set_accept_filter(struct call *c, const struct filter_args *a)
{
    return set_filter(c, a, FILTER_ACCEPT);
}
EXPOSE(set_accept_filter, filter_args)

/* ---- contacts ---- */

struct contact {
    struct str uri;
    int q;
    uint32_t flags;
    size_t order;
};

struct collecting {
    struct call *call; /* the failure route's */
    const struct redirect_conf *conf;
    const struct filters *filters;
    struct contact found[MSG_VALUES_MAX]; /* of one reply */
    size_t n;
};

static uint32_t flags_of(const struct redirect_conf *conf, const struct address *a)
{
    uint32_t given, own = (uint32_t)conf->bflags;

    if (conf->flags_hdr_mode == FLAGS_IGNORED || str_to_u32(address_param(a, STR("flags")), &given))
        return own;
    return conf->flags_hdr_mode == FLAGS_MERGED ? own | given : given;
}

/* Over a reply. */
static void collect(struct call *c, void *arg)
{
    struct collecting *k = arg;
    const struct address *list;
    size_t n;

    if (msg_addresses(c->msg, HEADER_CONTACT, &list, &n))
        return;
    for (size_t i = 0; i < n && k->n < MSG_VALUES_MAX; i++) {
        struct contact *to = &k->found[k->n];

        if (list[i].star || !filters_pass(k->filters, k->conf->defaults,
                                          k->conf->default_filter == FILTER_DENY, list[i].uri_text))
            continue;
        if (!list[i].q.p || q_parse(list[i].q, &to->q))
            to->q = (int)k->conf->q_value;
        to->uri = arena_dup(k->call->arena, list[i].uri_text);
        to->flags = flags_of(k->conf, &list[i]);
        to->order = i;
        k->n++;
    }
}

static int best_first(const void *a, const void *b)
{
    const struct contact *x = a, *y = b;

    if (x->q != y->q)
        return y->q - x->q;
    return x->order < y->order ? -1 : 1;
}

/* A record as if the request went to the contact. */
static void account(struct call *c, const struct redirect_conf *conf, struct str uri,
                    struct str reason)
{
    struct str own = c->targets[0].uri;

    c->targets[0].uri = uri;
    c->cached_uri = NULL;
    acc_account(c, reason, conf->accounting, conf->acc_db_table);
    c->targets[0].uri = own;
    c->cached_uri = NULL;
}

static size_t follow(struct collecting *k, size_t most, struct str reason)
{
    size_t added = 0;

    qsort(k->found, k->n, sizeof *k->found, best_first);
    for (size_t i = 0; i < k->n && added < most; i++) {
        struct target t = { .uri = k->found[i].uri,
                            .q = k->found[i].q,
                            .flags = k->found[i].flags };
        err_t e = call_add_target(k->call, &t);

        if (e) {
            log_warn(AREA, "cannot follow to <" STR_FMT ">: %s", STR_ARG(t.uri), err_text(e));
            continue;
        }
        if (reason.n && k->conf->accounting)
            account(k->call, k->conf, t.uri, reason);
        added++;
    }
    return added;
}

static int get_redirects(struct call *c, const struct redirects_args *a)
{
    struct redirect_limits limits;
    struct collecting *k;
    struct txn *t = c->txn;
    size_t added = 0;

    if (!t || redirect_limits_parse(a->max, &limits))
        return -2;
    k = ARENA_NEW(c->arena, struct collecting);
    k->call = c;
    k->conf = call_conf(c, &module_uac_redirect);
    k->filters = c->module_data[self.call_slot];
    for (uint16_t i = t->first_leg; i < t->n_branches && added < limits.total; i++) {
        size_t left = limits.total - added;

        if (t->branches[i]->status < 300 || t->branches[i]->status > 399)
            continue;
        k->n = 0;
        txn_with_reply(t, i, collect, k);
        added += follow(k, left < limits.per_branch ? left : limits.per_branch, a->reason);
    }
    return added ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(get_redirects, redirects_args)

/* ---- tables ---- */

static err_t prepare_filter(struct load *l, void *args)
{
    struct filter_args *a = args;

    return compile_at_load(l, "filter", a->filter, &a->compiled);
}

static err_t prepare_redirects(struct load *l, void *args)
{
    const struct redirects_args *a = args;
    struct redirect_limits limits;

    if (!a->max.n || redirect_limits_parse(a->max, &limits) == ERR_OK)
        return ERR_OK;
    load_fault(l, "max", "is \"total\" or \"total:per_branch\", each a number or *");
    return ERR_SYNTAX;
}

static const char *const resets[] = { "", "reset_all", "reset_default", "reset_added", NULL };
static const char *const filter_names[] = { "deny", "accept", NULL };

static const struct field filter_args_fields[] = {
    FIELD(filter_args, filter, "Regular expression, for letters of either case.", .literal = true),
    FIELD(filter_args, reset, "Which earlier filters of this kind count no longer.",
          .choices = resets),
    { 0 },
};
static const struct field redirects_args_fields[] = {
    FIELD(redirects_args, max,
          "How many contacts to take, \"total\" or \"total:per_branch\"; * is no limit.",
          .literal = true),
    FIELD(redirects_args, reason, "Reason of the accounting records; without it there are none.",
          .def = ""),
    { 0 },
};
static const struct outcome set_outcomes[] = { { 1, "done" },
                                               { -1, "there are six already" },
                                               { 0 } };
static const struct func funcs[] = {
    FUNC(set_deny_filter, filter_args, "Adds a filter of contacts not to follow, for this message.",
         .routes = ROUTE_FAILURE, .returns = set_outcomes, .prepare = prepare_filter),
    FUNC(set_accept_filter, filter_args, "Adds a filter of contacts to follow, for this message.",
         .routes = ROUTE_FAILURE, .returns = set_outcomes, .prepare = prepare_filter),
    FUNC(get_redirects, redirects_args,
         "Makes branches of the contacts of redirections, best q first.", .routes = ROUTE_FAILURE,
         .prepare = prepare_redirects,
         .returns = (const struct outcome[]){ { 1, "there are contacts to follow" },
                                              { -1, "there is none" },
                                              { -2, "there is no transaction" },
                                              { 0 } },
         .differs = "branches are in the order of q, best first"),
    { 0 },
};
static const struct field params[] = {
    FIELD(redirect_conf, deny_filter, "Contacts not to follow, where the default is to accept.",
          .optional = true),
    FIELD(redirect_conf, accept_filter, "Contacts to follow, where the default is to deny.",
          .optional = true),
    FIELD(redirect_conf, default_filter, "What happens to contacts that no filter matches.",
          .def = "accept", .choices = filter_names),
    FIELD(redirect_conf, acc_function,
          "How redirections are accounted: acc_log_request, acc_db_request, acc_request, or \"\".",
          .def = "acc_log_request"),
    FIELD(redirect_conf, acc_db_table, "Table for these records.", .def = "acc"),
    FIELD(redirect_conf, bflags, "Branch flags of branches made from contacts.", .def = "0",
          .min = 0, .max = UINT32_MAX),
    FIELD(redirect_conf, flags_hdr_mode,
          "The Contact's parameter `flags`: 0 ignored, 1 instead of bflags, 2 merged with them.",
          .def = "0", .max = 2),
    FIELD(redirect_conf, q_value, "q in thousandths of contacts without one.", .def = "10",
          .min = 0, .max = 1000),
    { 0 },
};

static unsigned backends_of(struct str function)
{
    if (str_eq(function, STR("acc_log_request")))
        return ACC_TO_LOG;
    if (str_eq(function, STR("acc_db_request")))
        return ACC_TO_DB;
    return str_eq(function, STR("acc_request")) ? ACC_TO_LOG | ACC_TO_DB : 0;
}

static err_t check(struct load *l, void *conf)
{
    struct redirect_conf *c = conf;
    err_t e = compile_at_load(l, "deny_filter", c->deny_filter, &c->defaults[FILTER_DENY]);

    if (e == ERR_OK)
        e = compile_at_load(l, "accept_filter", c->accept_filter, &c->defaults[FILTER_ACCEPT]);
    c->accounting = backends_of(c->acc_function);
    if (c->acc_function.n && !c->accounting) {
        load_fault(l, "acc_function", "is acc_log_request, acc_db_request, acc_request or \"\"");
        return ERR_SYNTAX;
    }
    if (!load_has_module(l, "acc"))
        c->accounting = 0;
    return e;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    return ERR_OK;
}

const struct module module_uac_redirect = {
    .abi = MODULE_ABI,
    .name = "uac_redirect",
    .doc = "Follows redirections (3xx) on behalf of the caller.",
    .needs = (const char *const[]){ "tm", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct redirect_conf),
    .params = params,
    .funcs = funcs,
    .check = check,
    .start = start,
};
