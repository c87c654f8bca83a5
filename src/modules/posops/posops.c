/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and changing the message by positions in its bytes. */
#include "base/regex.h"
#include "core/call.h"
#include "modules/posops/find.h"
#include "script/value.h"

struct posops_conf {
    int64_t idx0;
};
struct change_args {
    int64_t at;
    struct str text;
};
struct remove_args {
    int64_t at, n;
};
struct regex_args {
    int64_t at;
    const struct regex *pattern;
};

/* What the last function of this run did; $pos(name). */
struct done {
    int64_t ret, at, n;
};

extern const struct module module_posops;
static struct {
    struct module_slot slot;
    unsigned call_slot;
} self;

static struct done *done_of(struct call *c)
{
    struct done *d = c->module_data[self.call_slot];

    if (!d) {
        d = ARENA_NEW(c->arena, struct done);
        c->module_data[self.call_slot] = d;
    }
    return d;
}

/* --- changes ---------------------------------------------------------------------------------- */

static int note_change(struct call *c, bool ok, size_t at, size_t n)
{
    struct done *d = done_of(c);

    *d = (struct done){ ok ? SCRIPT_TRUE : SCRIPT_FALSE, (int64_t)at, (int64_t)n };
    return (int)d->ret;
}

static int pos_append(struct call *c, const struct change_args *a)
{
    size_t at;

    if (!pos_place(c->msg->raw, a->at, &at))
        return note_change(c, false, 0, 0);
    edit_insert(&c->edits, at, a->text);
    return note_change(c, true, at, a->text.n);
}
EXPOSE(pos_append, change_args)

static int pos_insert(struct call *c, const struct change_args *a)
{
    size_t at;

    if (!pos_place(c->msg->raw, a->at, &at))
        return note_change(c, false, 0, 0);
    edit_insert_front(&c->edits, at, a->text);
    return note_change(c, true, at, a->text.n);
}
EXPOSE(pos_insert, change_args)

static int pos_rm(struct call *c, const struct remove_args *a)
{
    size_t at;

    if (!pos_place(c->msg->raw, a->at, &at) || a->n < 0 || (uint64_t)a->n > c->msg->raw.n - at)
        return note_change(c, false, 0, 0);
    edit_splice(&c->edits, at, (size_t)a->n, STR(""));
    return note_change(c, true, at, (size_t)a->n);
}
EXPOSE(pos_rm, remove_args)

static int pos_set_char(struct call *c, const struct change_args *a)
{
    size_t at;

    if (!pos_place(c->msg->raw, a->at, &at) || at == c->msg->raw.n || !a->text.n)
        return note_change(c, false, 0, 0);
    edit_splice(&c->edits, at, 1, str_cut(a->text, 0, 1));
    return note_change(c, true, at, 1);
}
EXPOSE(pos_set_char, change_args)

/* --- places ----------------------------------------------------------------------------------- */

static int give_place(struct call *c, size_t at, size_t n)
{
    const struct posops_conf *conf = call_conf(c, &module_posops);
    struct done *d = done_of(c);

    *d = (struct done){ at ? (int64_t)at : conf->idx0, (int64_t)at, (int64_t)n };
    return (int)d->ret;
}

static int pos_headers_start(struct call *c)
{
    return give_place(c, c->msg->first_line.n, 0);
}
EXPOSE0(pos_headers_start)

/* Where the empty line begins. */
static int pos_headers_end(struct call *c)
{
    struct str head = c->msg->head;
    size_t at = head.n;

    if (at && head.p[at - 1] == '\n')
        at--;
    if (at && head.p[at - 1] == '\r')
        at--;
    return give_place(c, at, 0);
}
EXPOSE0(pos_headers_end)

static int pos_body_start(struct call *c)
{
    return give_place(c, c->msg->head.n, 0);
}
EXPOSE0(pos_body_start)

static int pos_body_end(struct call *c)
{
    return give_place(c, c->msg->raw.n, 0);
}
EXPOSE0(pos_body_end)

static int give_found(struct call *c, bool found, struct pos_span s)
{
    if (found)
        return give_place(c, s.at, s.n);
    *done_of(c) = (struct done){ SCRIPT_FALSE, -1, 0 };
    return SCRIPT_FALSE;
}

static int find_text(struct call *c, const struct change_args *a, unsigned how)
{
    struct pos_span s = { 0 };

    return give_found(c, pos_find_text(c->msg->raw, a->at, a->text, how, &s), s);
}

static int pos_find_str(struct call *c, const struct change_args *a)
{
    return find_text(c, a, 0);
}
EXPOSE(pos_find_str, change_args)

static int pos_findi_str(struct call *c, const struct change_args *a)
{
    return find_text(c, a, POS_ICASE);
}
EXPOSE(pos_findi_str, change_args)

static int pos_rfind_str(struct call *c, const struct change_args *a)
{
    return find_text(c, a, POS_BACKWARDS);
}
EXPOSE(pos_rfind_str, change_args)

