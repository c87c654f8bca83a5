/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/jansson/path.h"
#include "base/json_depth.h"
#include <stdlib.h>

json_t *json_read(struct str text)
{
    return text.n && json_depth_ok(text) ? json_loadb(text.p, text.n, 0, NULL) : NULL;
}

struct step {
    struct str name; /* STR_NONE: an index */
    size_t index;
};

/* The next step from the front of *path; false: it is malformed. */
static bool next_step(struct str *path, struct step *out)
{
    size_t n = 0;
    uint32_t index;

    if (path->p[0] == '[') {
        size_t close = str_find(*path, ']');

        if (close == path->n || str_to_u32(str_cut(*path, 1, close), &index))
            return false;
        *out = (struct step){ STR_NONE, index };
        *path = str_skip(*path, close + 1);
    } else {
        while (n < path->n && path->p[n] != '.' && path->p[n] != '[')
            n++;
        *out = (struct step){ str_cut(*path, 0, n), 0 };
        *path = str_skip(*path, n);
        if (n == 0)
            return false;
    }
    if (path->n && path->p[0] == '.') {
        *path = str_skip(*path, 1);
        return path->n > 0;
    }
    return true;
}

static json_t *child(json_t *of, const struct step *s)
{
    char *name;
    json_t *found;

    if (!s->name.p)
        return json_array_get(of, s->index);
    name = mem_strdup(MEM_MODULE, s->name);
    found = json_object_get(of, name);
    mem_free(MEM_MODULE, name);
    return found;
}

/* Takes `value` over. */
static bool set_child(json_t *of, const struct step *s, json_t *value)
{
    char *name;
    int failed;

    if (!s->name.p)
        return json_array_set_new(of, s->index, value) == 0;
    name = mem_strdup(MEM_MODULE, s->name);
    failed = json_object_set_new(of, name, value);
    mem_free(MEM_MODULE, name);
    return failed == 0;
}

json_t *json_at(json_t *root, struct str path)
{
    struct step s;

    while (root && path.n)
        root = next_step(&path, &s) ? child(root, &s) : NULL;
    return root;
}

bool json_put(json_t *root, struct str path, json_t *value)
{
    struct step s;
    size_t depth = 0;

    while (path.n && next_step(&path, &s) && depth++ < JSON_DEPTH_MAX) {
        json_t *next;

        if (path.n == 0)
            return set_child(root, &s, value);
        next = child(root, &s);
        if (!next && s.name.p && json_is_object(root)) {
            next = json_object();
            if (!set_child(root, &s, next))
                break;
        }
        if (!next)
            break;
        root = next;
    }
    json_decref(value);
    return false;
}

bool json_append_at(json_t *root, struct str path, json_t *value)
{
    json_t *at = json_at(root, path);
    bool good = false;

    if (json_is_array(at))
        return json_array_append_new(at, value) == 0;
    if (json_is_object(at) && json_is_object(value))
        good = json_object_update(at, value) == 0;
    json_decref(value);
    return good;
}

struct str json_write(const json_t *j, size_t flags, struct arena *a)
{
    char *text = json_dumps(j, flags | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    struct str out = arena_dup(a, str_of(text ? text : ""));

    free(text);
    return out;
}

struct value json_to_value(const json_t *j, struct arena *a)
{
    switch (json_typeof(j)) {
    case JSON_STRING:
        return VALUE_OF_STR(
            arena_dup(a, (struct str){ json_string_value(j), json_string_length(j) }));
    case JSON_INTEGER: return VALUE_OF_INT((int64_t)json_integer_value(j));
    case JSON_TRUE: return VALUE_OF_INT(1);
    case JSON_FALSE: return VALUE_OF_INT(0);
    case JSON_NULL: return VALUE_NONE;
    case JSON_REAL: return VALUE_OF_STR(arena_fmt(a, "%.15g", json_real_value(j)));
    case JSON_OBJECT:
    case JSON_ARRAY: break;
    }
    return VALUE_OF_STR(json_write(j, JSON_COMPACT, a));
}
