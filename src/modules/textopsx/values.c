/* SPDX-License-Identifier: BSD-2-Clause */
/* Single values of headers that hold lists, and parameters of these values. */
#include "modules/textopsx/values.h"
#include "modules/textopsx/textopsx.h"
#include "sip/values.h"

struct place {
    struct str name, param; /* param: STR_NONE when a value is meant */
    int64_t index;
    bool indexed, all;
};

static bool read_place(struct str text, struct place *p)
{
    size_t bracket = str_find(text, '['), dot;
    struct str rest, index;

    *p = (struct place){ .index = 1 };
    if (bracket < text.n) {
        p->name = str_trim(str_cut(text, 0, bracket));
        rest = str_skip(text, bracket + 1);
        index = str_trim(str_split(&rest, ']'));
        p->indexed = true;
        p->all = str_eq(index, STR("*"));
        if (!p->all && (str_to_i64(index, &p->index) != ERR_OK))
            return false;
        p->index += p->index == 0; /* some count from 0 */
        dot = str_find(rest, '.');
    } else {
        dot = str_find(text, '.');
        p->name = str_trim(str_cut(text, 0, dot));
        rest = text;
    }
    if (dot < rest.n)
        p->param = str_trim(str_skip(rest, dot + 1));
    return p->name.n > 0 && (!p->param.p || p->param.n);
}

/* --- a walk over all values of a name --------------------------------------------------------- */

struct walk {
    struct str name;
    bool whole; /* commas do not separate values */
    const struct header *h;
    struct str rest, value;
};

static bool walk_next(const struct msg *m, struct walk *w)
{
    while (!w->h || !list_next(&w->rest, &w->value)) {
        w->h = w->h ? msg_header_named_next(m, w->h, w->name) : msg_header_named(m, w->name);
        if (!w->h)
            return false;
        w->rest = w->whole ? STR("") : w->h->body;
        w->value = w->h->body;
        if (w->whole)
            return true;
    }
    return true;
}

static int64_t count_values(const struct msg *m, struct str name, bool whole)
{
    struct walk w = { .name = name, .whole = whole };
    int64_t n = 0;

    while (walk_next(m, &w))
        n++;
    return n;
}

/* Stops at the value with that number, from 1; negative counts from the end. */
static bool walk_to(const struct msg *m, struct walk *w, int64_t index)
{
    if (index < 0)
        index += count_values(m, w->name, w->whole) + 1;
    while (index > 0 && walk_next(m, w))
        if (--index == 0)
            return true;
    return false;
}

/* Takes a value out of its list with one of the commas beside it, or the header with its only one.
 */
static void remove_value(struct call *c, const struct walk *w)
{
    struct str body = w->h->body;
    const char *from = w->value.p, *to = from + w->value.n, *end = body.p + body.n;

    if (w->whole) {
        edit_remove_header(&c->edits, c->msg, w->h);
        return;
    }
    while (from > body.p && *from != ',')
        from--;
    if (*from != ',') { /* the first one: with the comma behind it */
        while (to < end && *to != ',')
            to++;
        while (to < end && (*to == ',' || *to == ' ' || *to == '\t'))
            to++;
    }
    if (from == body.p && to == end)
        edit_remove_header(&c->edits, c->msg, w->h);
    else
        edit_delete(&c->edits, c->msg, (struct str){ from, (size_t)(to - from) });
}

/* --- whole values ----------------------------------------------------------------------------- */

static struct str line_of(struct call *c, struct str name, struct str value)
{
    return arena_fmt(c->arena, STR_FMT ": " STR_FMT "\r\n", STR_ARG(name), STR_ARG(value));
}

int append_hf_value(struct call *c, const struct place_value_args *a)
{
    struct place p;

    if (!read_place(a->place, &p) || p.param.p || p.all)
        return SCRIPT_FALSE;
    struct walk w = { .name = p.name };
    if (p.indexed && walk_to(c->msg, &w, p.index))
        edit_insert(&c->edits, (size_t)(w.value.p + w.value.n - c->msg->raw.p),
                    arena_fmt(c->arena, "," STR_FMT, STR_ARG(a->value)));
    else
        edit_append_header(&c->edits, c->msg, line_of(c, p.name, a->value));
    return SCRIPT_TRUE;
}

int insert_hf_value(struct call *c, const struct place_value_args *a)
{
    struct place p;

    if (!read_place(a->place, &p) || p.param.p || p.all)
        return SCRIPT_FALSE;
    struct walk w = { .name = p.name };
    if (p.indexed && walk_to(c->msg, &w, p.index))
        edit_insert(&c->edits, (size_t)(w.value.p - c->msg->raw.p),
                    arena_fmt(c->arena, STR_FMT ",", STR_ARG(a->value)));
    else
        edit_insert_header(&c->edits, c->msg, msg_header_named(c->msg, p.name),
                           line_of(c, p.name, a->value));
    return SCRIPT_TRUE;
}

/* --- parameters ------------------------------------------------------------------------------- */

