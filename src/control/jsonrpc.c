/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON-RPC 2.0 requests: reading them, running them, writing the answers. */
#include "control/json.h"
#include <jansson.h>

enum { NOT_JSON = -32700, NOT_A_REQUEST = -32600, DEPTH_MAX = 32 };

struct run {
    unsigned flags;
    struct arena *arena;
    struct buf *out;
    struct jsonrpc_reply *reply;
};

/* What a request's parameter is to a method. JSON values inside a parameter go as their text. */
static struct value value_of(json_t *j, struct arena *a)
{
    struct str text;
    char *dumped;

    switch (json_typeof(j)) {
    case JSON_NULL: return VALUE_NONE;
    case JSON_TRUE: return VALUE_OF_INT(1);
    case JSON_FALSE: return VALUE_OF_INT(0);
    case JSON_INTEGER: return VALUE_OF_INT(json_integer_value(j));
    case JSON_STRING:
        text = (struct str){ json_string_value(j), json_string_length(j) };
        return VALUE_OF_STR(arena_dup(a, text));
    case JSON_REAL: return VALUE_OF_STR(arena_fmt(a, "%.10g", json_real_value(j)));
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    dumped = json_dumps(j, JSON_COMPACT);
    text = arena_dup(a, str_of(dumped ? dumped : ""));
    free(dumped);
    return VALUE_OF_STR(text);
}

/* Writes the frame of an answer up to its result or error. */
static void begin(struct run *r)
{
    buf_addz(r->out, r->flags & JSONRPC_PRETTY ? "{\n\t\"jsonrpc\":\t\"2.0\",\n\t"
                                               : "{\"jsonrpc\":\"2.0\",");
}

static void name(struct run *r, const char *quoted)
{
    buf_addz(r->out, quoted);
    buf_addz(r->out, r->flags & JSONRPC_PRETTY ? ":\t" : ":");
}

static void end(struct run *r, json_t *id)
{
    bool pretty = r->flags & JSONRPC_PRETTY;

    if (id && (json_is_integer(id) || json_is_string(id) || json_is_null(id) || json_is_real(id))) {
        struct value v = value_of(id, r->arena);

        buf_addz(r->out, pretty ? ",\n\t" : ",");
        name(r, "\"id\"");
        if (json_is_string(id))
            json_write_str(r->out, v.s);
        else if (json_is_null(id))
            buf_addz(r->out, "null");
        else
            buf_add(r->out, value_text(&v, r->arena));
    }
    buf_addz(r->out, pretty ? "\n}\n" : "}");
}

static void fail(struct run *r, int code, struct str message, struct str hint, json_t *id)
{
    bool pretty = r->flags & JSONRPC_PRETTY;

    begin(r);
    name(r, "\"error\"");
    buf_addz(r->out, pretty ? "{\n\t\t" : "{");
    name(r, "\"code\"");
    buf_int(r->out, code);
    buf_addz(r->out, pretty ? ",\n\t\t" : ",");
    name(r, "\"message\"");
    json_write_str(r->out, message);
    if (hint.n) {
        buf_addz(r->out, pretty ? ",\n\t\t" : ",");
        name(r, "\"data\"");
        json_write_str(r->out, hint);
    }
    buf_addz(r->out, pretty ? "\n\t}" : "}");
    end(r, id);
    r->reply->code = code > 0 ? code : 400;
    r->reply->reason = arena_dup(r->arena, message);
}

static void answer(struct run *r, const struct rpc_answer *a, json_t *id)
{
    if (a->unknown && !(r->flags & JSONRPC_HINTS)) {
        fail(r, 500, STR("Method Not Found"), a->error, id);
        return;
    }
    if (a->code >= 300) {
        fail(r, a->code, a->error, STR_NONE, id);
        return;
    }
    begin(r);
    name(r, "\"result\"");
    json_write_answer(r->out, a, r->flags & JSONRPC_PRETTY, 1);
    end(r, id);
}

/* Whether the method knows all these names. */
static bool knows_all(struct str method, const struct str *names, size_t n)
{
    const struct rpc_method *m = rpc_find(method);

    for (size_t i = 0; i < n; i++)
        if (!m || !field_find(m->args, names[i]))
            return false;
    return true;
}

/* Positional or named parameters; false when there are too many. The packaged server ignores names
 * and goes by the order, so where clients may rely on that, names unknown to the method count for
 * nothing. */
static bool params(json_t *j, unsigned flags, struct arena *a, struct rpc_request *q)
{
    size_t n = json_is_array(j) ? json_array_size(j) : json_is_object(j) ? json_object_size(j) : 0;
    struct value *args = ARENA_ARRAY(a, struct value, n + 1);
    struct str *names = ARENA_ARRAY(a, struct str, n + 1);
    const char *key;
    json_t *item;

    if (n > JSONRPC_ARGS_MAX)
        return false;
    if (json_is_array(j))
        for (size_t i = 0; i < n; i++)
            args[i] = value_of(json_array_get(j, i), a);
    else if (json_is_object(j)) {
        size_t i = 0;

        json_object_foreach(j, key, item)
        {
            names[i] = arena_dup(a, str_of(key));
            args[i++] = value_of(item, a);
        }
        if (flags & JSONRPC_HINTS || knows_all(q->method, names, n))
            q->names = names;
    }
    q->args = args;
    q->n_args = n;
    return true;
}

static void run_one(struct run *r, json_t *j)
{
    json_t *id = json_object_get(j, "id"), *method = json_object_get(j, "method");
    struct rpc_request q = { 0 };
    struct rpc_answer a;

    if (!json_is_object(j) || !json_is_string(method)) {
        fail(r, NOT_A_REQUEST, STR("Invalid Request"), STR_NONE, id);
        return;
    }
    q.method =
        arena_dup(r->arena, (struct str){ json_string_value(method), json_string_length(method) });
    if (!params(json_object_get(j, "params"), r->flags, r->arena, &q)) {
        fail(r, 400, STR("Too many parameters"), STR_NONE, id);
        return;
    }
    rpc_execute(&q, r->arena, &a);
    answer(r, &a, id);
}

bool jsonrpc_too_deep(struct str text)
{
    int depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < text.n && depth <= DEPTH_MAX; i++) {
        char c = text.p[i];

        if (c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return depth > DEPTH_MAX;
}

void jsonrpc_run(struct str text, unsigned flags, struct arena *a, struct buf *out,
                 struct jsonrpc_reply *reply)
{
    struct run r = { flags, a, out, reply };
    json_error_t error;
    json_t *j = text.n > JSONRPC_TEXT_MAX || jsonrpc_too_deep(text)
                    ? NULL
                    : json_loadb(text.p, text.n, 0, &error);

    *reply = (struct jsonrpc_reply){ 200, STR("OK") };
    if (!j) {
        fail(&r, NOT_JSON, STR("Parse error"), STR_NONE, NULL);
        return;
    }
    if (!json_is_array(j) || json_array_size(j) == 0) {
        run_one(&r, j);
    } else {
        buf_char(out, '[');
        for (size_t i = 0; i < json_array_size(j) && i < JSONRPC_ARGS_MAX; i++) {
            if (i)
                buf_char(out, ',');
            run_one(&r, json_array_get(j, i));
        }
        buf_char(out, ']');
    }
    json_decref(j);
}
