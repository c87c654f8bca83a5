/* SPDX-License-Identifier: BSD-2-Clause */
/* Choosing the response (RFC 3261 16.7 items 5 to 9). */
#include "txn/internal.h"

/* The lower, the better (16.7 item 6). */
static int64_t rank(const struct txn *t, const struct txn_branch *b)
{
    static const uint16_t informative[] = { 401, 407, 415, 420, 484 };
    int64_t n = b->status;

    if (b->status >= 600)
        n = 1000 + b->status;
    else if (b->status == 503)
        n = 6000;
    else if (b->status >= 400 && b->status < 500)
        n = 4500 + b->status - 400;
    else
        n = (int64_t)(b->status / 100) * 1000 + b->status % 100;
    for (size_t i = 0; i < sizeof informative / sizeof *informative; i++) {
        if (b->status == informative[i])
            n = 4000 + b->status - 400;
    }
    return b->made_here ? n + conf_of(t)->faked_reply_prio : n;
}

bool txn_all_final(const struct txn *t)
{
    for (size_t i = 0; i < t->n_branches; i++) {
        if (t->branches[i]->state <= BRANCH_SUSPENDED)
            return false;
    }
    return true;
}

int txn_best_branch(const struct txn *t)
{
    int best = -1;

    for (int i = 0; i < t->n_branches; i++) {
        const struct txn_branch *b = t->branches[i];

        if (b->state != BRANCH_COMPLETED || b->status < 300)
            continue;
        if (best < 0 || rank(t, b) < rank(t, t->branches[best]))
            best = i;
    }
    return best;
}

/* ---- sending the chosen one ---- */

struct local_answer {
    struct txn *txn;
    unsigned status;
    struct str reason;
};

static void answer_here(struct call *c, void *arg)
{
    struct local_answer *a = arg;
    err_t e = respond_local(c, a->txn, a->status, a->reason);

    if (e)
        log_warn(AREA, "a %u reply could not be made: %s", a->status, err_text(e));
}

void answer_locally(struct txn *t, unsigned status)
{
    static const struct {
        unsigned status;
        struct str reason;
    } words[] = {
        { 477, STR_INIT("Next Hop Unreachable") },
        { 478, STR_INIT("Unresolvable Destination") },
        { 487, STR_INIT("Request Terminated") },
    };
    const struct txn_conf *conf = conf_of(t);
    struct local_answer a = { t, status, status_reason(status) };

    if (status == (unsigned)conf->reply_408_code)
        a.reason = conf->reply_408_reason;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (words[i].status == status)
            a.reason = words[i].reason;
    }
    txn_with_request(t, answer_here, &a);
}

static bool is_challenge(const struct txn_branch *b)
{
    return b->state == BRANCH_COMPLETED && !b->made_here && b->reply.n &&
           (b->status == 401 || b->status == 407);
}

/* The challenges among the headers of a kept reply. */
static void add_challenges(struct str reply, struct buf *out)
{
    struct str rest = reply, line;
    bool taking = false;

    str_split(&rest, '\n');
    while (rest.n && rest.p[0] != '\r' && rest.p[0] != '\n') {
        size_t end = str_find(rest, '\n');

        line = str_cut(rest, 0, end < rest.n ? end + 1 : end);
        rest = str_skip(rest, line.n);
        if (line.p[0] != ' ' && line.p[0] != '\t') {
            enum header_id id = header_id_of(str_trim(str_cut(line, 0, str_find(line, ':'))));

            taking = id == HEADER_WWW_AUTHENTICATE || id == HEADER_PROXY_AUTHENTICATE;
        }
        if (taking)
            buf_add(out, line);
    }
}

/* 16.7 item 7: the chosen challenge carries those of the other branches too. */
static bool aggregate(const struct txn *t, const struct txn_branch *best, struct buf *out)
{
    size_t others = 0;

    for (size_t i = 0; i < t->n_branches; i++)
        others += t->branches[i] != best && is_challenge(t->branches[i]);
    if (!others || !conf_of(t)->aggregate_challenges || !is_challenge(best))
        return false;
    size_t head = str_search(best->reply, STR("\r\n\r\n"));
    if (head >= best->reply.n)
        return false;
    buf_add(out, str_cut(best->reply, 0, head + 2));
    for (size_t i = 0; i < t->n_branches; i++) {
        if (t->branches[i] != best && is_challenge(t->branches[i]))
            add_challenges(t->branches[i]->reply, out);
    }
    buf_add(out, str_skip(best->reply, head + 2));
    return true;
}

