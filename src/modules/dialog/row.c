/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/dialog/row.h"
#include "base/clock.h"
#include "control/json.h"
#include "core/local.h"
#include <jansson.h>

const struct field dialog_row_fields[DIALOG_COLUMNS + 1] = {
    FIELD(dialog_row, entry, "h_entry."),
    FIELD(dialog_row, id, "h_id."),
    FIELD(dialog_row, call_id, "Call-ID."),
    FIELD(dialog_row, from_uri, "URI of From."),
    FIELD(dialog_row, from_tag, "From tag."),
    FIELD(dialog_row, to_uri, "URI of To."),
    FIELD(dialog_row, to_tag, "To tag."),
    FIELD(dialog_row, from_cseq, "The caller's last CSeq."),
    FIELD(dialog_row, to_cseq, "The callee's last CSeq."),
    FIELD(dialog_row, from_routes, "Route set towards the caller."),
    FIELD(dialog_row, to_routes, "Route set towards the callee."),
    FIELD(dialog_row, from_contact, "The caller's contact."),
    FIELD(dialog_row, to_contact, "The callee's contact."),
    FIELD(dialog_row, from_socket, "Listener towards the caller."),
    FIELD(dialog_row, to_socket, "Listener towards the callee."),
    FIELD(dialog_row, state, "State."),
    FIELD(dialog_row, start_time, "Time of the answer, in seconds since 1970."),
    FIELD(dialog_row, timeout, "When it expires, likewise."),
    FIELD(dialog_row, flags, "Flags of scripts."),
    FIELD(dialog_row, iflags, "Properties."),
    FIELD(dialog_row, timeout_route, "Route to run when it expires."),
    FIELD(dialog_row, request_uri, "Request-URI of the INVITE."),
    FIELD(dialog_row, extra, "Profiles and lifetime, as JSON."),
    { 0 },
};

size_t dialog_row_pairs(const struct dialog_row *row, const struct dialog_conf *conf,
                        struct db_pair out[static DIALOG_COLUMNS])
{
    for (size_t i = 0; i < DIALOG_COLUMNS; i++) {
        const struct field *f = &dialog_row_fields[i];
        const char *at = (const char *)row + f->at;

        out[i] = (struct db_pair){ .column = conf->columns[i] };
        if (f->type == FIELD_INT)
            out[i].value = DB_OF_INT(*(const int64_t *)(const void *)at);
        else
            out[i].value = DB_OF_STR(*(const struct str *)(const void *)at);
        if (out[i].value.type == DB_STR && !out[i].value.s.p)
            out[i].value.s = STR("");
    }
    return DIALOG_COLUMNS;
}

void dialog_row_read(const struct db_value *values, struct arena *a, struct dialog_row *out)
{
    *out = (struct dialog_row){ 0 };
    for (size_t i = 0; i < DIALOG_COLUMNS; i++) {
        const struct field *f = &dialog_row_fields[i];
        char *at = (char *)out + f->at;

        if (f->type == FIELD_INT)
            *(int64_t *)(void *)at = db_number(&values[i]);
        else
            *(struct str *)(void *)at = db_text(&values[i], a);
    }
}

/* ---- to a row ---- */

static struct str extra_of(const struct dialog *d, struct arena *a)
{
    const char *between = "";
    struct buf b;

    buf_init(&b, MEM_DIALOG);
    buf_addz(&b, "{\"profiles\":[");
    for (const struct dialog_member *m = d->members; m; m = m->next, between = ",") {
        buf_fmt(&b, "%s{\"name\":", between);
        json_write_str(&b, m->profile->name);
        if (m->profile->with_value) {
            buf_addz(&b, ",\"value\":");
            json_write_str(&b, m->value);
        }
        buf_char(&b, '}');
    }
    buf_fmt(&b, "],\"lifetime\":%d}", d->lifetime_s);
    struct str out = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return out;
}

static struct str socket_of(const struct dialog_leg *leg)
{
    return leg->socket ? leg->socket->text : STR("");
}

