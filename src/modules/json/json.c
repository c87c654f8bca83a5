/* SPDX-License-Identifier: BSD-2-Clause */
/* Fields of JSON texts, by function and by transformation. */
#include "base/log.h"
#include "core/call.h"
#include "modules/json/text.h"
#include "script/value.h"

struct json_conf {
    struct str json_escape_char;
};

extern const struct module module_json;

static struct {
    struct module_slot slot;
} self;

struct get_args {
    struct str json, name;
    const struct var_ref *result;
};
struct path_args {
    struct str path;
};

static struct value written(struct call *c, const json_t *j, bool raw)
{
    struct buf b;
    struct str text;

    buf_init(&b, MEM_MESSAGE);
    text_write(j, raw, &b);
    text = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return VALUE_OF_STR(text);
}

static int get_field(struct call *c, const struct get_args *a, bool raw)
{
    json_t *root = text_read(a->json), *found;
    struct str name = arena_dup(c->arena, a->name);
    int result = SCRIPT_FALSE;
    struct value v;

    if (!root) {
        log_error("json", "this is no JSON: " STR_FMT, STR_ARG(a->json));
        return SCRIPT_FALSE;
    }
    found = json_object_get(root, name.p);
    if (found) {
        v = written(c, found, raw);
        result = var_set(c, a->result, &v) ? SCRIPT_FALSE : SCRIPT_TRUE;
    }
    json_decref(root);
    return result;
}

static int json_get_field(struct call *c, const struct get_args *a)
{
    return get_field(c, a, false);
}
EXPOSE(json_get_field, get_args)

static int json_get_string(struct call *c, const struct get_args *a)
{
    return get_field(c, a, true);
}
EXPOSE(json_get_string, get_args)

enum which { ENCODE, PARSE, PARSEX };

static err_t parse(struct call *c, const struct value *in, const void *args, struct value *out)
{
    const struct json_conf *conf = call_conf(c, &module_json);
    const struct path_args *a = args;
    bool raw = transform_tag() == PARSE;
    json_t *root = text_read(value_text(in, c->arena)), *found;

    *out = VALUE_OF_STR(STR(""));
    if (!root)
        return ERR_OK;
    found = text_at(root, a->path, conf->json_escape_char.p[0]);
    if (found)
        *out = written(c, found, raw);
    json_decref(root);
    return ERR_OK;
}

static err_t encode(struct call *c, const struct value *in, const void *args, struct value *out)
{
    struct buf b;

    (void)args;
    buf_init(&b, MEM_MESSAGE);
    text_encode(value_text(in, c->arena), &b);
    *out = VALUE_OF_STR(arena_dup(c->arena, ((struct str){ b.p ? b.p : "", b.n })));
    buf_free(&b);
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(json_conf, json_escape_char, "Stands for a dot in a name of a path.", .def = "%",
          .min = 1, .max = 1),
    { 0 },
};
static const struct field get_args_fields[] = {
    FIELD(get_args, json, "The JSON text."),
    FIELD(get_args, name, "Name of the field."),
    FIELD(get_args, result, "Variable that gets the result."),
    { 0 },
};
static const struct field path_args_fields[] = {
    FIELD(path_args, path, "The place: a.b[2].c."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(json_get_field, get_args, "Reads a field of a JSON object, as JSON writes it."),
    FUNC(json_get_string, get_args, "Reads a field of a JSON object; a string without its quotes."),
    { 0 },
};
#define PATH .args = path_args_fields, .args_size = sizeof(struct path_args)
static const struct transformation transformations[] = {
    { .class = "json",
      .name = "encode",
      .run = encode,
      .tag = ENCODE,
      .doc = "Text as it may stand in a JSON string." },
    { .class = "json",
      .name = "parse",
      .run = parse,
      .tag = PARSE,
      PATH,
      .doc = "The value at a place; a string without its quotes." },
    { .class = "json",
      .name = "parsex",
      .run = parse,
      .tag = PARSEX,
      PATH,
      .doc = "The value at a place, as JSON writes it." },
    { 0 },
};

const struct module module_json = {
    .abi = MODULE_ABI,
    .name = "json",
    .doc = "Fields of JSON texts.",
    .slot = &self.slot,
    .conf_size = sizeof(struct json_conf),
    .params = params,
    .funcs = funcs,
    .transformations = transformations,
};
