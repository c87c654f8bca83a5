/* SPDX-License-Identifier: BSD-2-Clause */
/* Branches of the request: the first, all, one by its number. */
#include "modules/pv/branch_vars.h"

enum {
    BRANCH_URI,
    BRANCH_DST_URI,
    BRANCH_PATH_KEY,
    BRANCH_Q,
    BRANCH_SOCKET,
    BRANCH_COUNT,
    BRANCH_FLAGS,
    BRANCH_RUID_KEY,
    BRANCH_UA
};
static const struct key_row branch_keys[] = {
    { "uri", BRANCH_URI },       { "dst_uri", BRANCH_DST_URI },
    { "path", BRANCH_PATH_KEY }, { "Q", BRANCH_Q },
    { "q", BRANCH_Q },           { "send_socket", BRANCH_SOCKET },
    { "count", BRANCH_COUNT },   { "flags", BRANCH_FLAGS },
    { "ruid", BRANCH_RUID_KEY }, { "location_ua", BRANCH_UA },
    { "ua", BRANCH_UA },         { 0 },
};

/* "<uri>;q=0.5" of branches from..end, separated by commas. */
static err_t give_branches(struct call *c, size_t from, struct value *out)
{
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    for (size_t i = from; i < call_target_count(c); i++) {
        const struct target *t = call_target(c, i);
        struct str uri = i == 0 && !t->uri.n ? call_uri_text(c) : t->uri;
        buf_fmt(&b, "%s<" STR_FMT ">", b.n ? ", " : "", STR_ARG(uri));
        if (t->q >= 0)
            buf_fmt(&b, ";q=%d.%03d", t->q / 1000, t->q % 1000);
    }
    struct str all = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return give_str(out, all.n ? all : STR_NONE);
}

GETTER(get_first_branch)
{
    (void)at;
    if (call_target_count(c) < 2)
        return give_null(out);
    return give_str(out, call_target(c, 1)->uri);
}

/* Assigning adds a branch. */
SETTER(set_first_branch)
{
    struct target t = { .q = -1 };

    (void)at;
    if (in->type == VALUE_NULL) {
        call_clear_targets(c);
        return ERR_OK;
    }
    if (in->type != VALUE_STR || !in->s.n)
        return ERR_TYPE;
    t.uri = in->s;
    return call_add_target(c, &t);
}

GETTER(get_all_branches)
{
    (void)at;
    return give_branches(c, 1, out);
}

GETTER(get_destination_set)
{
    (void)at;
    if (!pv_is_request(c))
        return give_null(out);
    if (call_target_count(c) < 2 && !c->uri_rewritten)
        return give_null(out);
    return give_branches(c, 0, out);
}

PREPARE(prepare_branch)
{
    return prepare_key(l, at, branch_keys, prepared);
}

static err_t give_branch_key(struct call *c, const struct target *t, int key, struct value *out)
{
    switch (key) {
    case BRANCH_URI: return give_str(out, t->uri.n ? t->uri : STR_NONE);
    case BRANCH_DST_URI: return give_str(out, t->dst_uri.n ? t->dst_uri : STR_NONE);
    case BRANCH_PATH_KEY: return give_str(out, t->path.n ? t->path : STR_NONE);
    case BRANCH_Q: return give_int(out, t->q);
    case BRANCH_SOCKET: return give_str(out, t->socket ? t->socket->text : STR_NONE);
    case BRANCH_FLAGS: return give_int(out, t->flags);
    case BRANCH_RUID_KEY: return give_str(out, t->ruid.n ? t->ruid : STR_NONE);
    case BRANCH_UA: return give_str(out, t->location_ua.n ? t->location_ua : STR_NONE);
    case BRANCH_COUNT: return give_int(out, (int64_t)call_target_count(c) - 1);
    default: return give_null(out);
    }
}