static int pos_rfindi_str(struct call *c, const struct change_args *a)
{
    return find_text(c, a, POS_BACKWARDS | POS_ICASE);
}
EXPOSE(pos_rfindi_str, change_args)

static int pos_search(struct call *c, const struct regex_args *a)
{
    struct pos_span s = { 0 };

    return give_found(c, pos_find_regex(c->msg->raw, a->at, a->pattern, 0, &s), s);
}
EXPOSE(pos_search, regex_args)

static int pos_rsearch(struct call *c, const struct regex_args *a)
{
    struct pos_span s = { 0 };

    return give_found(c, pos_find_regex(c->msg->raw, a->at, a->pattern, POS_BACKWARDS, &s), s);
}
EXPOSE(pos_rsearch, regex_args)

/* --- $pos(name) ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t at;
} results[] = {
    { "ret", offsetof(struct done, ret) },
    { "idx", offsetof(struct done, at) },
    { "len", offsetof(struct done, n) },
};

static bool result_of(struct str name, size_t *at)
{
    for (size_t i = 0; i < sizeof results / sizeof *results; i++)
        if (str_eq(name, str_of(results[i].name))) {
            *at = results[i].at;
            return true;
        }
    return false;
}

static err_t get_pos(struct call *c, const struct var_ref *at, struct value *out)
{
    const char *d = (const char *)done_of(c);
    size_t offset;

    if (result_of(var_key(c, at), &offset))
        *out = VALUE_OF_INT(*(const int64_t *)(const void *)(d + offset));
    else
        *out = VALUE_NONE;
    return ERR_OK;
}

static err_t prepare_pos(struct load *l, const struct var_ref *at, const void **prepared)
{
    size_t offset;

    *prepared = NULL;
    if (at->key_format || result_of(at->key, &offset))
        return ERR_OK;
    load_fault(l, NULL, "expected $pos(ret), $pos(idx) or $pos(len)");
    return ERR_SYNTAX;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    return ERR_OK;
}

#define AT "A position in the bytes of the message; a negative one counts from the end."
static const struct field change_args_fields[] = {
    FIELD(change_args, at, AT),
    FIELD(change_args, text, "The text."),
    { 0 },
};
static const struct field remove_args_fields[] = {
    FIELD(remove_args, at, AT),
    FIELD(remove_args, n, "How many bytes."),
    { 0 },
};
static const struct field regex_args_fields[] = {
    FIELD(regex_args, at, AT),
    FIELD(regex_args, pattern, "A regular expression."),
    { 0 },
};
static const struct outcome changes[] = {
    { 1, "it will be done when the message is sent" },
    { -1, "the position is outside of the message" },
    { 0 },
};
static const struct outcome places[] = {
    { 1, "the position, or idx0 for position 0" },
    { -1, "nothing was found" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(pos_append, change_args, "Puts a text at a position, behind what was put there before.",
         .returns = changes),
    FUNC(pos_insert, change_args, "Puts a text at a position, before what was put there before.",
         .returns = changes),
    FUNC(pos_rm, remove_args, "Removes bytes from a position on.", .returns = changes),
    FUNC(pos_set_char, change_args, "Replaces one byte by the first one of a text.",
         .returns = changes,
         .differs = "like every change, it is seen when the message is sent or after "
                    "msg_apply_changes()"),
    FUNC0(pos_headers_start, "Where the first header begins.", .returns = places),
    FUNC0(pos_headers_end, "Where the empty line behind the headers begins.", .returns = places),
    FUNC0(pos_body_start, "Where the body begins.", .returns = places),
    FUNC0(pos_body_end, "Where the body, and the message, ends.", .returns = places),
    FUNC(pos_find_str, change_args, "The first place of a text, from a position on.",
         .returns = places),
    FUNC(pos_findi_str, change_args, "The same, letters in either case.", .returns = places),
    FUNC(pos_rfind_str, change_args, "The last place of a text that begins not behind a position.",
         .returns = places),
    FUNC(pos_rfindi_str, change_args, "The same, letters in either case.", .returns = places),
    FUNC(pos_search, regex_args, "Where a regular expression first matches, from a position on.",
         .returns = places),
    FUNC(pos_rsearch, regex_args,
         "Where a regular expression last matches, beginning not behind a position.",
         .returns = places),
    { 0 },
};
static const struct field params[] = {
    FIELD(posops_conf, idx0, "What functions return for position 0, as 0 would end the script.",
          .def = "-255"),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "pos",
      .doc = "Of the last function: what it returned (ret), the position even where it is 0 (idx), "
             "the number of bytes found, put in or removed (len).",
      .get = get_pos,
      .key = true,
      .prepare = prepare_pos },
    { 0 },
};

const struct module module_posops = {
    .abi = MODULE_ABI,
    .name = "posops",
    .doc = "Reading and changing the message by positions in its bytes.",
    .slot = &self.slot,
    .conf_size = sizeof(struct posops_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .start = start,
};
