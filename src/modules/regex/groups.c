/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/regex/groups.h"
#include <stdio.h>

enum { FILE_MAX = 16 * 1024 * 1024 };

struct str pattern_options(bool caseless, bool multiline, bool dotall, bool extended,
                           struct arena *a)
{
    if (!caseless && !multiline && !dotall && !extended)
        return STR("");
    return arena_fmt(a, "(?%s%s%s%s)", caseless ? "i" : "", multiline ? "m" : "", dotall ? "s" : "",
                     extended ? "x" : "");
}

static void groups_free(void *p)
{
    struct groups *g = p;

    for (size_t i = 0; i < g->n; i++)
        regex_free(g->patterns[i]);
    mem_free(MEM_MODULE, g->patterns);
}

static bool is_skipped(struct str line)
{
    return line.n == 0 || strchr(" \t\r#", line.p[0]) != NULL;
}

/* Each pattern stands on lines of its own, so that comments of extended patterns end there. */
static void add_pattern(struct buf *group, struct str line)
{
    buf_addz(group, group->n ? "|(" : "(");
    buf_add(group, line);
    buf_char(group, ')');
}

static err_t finish(struct groups *g, struct buf *text, struct str options,
                    const struct group_limits *limits, struct buf *why)
{
    struct buf whole;
    err_t e;

    if (g->n == limits->groups) {
        buf_fmt(why, "there are more than %zu groups", limits->groups);
        return ERR_LIMIT;
    }
    if (text->n > limits->bytes) {
        buf_fmt(why, "group %zu is longer than %zu bytes", g->n, limits->bytes);
        return ERR_LIMIT;
    }
    buf_init(&whole, MEM_MODULE);
    buf_fmt(&whole, STR_FMT "(" STR_FMT ")", STR_ARG(options), STR_ARG(buf_str(text)));
    e = regex_compile(buf_str(&whole), REGEX_PCRE, &g->patterns[g->n], why);
    buf_free(&whole);
    if (e) {
        buf_fmt(why, " (group %zu)", g->n);
        return e;
    }
    g->n++;
    buf_clear(text);
    return ERR_OK;
}

err_t groups_parse(struct str text, struct str options, const struct group_limits *limits,
                   struct groups **out, struct buf *why)
{
    struct groups *g = obj_new(struct groups, MEM_MODULE, groups_free);
    struct buf group;
    bool begun = false;
    err_t e = ERR_OK;

    g->patterns = mem_zalloc(MEM_MODULE, limits->groups * sizeof(struct regex *));
    buf_init(&group, MEM_MODULE);
    for (unsigned number = 1; text.n && !e; number++) {
        struct str line = str_split(&text, '\n');

        if (is_skipped(line))
            continue;
        line = str_trim(line);
        if (line.p[0] == '[') {
            if (begun)
                e = finish(g, &group, options, limits, why);
            begun = true;
        } else if (begun) {
            add_pattern(&group, line);
        } else {
            buf_fmt(why, "line %u: expected [0] before the first pattern", number);
            e = ERR_SYNTAX;
        }
    }
    if (!e && begun)
        e = finish(g, &group, options, limits, why);
    buf_free(&group);
    if (e)
        obj_drop(g);
    else
        *out = g;
    return e;
}

err_t groups_read(struct str path, struct str options, const struct group_limits *limits,
                  struct groups **out, struct buf *why)
{
    char *z = mem_strdup(MEM_MODULE, path);
    FILE *f = fopen(z, "re");
    struct buf b;
    err_t e = ERR_OK;

    mem_free(MEM_MODULE, z);
    if (!f) {
        buf_addz(why, "the file cannot be read");
        return ERR_NOT_FOUND;
    }
    buf_init(&b, MEM_MODULE);
    for (size_t n = 1; n > 0 && b.n < FILE_MAX;) {
        char *room = buf_room(&b, 4096);

        n = fread(room, 1, 4096, f);
        b.n += n;
    }
    fclose(f);
    e = groups_parse(buf_str(&b), options, limits, out, why);
    buf_free(&b);
    return e;
}
