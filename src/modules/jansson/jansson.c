/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON in scripts: read, changed, and turned into XAVPs. */
#include "base/log.h"
#include "core/call.h"
#include "modules/jansson/path.h"
#include "script/value.h"
#include <stdlib.h>

static struct {
    struct module_slot slot;
} self;

struct get_args {
    struct str path, json;
    const struct var_ref *result;
};
struct var_get_args {
    struct str path;
    const struct var_ref *json;
    const struct var_ref *result;
};
struct set_args {
    struct str type, path;
    struct str value;
    const struct var_ref *result;
};
struct decode_args {
    struct str json, xavp;
};
struct encode_args {
    struct str xavp;
    const struct var_ref *result;
};

static int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static json_t *read_logged(struct str text)
{
    json_t *root = json_read(text);

    if (!root)
        log_error("jansson", "this is no JSON: " STR_FMT, STR_ARG(text));
    return root;
}

static int get_from(struct call *c, struct str json, struct str path, const struct var_ref *into)
{
    json_t *root = read_logged(json), *found;
    struct value v;
    bool done = false;

    if (!root)
        return SCRIPT_FALSE;
    found = json_at(root, path);
    if (found) {
        v = json_to_value(found, c->arena);
        done = var_set(c, into, &v) == ERR_OK;
    }
    json_decref(root);
    return truth(done);
}

static int jansson_get(struct call *c, const struct get_args *a)
{
    return get_from(c, a->json, a->path, a->result);
}
EXPOSE(jansson_get, get_args)

static int jansson_pv_get(struct call *c, const struct var_get_args *a)
{
    struct value v;

    if (var_get(c, a->json, &v) || v.type != VALUE_STR)
        return SCRIPT_FALSE;
    return get_from(c, v.s, a->path, a->result);
}
EXPOSE(jansson_pv_get, var_get_args)

/* The field's name is a name, whatever is in it; and it comes second. */
static int jansson_get_field(struct call *c, const struct get_args *a)
{
    json_t *root = read_logged(a->json), *found;
    struct str name = arena_dup(c->arena, a->path);
    struct value v;
    bool done = false;

    if (!root)
        return SCRIPT_FALSE;
    found = json_object_get(root, name.p);
    if (found) {
        v = json_to_value(found, c->arena);
        done = var_set(c, a->result, &v) == ERR_OK;
    }
    json_decref(root);
    return truth(done);
}
EXPOSE(jansson_get_field, get_args)

static int jansson_array_size(struct call *c, const struct get_args *a)
{
    json_t *root = read_logged(a->json), *found;
    struct value v;
    bool done = false;

    if (!root)
        return SCRIPT_FALSE;
    found = json_at(root, a->path);
    if (json_is_array(found)) {
        v = VALUE_OF_INT((int64_t)json_array_size(found));
        done = var_set(c, a->result, &v) == ERR_OK;
    }
    json_decref(root);
    return truth(done);
}
EXPOSE(jansson_array_size, get_args)

/* Changing. */

enum json_kind {
    KIND_OBJECT,
    KIND_ARRAY,
    KIND_STRING,
    KIND_INTEGER,
    KIND_REAL,
    KIND_TRUE,
    KIND_FALSE,
    KIND_NULL
};
static const struct {
    struct str name;
    enum json_kind kind;
} kinds[] = {
    { STR_INIT("object"), KIND_OBJECT }, { STR_INIT("obj"), KIND_OBJECT },
    { STR_INIT("array"), KIND_ARRAY },   { STR_INIT("string"), KIND_STRING },
    { STR_INIT("str"), KIND_STRING },    { STR_INIT("integer"), KIND_INTEGER },
    { STR_INIT("int"), KIND_INTEGER },   { STR_INIT("real"), KIND_REAL },
    { STR_INIT("true"), KIND_TRUE },     { STR_INIT("false"), KIND_FALSE },
    { STR_INIT("null"), KIND_NULL },
};

static json_t *read_kind(struct str text, bool object)
{
    json_t *j = json_read(text);

    if (j && json_is_object(j) == object)
        return j;
    json_decref(j);
    return NULL;
}

static json_t *make_real(struct call *c, struct str text)
{
    char *end;
    double d = strtod(arena_dup(c->arena, text).p, &end);

    return text.n && *end == '\0' ? json_real(d) : NULL;
}

static json_t *make(struct call *c, struct str type, struct str text)
{
    int64_t n;

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_ieq(type, kinds[i].name))
            continue;
        switch (kinds[i].kind) {
        case KIND_OBJECT: return read_kind(text, true);
        case KIND_ARRAY: return read_kind(text, false);
        case KIND_STRING: return json_stringn(text.n ? text.p : "", text.n);
        case KIND_INTEGER: return str_to_i64(text, &n) ? NULL : json_integer(n);
        case KIND_REAL: return make_real(c, text);
        case KIND_TRUE: return json_true();
        case KIND_FALSE: return json_false();
        case KIND_NULL: return json_null();
        }
    }
    return NULL;
}