static void send_winner(struct call *reply, struct txn *t, struct txn_branch *b)
{
    bool present = reply && reply->branch == b->index;
    struct buf *out;

    if (b->made_here || !b->reply.n) {
        answer_locally(t, b->status);
        return;
    }
    if (b->status == 503 && conf_of(t)->remap_503_500) {
        answer_locally(t, 500);
        return;
    }
    t->to_tag = b->to_tag;
    out = txn_scratch();
    struct str bytes = aggregate(t, b, out) ? buf_str(out) : b->reply;
    txn_notify(t, &(struct txn_note){ .event = TXN_RESPONSE_READY,
                                      .call = present ? reply : NULL,
                                      .reply = present ? reply->msg : NULL,
                                      .status = b->status,
                                      .to_tag = b->to_tag,
                                      .branch = b->index });
    err_t e =
        respond_bytes(present ? reply : NULL, t, b->status, bytes, b, present ? reply->msg : NULL);
    if (e == ERR_OK)
        txn_count(COUNT_RPL_RELAYED, 1);
    own_free(&b->reply); /* the transaction has it now */
}

/* The reason phrase of a reply's bytes. */
static struct str reason_in(struct str bytes)
{
    struct str line = str_cut(bytes, 0, str_find(bytes, '\r'));

    return str_skip(line, sizeof "SIP/2.0 200 " - 1);
}

/* Runs the failure route over the best reply. False: something else goes on, or was answered. */
static bool failed_for_good(struct call *reply, struct txn *t, int *best)
{
    struct txn_branch *b = t->branches[*best];
    bool present = reply && reply->branch == *best;

    txn_notify(t, &(struct txn_note){ .event = TXN_FAILURE,
                                      .call = present ? reply : NULL,
                                      .reply = present ? reply->msg : NULL,
                                      .status = b->status,
                                      .reason = b->made_here ? STR_NONE : reason_in(b->reply),
                                      .to_tag = b->to_tag,
                                      .branch = *best,
                                      .made_here = b->made_here });
    while (t->plan.on_failure.n && *best >= 0) {
        uint16_t before = t->n_branches;

        run_failure_route(t, *best);
        if (t->status >= 200 || t->state == TXN_GONE || !txn_all_final(t))
            return false;
        *best = txn_best_branch(t);
        if (t->n_branches == before)
            break;
    }
    return true;
}

static void settle(struct call *reply, struct txn *t)
{
    int best = txn_best_branch(t);

    if (t->status >= 200)
        return;
    if (t->txn_flags & TXN_LOCAL) {
        if (best >= 0 && conf_of(t)->enable_uac_fr && t->plan.on_failure.n &&
            !failed_for_good(reply, t, &best))
            return;
        local_final(reply, t, best < 0 ? NULL : t->branches[best]);
        return;
    }
    if (best >= 0 && !failed_for_good(reply, t, &best))
        return;
    if (best < 0)
        answer_locally(t, t->txn_flags & TXN_CANCELED ? 487 : 500);
    else
        send_winner(reply, t, t->branches[best]);
}

void txn_conclude(struct call *reply, struct txn *t, struct txn_branch *b)
{
    bool heed_6xx = t->plan.disable_6xx < 0 ? !conf_of(t)->disable_6xx_block : !t->plan.disable_6xx;

    if (b && b->on_branch_failure.n && b->status >= 300)
        run_branch_failure_route(t, b);
    if (b && b->status >= 600 && heed_6xx) {
        struct str line = conf_of(t)->local_cancel_reason
                              ? arena_fmt(&t->arena, "Reason: SIP;cause=%u\r\n", b->status)
                              : STR_NONE;

        txn_cancel_branches(t, TXN_CANCEL_OTHERS, b->index, line);
    }
    if (txn_all_final(t))
        settle(reply, t);
}
