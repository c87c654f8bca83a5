/* SPDX-License-Identifier: BSD-2-Clause */
/* save(): RFC 3261, 10.3. All of a REGISTER is done, or nothing. */
#include "modules/registrar/save.h"
#include "base/clock.h"
#include "base/log.h"

/* How a stored contact relates to a wanted one. */
enum relation { OTHER, SAME, RETRANSMITTED, OUTDATED };

static bool same_contact(const struct contact *c, const struct contact_info *w, int64_t mode)
{
    bool call_id = str_eq(contact_text(c, CONTACT_CALL_ID), w->text[CONTACT_CALL_ID]);

    if (w->reg_id > 0 && w->text[CONTACT_INSTANCE].n > 0 && c->reg_id > 0)
        return c->reg_id == w->reg_id &&
               str_eq(contact_text(c, CONTACT_INSTANCE), w->text[CONTACT_INSTANCE]);
    if (mode == 3)
        return call_id;
    if (!str_eq(contact_text(c, CONTACT_URI), w->text[CONTACT_URI]))
        return false;
    if (mode == 1)
        return call_id;
    return mode != 2 || str_eq(contact_text(c, CONTACT_PATH), w->text[CONTACT_PATH]);
}

/* The order of requests within one Call-ID (10.3, item 7). */
static enum relation order_of(const struct contact *c, const struct contact_info *w,
                              int64_t cseq_delay)
{
    if (!str_eq(contact_text(c, CONTACT_CALL_ID), w->text[CONTACT_CALL_ID]) || w->cseq > c->cseq)
        return SAME;
    if (w->cseq == c->cseq && (int64_t)c->modified + cseq_delay > w->modified)
        return RETRANSMITTED;
    return OUTDATED;
}

static struct contact *find_same(struct aor_edit *edit, const struct contact_info *w,
                                 const struct usrloc_settings *set)
{
    for (struct contact *c = aor_first(edit); c; c = c->next) {
        if (same_contact(c, w, set->matching_mode))
            return c;
    }
    return NULL;
}

struct plan {
    struct registration *r;
    struct usrloc_settings set;
    size_t n_new;
};

static err_t check_all(struct aor_edit *edit, struct plan *p)
{
    struct registration *r = p->r;
    int64_t left = 0;

    for (struct contact *c = aor_first(edit); c; c = c->next)
        left += !contact_is_expired(c, r->common.modified);
    for (size_t i = 0; i < r->n; i++) {
        const struct contact_info *w = &r->wanted[i];
        struct contact *old = find_same(edit, w, &p->set);

        if (old && order_of(old, w, p->set.cseq_delay) == OUTDATED)
            return refuse(r, 400, "Bad Request", "CSeq is lower than that of the last REGISTER");
        if (!old && w->expires >= 0)
            p->n_new++;
        if (old && w->expires < 0)
            left--;
    }
    if (r->flags & SAVE_SINGLE)
        left = 0;
    if (p->n_new > 0 && r->max_contacts > 0 && left + (int64_t)p->n_new > r->max_contacts) {
        r->outcome = -2;
        return refuse(r, 503, "Service Unavailable", "Too many contacts are registered");
    }
    return ERR_OK;
}

static void insert(struct aor_edit *edit, struct registration *r, struct contact_info *w)
{
    char space[64];
    struct buf ruid;

    buf_fixed(&ruid, space, sizeof space);
    contact_make_ruid(&ruid);
    w->text[CONTACT_RUID] = buf_str(&ruid);
    aor_insert(edit, contact_new(w));
    w->text[CONTACT_RUID] = STR("");
    r->outcome = REG_INSERTED;
}

static void apply_one(struct aor_edit *edit, struct plan *p, struct contact_info *w)
{
    struct contact *old = find_same(edit, w, &p->set);

    if (!old && w->expires < 0)
        return;
    if (!old) {
        insert(edit, p->r, w);
        return;
    }
    if (order_of(old, w, p->set.cseq_delay) == RETRANSMITTED)
        return;
    if (w->expires < 0) {
        aor_remove(edit, old);
        p->r->outcome = REG_DELETED;
        return;
    }
    w->text[CONTACT_RUID] = contact_text(old, CONTACT_RUID);
    aor_replace(edit, old, contact_new(w));
    p->r->outcome = REG_UPDATED;
}

/* Keeps only what this request names. */
static void remove_others(struct aor_edit *edit, struct plan *p)
{
    for (struct contact *c = aor_first(edit), *next; c; c = next) {
        bool named = false;

        next = c->next;
        for (size_t i = 0; i < p->r->n; i++)
            named |= same_contact(c, &p->r->wanted[i], p->set.matching_mode);
        if (!named)
            aor_remove(edit, c);
    }
}

static err_t remove_all(struct aor_edit *edit, struct plan *p)
{
    struct registration *r = p->r;

    for (struct contact *c = aor_first(edit); c; c = c->next) {
        if (order_of(c, &r->common, p->set.cseq_delay) == OUTDATED)
            return refuse(r, 400, "Bad Request", "CSeq is lower than that of the last REGISTER");
    }
    while (aor_first(edit))
        aor_remove(edit, aor_first(edit));
    r->outcome = REG_DELETED;
    return ERR_OK;
}

static err_t change(struct aor_edit *edit, void *arg)
{
    struct plan *p = arg;
    struct registration *r = p->r;
    err_t e;

    p->n_new = 0;
    if (r->star)
        return remove_all(edit, p);
    e = check_all(edit, p);
    if (e)
        return e;
    if (r->flags & SAVE_SINGLE)
        remove_others(edit, p);
    for (size_t i = 0; i < r->n; i++)
        apply_one(edit, p, &r->wanted[i]);
    aor_list(edit, r->call->arena, &r->now);
    return ERR_OK;
}

static err_t do_register(struct registration *r)
{
    struct plan p = { .r = r, .set = usrloc_settings() };
    err_t e = registration_read(r);

    if (e)
        return e;
    if (r->n == 0) {
        r->outcome = REG_LISTED;
        e = location_get(r->in, r->aor, r->call->arena, &r->now);
        if (e == ERR_NOT_FOUND)
            e = ERR_OK;
    } else {
        r->outcome = REG_INSERTED; /* also for a retransmission */
        e = location_update(r->in, r->aor, change, &p);
    }
    if (e && !r->status)
        refuse(r, 500, "Server Internal Error", "The location service failed");
    return e;
}

int save(struct call *c, const struct save_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct registration r = {
        .call = c,
        .conf = conf,
        .in = location_open(a->domain),
        .flags = (unsigned)number_or(a->flags, 0),
        .outcome = -1,
    };
    const struct address *to = msg_to(c->msg, NULL);
    bool reply = c->msg->request && !(r.flags & SAVE_NO_REPLY);
    err_t e;

    if (!to && a->uri.n == 0)
        e = refuse(&r, 400, "Bad Request", "To is malformed");
    else if (aor_of_uri(c, conf, a->uri.n ? a->uri : to->uri_text, &r.aor, &r.domain))
        e = refuse(&r, 400, "Bad Request", "The address-of-record is malformed");
    else
        e = do_register(&r);
    stat_add(registrar_self.slot.stat_base + (e ? STAT_REJECTED : STAT_ACCEPTED), 1);
    if (e && r.outcome != -2)
        r.outcome = -1;
    if (reply || r.flags & SAVE_PREPARE || c->msg->request)
        answer_prepare(&r);
    contact_list_drop(&r.now);
    if (reply && answer_send(c) < 0)
        return -1;
    return r.outcome;
}
