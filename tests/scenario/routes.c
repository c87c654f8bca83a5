/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The routes of a scenario: one statement per line, each a word with arguments. They call the
 * transaction floor directly, so that these scenarios test it without a configuration language.
 */
#include "core/send.h"
#include "scenario.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct scenario *now; /* the one that runs */

static struct str word(struct str *rest)
{
    *rest = str_trim(*rest);
    size_t n = str_find(*rest, ' ');
    struct str w = str_cut(*rest, 0, n);

    *rest = str_trim(str_skip(*rest, n));
    return w;
}

static uint32_t number(struct str s)
{
    uint32_t n = 0;

    return str_to_u32(s, &n) == ERR_OK ? n : 0;
}

/* Every statement returns: 1 go on, 0 leave the route. */
typedef int statement_fn(struct call *c, struct str rest);

static int s_relay(struct call *c, struct str rest)
{
    struct relay_plan plan = { .next_hop = rest };
    err_t e = txn_relay(c, &plan);

    if (e && e != ERR_EXISTS)
        buf_fmt(&now->logged, "relay:%s ", err_name(e));
    return 1;
}

static int s_replicate(struct call *c, struct str rest)
{
    err_t e = txn_relay(c, &(struct relay_plan){ .next_hop = rest, .replicate = true });

    return e == ERR_OK;
}

static int s_reply(struct call *c, struct str rest)
{
    unsigned status = number(word(&rest));
    enum txn_match match;

    if (!c->txn && txn_new(c, &match) != ERR_OK)
        return 0;
    err_t e = txn_reply(c, c->txn, status, rest);
    if (e)
        buf_fmt(&now->logged, "reply:%s ", err_name(e));
    return 1;
}

static int s_stateless(struct call *c, struct str rest)
{
    unsigned status = number(word(&rest));

    return send_local_reply(c, status, rest, STR_NONE) == ERR_OK;
}

static int s_newtran(struct call *c, struct str rest)
{
    enum txn_match match;

    (void)rest;
    return txn_new(c, &match) == ERR_OK;
}

static int s_check_trans(struct call *c, struct str rest)
{
    struct txn *t;
    enum txn_match match = txn_match(c, &t);

    (void)rest;
    if (match == TXN_RETRANSMITTED || match == TXN_ACK_NEGATIVE) {
        txn_absorb(c, t, match);
        return 0;
    }
    return 1;
}

static int s_sleep(struct call *c, struct str rest)
{
    (void)c;
    return co_sleep(number(rest)) == ERR_OK;
}

static int s_uri(struct call *c, struct str rest)
{
    return call_set_uri(c, rest) == ERR_OK;
}
static int s_dst(struct call *c, struct str rest)
{
    call_set_dst_uri(c, rest);
    return 1;
}
static int s_fork(struct call *c, struct str rest)
{
    return call_add_target(c, &(struct target){ .uri = rest, .q = -1 }) == ERR_OK;
}

static int s_on_failure(struct call *c, struct str rest)
{
    txn_set_route(c, TXN_ON_FAILURE, rest);
    return 1;
}
static int s_on_reply(struct call *c, struct str rest)
{
    txn_set_route(c, TXN_ON_REPLY, rest);
    return 1;
}
static int s_on_branch(struct call *c, struct str rest)
{
    txn_set_route(c, TXN_ON_BRANCH, rest);
    return 1;
}
static int s_on_branch_failure(struct call *c, struct str rest)
{
    txn_set_route(c, TXN_ON_BRANCH_FAILURE, rest);
    return 1;
}

static int s_drop(struct call *c, struct str rest)
{
    (void)rest;
    c->drop = true;
    return 0;
}
static int s_exit(struct call *c, struct str rest)
{
    (void)c;
    (void)rest;
    return 0;
}
static int s_drop_replies(struct call *c, struct str rest)
{
    txn_drop_replies(c, rest.n ? rest.p[0] : 'a');
    return 1;
}
static int s_header(struct call *c, struct str rest)
{
    edit_append_header(&c->edits, c->msg, rest);
    return 1;
}
static int s_log(struct call *c, struct str rest)
{
    if (str_eq(rest, STR("status")))
        buf_fmt(&now->logged, "%u ", c->msg->request ? c->status : c->msg->status);
    else if (str_eq(rest, STR("canceled")))
        buf_fmt(&now->logged, "canceled:%d ", c->txn && c->txn->txn_flags & TXN_CANCELED);
    else if (str_eq(rest, STR("uri")))
        buf_fmt(&now->logged, STR_FMT " ", STR_ARG(call_uri_text(c)));
    else if (str_eq(rest, STR("branch")))
        buf_fmt(&now->logged, "b%d ", c->branch);
    else
        buf_fmt(&now->logged, STR_FMT " ", STR_ARG(rest));
    return 1;
}
static int s_set_fr(struct call *c, struct str rest)
{
    struct txn_plan *p = txn_plan(c);
    uint32_t inv = number(word(&rest)), fr = number(word(&rest));

    p->fr_inv_ms = inv ? inv : p->fr_inv_ms;
    p->fr_ms = fr ? fr : p->fr_ms;
    if (c->txn)
        txn_update_timers(c->txn, true, false, false);
    return 1;
}
static int s_cancel(struct call *c, struct str rest)
{
    enum txn_cancel which = str_eq(rest, STR("others")) ? TXN_CANCEL_OTHERS
                            : str_eq(rest, STR("this")) ? TXN_CANCEL_THIS
                                                        : TXN_CANCEL_ALL;

    txn_cancel_branches(c->txn, which, c->branch, STR_NONE);
    return 1;
}
static int s_release(struct call *c, struct str rest)
{
    (void)rest;
    if (c->txn)
        txn_release(c, c->txn);
    return 1;
}