/* ";name=value" in a value, or "name=value" between commas where `whole`; with its separator. */
static bool find_param(const struct walk *w, struct str name, struct str *all, struct str *value)
{
    char separator = w->whole ? ',' : ';';
    bool quoted = false, angle = false;
    size_t start = 0;
    struct str s = w->value;

    for (size_t i = 0; i <= s.n; i++) {
        char ch = i < s.n ? s.p[i] : separator;
        if (i < s.n && quoted && ch == '\\') {
            i++;
            continue;
        }
        quoted ^= i < s.n && ch == '"';
        angle = (angle || (!quoted && ch == '<')) && !(!quoted && ch == '>');
        if (i < s.n && (quoted || angle || ch != separator))
            continue;
        struct str one = str_cut(s, start, i), label, rest = one;
        label = str_trim(str_split(&rest, '='));
        if (w->whole && !start) /* behind the scheme, "Digest username=…" */
            label = str_skip(label, str_find(label, ' ') < label.n ? str_find(label, ' ') + 1 : 0);
        if (str_ieq(label, name) && (w->whole || start)) {
            bool first = !start;
            const char *from = first ? label.p : one.p - 1;
            *all = (struct str){ from, (size_t)(one.p + one.n - from) };
            *value = rest.p && rest.p <= one.p + one.n ? str_trim(rest) : STR("");
            return true;
        }
        start = i + 1;
    }
    return false;
}

static void assign_param(struct call *c, const struct walk *w, struct str name, struct str text)
{
    struct str all, value, end = str_skip(w->value, w->value.n);
    const char *separator = w->whole ? ", " : ";";

    if (find_param(w, name, &all, &value)) {
        if (value.n && text.n) {
            edit_replace(&c->edits, c->msg, value, text);
            return;
        }
        bool has_mark = all.p[0] == ',' || all.p[0] == ';';
        edit_replace(&c->edits, c->msg, all,
                     arena_fmt(c->arena, "%s" STR_FMT "%s" STR_FMT, has_mark ? separator : "",
                               STR_ARG(name), text.n ? "=" : "", STR_ARG(text)));
        return;
    }
    edit_insert(&c->edits, (size_t)(end.p - c->msg->raw.p),
                arena_fmt(c->arena, "%s" STR_FMT "%s" STR_FMT, separator, STR_ARG(name),
                          text.n ? "=" : "", STR_ARG(text)));
}

static bool remove_param(struct call *c, const struct walk *w, struct str name)
{
    struct str all, value;

    if (!find_param(w, name, &all, &value))
        return false;
    edit_delete(&c->edits, c->msg, all);
    return true;
}

/* --- by place --------------------------------------------------------------------------------- */

static int remove_place(struct call *c, struct str text, bool whole)
{
    struct place p;
    bool any = false;

    if (!read_place(text, &p))
        return SCRIPT_FALSE;
    struct walk w = { .name = p.name, .whole = whole };
    if (p.all && !p.param.p) {
        for (const struct header *h = msg_header_named(c->msg, p.name); h; any = true) {
            edit_remove_header(&c->edits, c->msg, h);
            h = msg_header_named_next(c->msg, h, p.name);
        }
        return truth(any);
    }
    if (p.all) {
        while (walk_next(c->msg, &w))
            any |= remove_param(c, &w, p.param);
        return truth(any);
    }
    if (!walk_to(c->msg, &w, p.index))
        return SCRIPT_FALSE;
    if (p.param.p)
        return truth(remove_param(c, &w, p.param));
    remove_value(c, &w);
    return SCRIPT_TRUE;
}

static int assign_place(struct call *c, const struct place_value_args *a, bool whole)
{
    struct place p;
    bool any = false;

    if (!read_place(a->place, &p))
        return SCRIPT_FALSE;
    struct walk w = { .name = p.name, .whole = whole };
    while (p.all ? walk_next(c->msg, &w) : !any && walk_to(c->msg, &w, p.index)) {
        if (p.param.p)
            assign_param(c, &w, p.param, a->value);
        else
            edit_replace(&c->edits, c->msg, w.value, a->value);
        any = true;
    }
    return truth(any);
}

int remove_hf_value(struct call *c, const struct place_args *a)
{
    return remove_place(c, a->place, false);
}
int remove_hf_value2(struct call *c, const struct place_args *a)
{
    return remove_place(c, a->place, true);
}
int assign_hf_value(struct call *c, const struct place_value_args *a)
{
    return assign_place(c, a, false);
}
int assign_hf_value2(struct call *c, const struct place_value_args *a)
{
    return assign_place(c, a, true);
}

/* --- sets ------------------------------------------------------------------------------------- */

static bool find_value(struct call *c, const struct place_value_args *a, struct walk *w)
{
    *w = (struct walk){ .name = a->place };
    while (walk_next(c->msg, w))
        if (str_ieq(w->value, a->value))
            return true;
    return false;
}

int hf_value_exists(struct call *c, const struct place_value_args *a)
{
    struct walk w;
    return truth(find_value(c, a, &w));
}

int include_hf_value(struct call *c, const struct place_value_args *a)
{
    const struct header *h = msg_header_named(c->msg, a->place);
    struct walk w;

    if (find_value(c, a, &w))
        return SCRIPT_TRUE;
    if (h && h->body.n)
        edit_insert(&c->edits, (size_t)(h->body.p + h->body.n - c->msg->raw.p),
                    arena_fmt(c->arena, "," STR_FMT, STR_ARG(a->value)));
    else
        edit_append_header(&c->edits, c->msg, line_of(c, a->place, a->value));
    return SCRIPT_TRUE;
}

int exclude_hf_value(struct call *c, const struct place_value_args *a)
{
    struct walk w;

    if (find_value(c, a, &w))
        remove_value(c, &w);
    return SCRIPT_TRUE;
}