static int change(struct call *c, const struct set_args *a,
                  bool (*fn)(json_t *root, struct str path, json_t *value))
{
    json_t *value = make(c, a->type, a->value), *root;
    struct value v;
    bool done;

    if (!value) {
        log_error("jansson", "\"" STR_FMT "\" is no " STR_FMT, STR_ARG(a->value), STR_ARG(a->type));
        return SCRIPT_FALSE;
    }
    if (var_get(c, a->result, &v))
        v = VALUE_NONE;
    root = v.type == VALUE_STR ? read_logged(v.s) : json_object();
    if (!root) {
        json_decref(value);
        return SCRIPT_FALSE;
    }
    done = fn(root, a->path, value);
    if (done) {
        v = VALUE_OF_STR(json_write(root, JSON_COMPACT, c->arena));
        done = var_set(c, a->result, &v) == ERR_OK;
    }
    json_decref(root);
    return truth(done);
}

static int jansson_set(struct call *c, const struct set_args *a)
{
    return change(c, a, json_put);
}
EXPOSE(jansson_set, set_args)

static int jansson_append(struct call *c, const struct set_args *a)
{
    return change(c, a, json_append_at);
}
EXPOSE(jansson_append, set_args)

/* XAVPs. */

static int jansson_xdecode(struct call *c, const struct decode_args *a)
{
    json_t *root = read_logged(a->json), *member;
    struct xavp *item;
    const char *name;

    if (!root || a->xavp.n == 0) {
        json_decref(root);
        return SCRIPT_FALSE;
    }
    if (json_is_object(root)) {
        item = xavp_push(c->vars, XAVP, a->xavp);
        json_object_foreach(root, name, member)
        {
            struct value v = json_to_value(member, c->arena);

            (void)xavp_field_push(c->vars, item, str_of(name), &v);
        }
    }
    json_decref(root);
    return SCRIPT_TRUE;
}
EXPOSE(jansson_xdecode, decode_args)

static json_t *field_json(const struct value *v)
{
    switch (v->type) {
    case VALUE_INT: return json_integer(v->i);
    case VALUE_STR: return json_stringn(v->s.n ? v->s.p : "", v->s.n);
    case VALUE_NULL: break;
    }
    return json_null();
}

static int jansson_xencode(struct call *c, const struct encode_args *a)
{
    const struct xavp *item = xavp_find(c->vars, XAVP, a->xavp, 0);
    json_t *root;
    struct value v;
    bool done;

    if (!item || !item->fields)
        return SCRIPT_FALSE;
    root = json_object();
    for (const struct xavp *f = item->fields; f; f = f->next) {
        struct str name = arena_dup(c->arena, f->name);
        json_t *j = f->fields ? NULL : field_json(&f->value);

        /* The newest of a name counts; bytes that are no UTF-8 cannot be said in JSON. */
        if (j && !json_object_get(root, name.p))
            (void)json_object_set_new(root, name.p, j);
        else
            json_decref(j);
    }
    v = VALUE_OF_STR(json_write(root, 0, c->arena));
    done = var_set(c, a->result, &v) == ERR_OK;
    json_decref(root);
    return truth(done);
}
EXPOSE(jansson_xencode, encode_args)

#define PATH   "The place: a.b[2].c."
#define JSON   "The JSON text."
#define RESULT "Variable that gets the result."
static const struct field get_args_fields[] = {
    FIELD(get_args, path, PATH),
    FIELD(get_args, json, JSON),
    FIELD(get_args, result, RESULT),
    { 0 },
};
static const struct field field_args_fields[] = {
    FIELD(get_args, json, JSON),
    FIELD_NAMED(get_args, path, "name", "Name of the field."),
    FIELD(get_args, result, RESULT),
    { 0 },
};
static const struct field var_get_args_fields[] = {
    FIELD(var_get_args, path, PATH),
    FIELD(var_get_args, json, "Variable that holds the JSON text."),
    FIELD(var_get_args, result, RESULT),
    { 0 },
};
static const struct field set_args_fields[] = {
    FIELD(set_args, type, "object, array, string, integer, real, true, false or null."),
    FIELD(set_args, path, PATH),
    FIELD(set_args, value, "The value."),
    FIELD(set_args, result, "Variable that holds the JSON text; unset: {}."),
    { 0 },
};
static const struct field decode_args_fields[] = {
    FIELD(decode_args, json, JSON),
    FIELD(decode_args, xavp, "Name of the XAVP."),
    { 0 },
};
static const struct field encode_args_fields[] = {
    FIELD(encode_args, xavp, "Name of the XAVP."),
    FIELD(encode_args, result, RESULT),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(jansson_get, get_args, "Reads a value of a JSON text."),
    FUNC(jansson_pv_get, var_get_args, "Reads a value of the JSON text in a variable."),
    { .name = "jansson_get_field",
      .run = jansson_get_field_with_get_args,
      .args = field_args_fields,
      .args_size = sizeof(struct get_args),
      .doc = "Reads a field of a JSON object." },
    FUNC(jansson_array_size, get_args, "Tells how many items a list has."),
    FUNC(jansson_set, set_args, "Changes a value of a JSON text."),
    FUNC(jansson_append, set_args, "Adds to a list, or adds members to an object."),
    FUNC(jansson_xdecode, decode_args, "Turns the members of a JSON object into those of an XAVP."),
    FUNC(jansson_xencode, encode_args, "Turns an XAVP into a JSON object."),
    { 0 },
};

const struct module module_jansson = {
    .abi = MODULE_ABI,
    .name = "jansson",
    .doc = "JSON in scripts.",
    .slot = &self.slot,
    .funcs = funcs,
};