static uint32_t parked[2];
static int s_suspend(struct call *c, struct str rest)
{
    (void)rest;
    return txn_suspend(c, &parked[0], &parked[1]) == ERR_OK;
}
static int s_continue(struct call *c, struct str rest)
{
    (void)c;
    return txn_continue(parked[0], parked[1], rest, "tmx:continue") == ERR_OK;
}
static int s_send(struct call *c, struct str rest)
{
    struct str method = word(&rest);
    struct txn_request r = {
        .method = method, .uri = rest, .call_id = STR("local@scenario"), .gen = c->gen
    };

    return txn_send_request(&r) == ERR_OK;
}
static int s_no_6xx(struct call *c, struct str rest)
{
    (void)rest;
    txn_plan(c)->disable_6xx = 1;
    return 1;
}

static const struct {
    const char *name;
    statement_fn *fn;
} statements[] = {
    { "relay", s_relay },
    { "reply", s_reply },
    { "stateless", s_stateless },
    { "newtran", s_newtran },
    { "check_trans", s_check_trans },
    { "sleep", s_sleep },
    { "uri", s_uri },
    { "dst", s_dst },
    { "fork", s_fork },
    { "on_failure", s_on_failure },
    { "on_reply", s_on_reply },
    { "on_branch", s_on_branch },
    { "on_branch_failure", s_on_branch_failure },
    { "drop", s_drop },
    { "exit", s_exit },
    { "drop_replies", s_drop_replies },
    { "header", s_header },
    { "log", s_log },
    { "set_fr", s_set_fr },
    { "cancel", s_cancel },
    { "release", s_release },
    { "suspend", s_suspend },
    { "continue", s_continue },
    { "send", s_send },
    { "replicate", s_replicate },
    { "disable_6xx", s_no_6xx },
};

static bool condition(struct call *c, struct str rest)
{
    char space[16];
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    buf_int(&b, c->msg->request ? c->status : c->msg->status);
    if (rest.n && rest.p[0] >= '0' && rest.p[0] <= '9')
        return str_eq(rest, buf_str(&b));
    if (str_eq(rest, STR("canceled")))
        return c->txn && c->txn->txn_flags & TXN_CANCELED;
    return c->msg->request && str_eq(rest, c->msg->method_name);
}

static int run_line(struct call *c, struct str rest)
{
    struct str first = word(&rest);

    if (str_eq(first, STR("if"))) {
        struct str what = word(&rest);

        return condition(c, what) ? run_line(c, rest) : 1;
    }
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++) {
        if (str_eq(first, str_of(statements[i].name)))
            return statements[i].fn(c, rest);
    }
    fprintf(stderr, "unknown statement " STR_FMT "\n", STR_ARG(first));
    abort();
}

static struct route_text *find_route(enum route kind, const char *name)
{
    struct str want = name ? str_of(name) : STR("");

    for (size_t i = 0; i < now->n_routes; i++) {
        if (now->routes[i].kind == kind && str_eq(now->routes[i].name, want))
            return &now->routes[i];
    }
    return NULL;
}

static bool has_route(const struct generation *gen, enum route kind, const char *name)
{
    (void)gen;
    return find_route(kind, name) != NULL;
}

static int run_route(struct call *c, enum route kind, const char *name)
{
    struct route_text *r = find_route(kind, name);

    for (size_t i = 0; r && i < r->n_lines; i++) {
        if (!run_line(c, r->lines[i]))
            break;
    }
    return SCRIPT_TRUE;
}

void routes_use(struct scenario *s)
{
    now = s;
    call_upcalls.run_route = run_route;
    call_upcalls.has_route = has_route;
}