void dialog_row_of(const struct dialog *d, struct arena *a, struct dialog_row *out)
{
    const struct dialog_leg *caller = &d->leg[DIALOG_CALLER], *callee = &d->leg[DIALOG_CALLEE];

    *out = (struct dialog_row){
        .entry = d->entry,
        .id = d->id,
        .call_id = d->call_id,
        .from_uri = d->uri[DIALOG_CALLER],
        .from_tag = caller->tag,
        .to_uri = d->uri[DIALOG_CALLEE],
        .to_tag = callee->tag,
        .from_cseq = arena_fmt(a, "%u", caller->cseq),
        .to_cseq = arena_fmt(a, "%u", callee->cseq),
        .from_routes = caller->routes,
        .to_routes = callee->routes,
        .from_contact = caller->contact,
        .to_contact = callee->contact,
        .from_socket = socket_of(caller),
        .to_socket = socket_of(callee),
        .state = d->state,
        .start_time = d->started_us / 1000000,
        .timeout = dialog_due_unix(d),
        .flags = d->flags,
        .iflags = d->iflags,
        .timeout_route = d->timeout_route,
        .request_uri = d->request_uri,
        .extra = extra_of(d, a),
    };
}

/* ---- from a row ---- */

/* NULL: an address that is not here (any more). */
static struct listener *socket_named(struct str text)
{
    struct local_name n;

    if (!text.n || local_name_parse(text, &n) != ERR_OK)
        return NULL;
    return local_listener(n.proto, n.host, n.port);
}

static void read_leg(struct dialog_leg *leg, struct str contact, struct str routes, struct str cseq,
                     struct str socket)
{
    dialog_text_set(&leg->contact, contact);
    dialog_text_set(&leg->routes, routes);
    if (str_to_u32(cseq, &leg->cseq) != ERR_OK)
        leg->cseq = 0;
    leg->socket = socket_named(socket);
}

struct dialog *dialog_of_row(const struct dialog_row *row)
{
    int64_t left = row->timeout - clock_unix();
    struct dialog *d;

    if (!row->call_id.n || !row->from_tag.n ||
        (row->state != DIALOG_ANSWERED && row->state != DIALOG_CONFIRMED))
        return NULL;
    d = dialog_new(row->call_id, row->from_tag, row->from_uri, row->to_uri, row->request_uri);
    d->entry = (uint32_t)row->entry;
    d->id = (uint32_t)row->id;
    dialog_text_set(&d->leg[DIALOG_CALLEE].tag, row->to_tag);
    read_leg(&d->leg[DIALOG_CALLER], row->from_contact, row->from_routes, row->from_cseq,
             row->from_socket);
    read_leg(&d->leg[DIALOG_CALLEE], row->to_contact, row->to_routes, row->to_cseq, row->to_socket);
    d->state = (uint8_t)row->state;
    d->started_us = d->created_us = row->start_time * 1000000;
    d->flags = (uint32_t)row->flags;
    d->iflags = (uint32_t)row->iflags;
    dialog_text_set(&d->timeout_route, row->timeout_route);
    if (left < 0)
        left = 0;
    d->lifetime_s = left > INT32_MAX ? INT32_MAX : (int32_t)left;
    d->due_ms = worker_now() + left * 1000;
    d->attached = true;
    return d;
}

static void join_one(struct dialog *d, const json_t *item)
{
    const char *name = json_string_value(json_object_get(item, "name"));
    const char *value = json_string_value(json_object_get(item, "value"));
    const struct profile *p =
        name ? profile_find(&dialog_conf_now()->profiles, str_of(name)) : NULL;

    if (p)
        profile_add(p, d, value ? str_of(value) : STR(""));
}

void dialog_row_join(struct dialog *d, const struct dialog_row *row)
{
    json_t *root = row->extra.n ? json_loadb(row->extra.p, row->extra.n, 0, NULL) : NULL;
    const json_t *list = json_object_get(root, "profiles");
    json_int_t lifetime = json_integer_value(json_object_get(root, "lifetime"));

    for (size_t i = json_array_size(list); i-- > 0;)
        join_one(d, json_array_get(list, i));
    if (lifetime > 0 && lifetime <= INT32_MAX)
        d->lifetime_s = (int32_t)lifetime;
    json_decref(root);
}