static err_t write_branch_key(struct call *c, struct target *t, int key, const struct value *in)
{
    struct str text = arena_dup(c->arena, value_text(in, c->arena));
    struct listener *socket;

    switch (key) {
    case BRANCH_URI:
        t->uri = text;
        t->flow = t->dst_uri.n ? t->flow : NULL;
        return ERR_OK;
    case BRANCH_DST_URI:
        t->dst_uri = in->type == VALUE_NULL ? STR_NONE : text;
        t->flow = NULL;
        return ERR_OK;
    case BRANCH_PATH_KEY: t->path = text; return ERR_OK;
    case BRANCH_Q: t->q = (int)value_number(in); return ERR_OK;
    case BRANCH_FLAGS: t->flags = (uint32_t)value_number(in); return ERR_OK;
    case BRANCH_RUID_KEY: t->ruid = text; return ERR_OK;
    case BRANCH_UA: t->location_ua = text; return ERR_OK;
    case BRANCH_SOCKET:
        socket = in->type == VALUE_NULL ? NULL : pv_find_socket(text);
        if (in->type != VALUE_NULL && !socket)
            return ERR_NOT_FOUND;
        t->socket = socket;
        return ERR_OK;
    default: return ERR_UNSUPPORTED;
    }
}

/* Numbers count the further branches: 0 is the first that was appended. */
static struct target *numbered(struct call *c, const struct var_ref *at)
{
    int64_t n = (int64_t)call_target_count(c) - 1;
    int64_t i = at->index_kind == VAR_INDEX_NONE ? 0 : var_index(c, at);

    if (i < 0)
        i += n;
    return i >= 0 && i < n ? call_target(c, (size_t)i + 1) : NULL;
}

GETTER(get_branch)
{
    int key = key_id(c, at, branch_keys);
    const struct target *t = numbered(c, at);

    if (key == BRANCH_COUNT)
        return give_int(out, (int64_t)call_target_count(c) - 1);
    return t ? give_branch_key(c, t, key, out) : give_null(out);
}

SETTER(set_branch)
{
    struct target *t = numbered(c, at);

    return t ? write_branch_key(c, t, key_id(c, at, branch_keys), in) : ERR_NOT_FOUND;
}

/* --- the static branch: filled field by field, then made a real one ----------------------------
 */

static struct target *static_branch(struct call *c)
{
    struct target *t = c->module_data[pv_self.branch_slot];

    if (!t) {
        t = ARENA_NEW(c->arena, struct target);
        t->q = -1;
        c->module_data[pv_self.branch_slot] = t;
    }
    return t;
}

GETTER(get_static_branch)
{
    return give_branch_key(c, static_branch(c), key_id(c, at, branch_keys), out);
}

SETTER(set_static_branch)
{
    return write_branch_key(c, static_branch(c), key_id(c, at, branch_keys), in);
}

int sbranch_set_ruri(struct call *c)
{
    const struct target *s = static_branch(c);
    struct target *t = call_target(c, 0);

    if (!s->uri.n || call_set_uri(c, s->uri) != ERR_OK)
        return SCRIPT_FALSE;
    call_set_dst_uri(c, s->dst_uri);
    t->path = s->path;
    t->q = s->q;
    t->socket = s->socket;
    t->flags = s->flags;
    t->ruid = s->ruid;
    t->location_ua = s->location_ua;
    return SCRIPT_TRUE;
}

int sbranch_append(struct call *c)
{
    const struct target *s = static_branch(c);

    return s->uri.n && call_add_target(c, s) == ERR_OK ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int sbranch_reset(struct call *c)
{
    c->module_data[pv_self.branch_slot] = NULL;
    return SCRIPT_TRUE;
}

GETTER(get_branch_text)
{
    const struct target *t = call_target(c, 0);
    struct str text = at->var->tag == BRANCH_RUID          ? t->ruid
                      : at->var->tag == BRANCH_LOCATION_UA ? t->location_ua
                                                           : t->path;
    return give_str(out, text.n ? text : STR_NONE);
}
