/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/json/text.h"
#include "base/json_depth.h"

json_t *text_read(struct str text)
{
    return text.n && json_depth_ok(text) ? json_loadb(text.p, text.n, JSON_DECODE_ANY, NULL) : NULL;
}

/* One part of a path: a name, then any number of [index]. */
static json_t *step(json_t *j, struct str part, char escape)
{
    size_t open = str_find(part, '[');
    struct str rest = str_skip(part, open);
    uint32_t index;

    if (open > 0) {
        char *name = mem_strdup(MEM_MODULE, str_cut(part, 0, open));

        for (char *p = name; *p; p++)
            if (*p == escape)
                *p = '.';
        j = json_object_get(j, name);
        mem_free(MEM_MODULE, name);
    }
    while (j && rest.n) {
        size_t close = str_find(rest, ']');

        if (rest.p[0] != '[' || close == rest.n || str_to_u32(str_cut(rest, 1, close), &index))
            return NULL;
        j = json_array_get(j, index);
        rest = str_skip(rest, close + 1);
    }
    return j;
}

json_t *text_at(json_t *root, struct str path, char escape)
{
    while (root && path.n) {
        struct str part = str_split(&path, '.');

        root = part.n ? step(root, part, escape) : NULL;
    }
    return root;
}

void text_encode(struct str s, struct buf *out)
{
    static const char plain[] = "\"\\/\b\f\n\r\t", letters[] = "\"\\/bfnrt";

    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] ? strchr(plain, s.p[i]) : NULL;

        if (at) {
            buf_char(out, '\\');
            buf_char(out, letters[at - plain]);
        } else if ((unsigned char)s.p[i] < 0x20) {
            buf_fmt(out, "\\u%04x", (unsigned)(unsigned char)s.p[i]);
        } else {
            buf_char(out, s.p[i]);
        }
    }
}

static void write_quoted(struct str s, struct buf *out)
{
    buf_char(out, '"');
    text_encode(s, out);
    buf_char(out, '"');
}

/* The depth is that of what was read: small (json_depth.h). */
static void write_list(const json_t *j, struct buf *out)
{
    for (size_t i = 0; i < json_array_size(j); i++) {
        buf_addz(out, i ? ", " : " ");
        text_write(json_array_get(j, i), false, out);
    }
}

static void write_object(const json_t *j, struct buf *out)
{
    json_t *of = (json_t *)(uintptr_t)j, *member;
    const char *name;
    bool first = true;

    json_object_foreach(of, name, member)
    {
        buf_addz(out, first ? " " : ", ");
        write_quoted(str_of(name), out);
        buf_addz(out, ": ");
        text_write(member, false, out);
        first = false;
    }
}

void text_write(const json_t *j, bool raw, struct buf *out)
{
    struct str s;

    switch (json_typeof(j)) {
    case JSON_STRING:
        s = (struct str){ json_string_value(j), json_string_length(j) };
        if (raw)
            buf_add(out, s);
        else
            write_quoted(s, out);
        break;
    case JSON_INTEGER: buf_int(out, (int64_t)json_integer_value(j)); break;
    case JSON_REAL: buf_fmt(out, "%.15g", json_real_value(j)); break;
    case JSON_TRUE: buf_addz(out, "true"); break;
    case JSON_FALSE: buf_addz(out, "false"); break;
    case JSON_NULL: buf_addz(out, raw ? "" : "null"); break;
    case JSON_ARRAY:
        buf_char(out, '[');
        write_list(j, out);
        buf_addz(out, " ]");
        break;
    case JSON_OBJECT:
        buf_char(out, '{');
        write_object(j, out);
        buf_addz(out, " }");
        break;
    }
}
