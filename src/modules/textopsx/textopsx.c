/* SPDX-License-Identifier: BSD-2-Clause */
/* The message read again after changes, the status of a reply, header sets, file-name patterns. */
#include "modules/textopsx/textopsx.h"
#include "base/regex.h"
#include "core/send.h"
#include "modules/textopsx/iterators.h"
#include "modules/textopsx/values.h"
#include "script/value.h"
#include <fnmatch.h>

struct textopsx_state textopsx_self;

struct text_args {
    struct str text;
};
struct status_args {
    int64_t code;
    struct str reason;
};
struct code_args {
    int64_t code;
};
struct route_args {
    const struct route_ref *route;
};
struct keep_args {
    const struct regex *names; /* NULL: only those that SIP needs */
};
struct fnmatch_args {
    struct str text, pattern, flags;
};

static int msg_apply_changes(struct call *c)
{
    return truth(call_apply_changes(c) == ERR_OK);
}
EXPOSE0(msg_apply_changes)

/* The route sees the message as it would leave now; what it changes in there is gone with it. */
static int msg_changed_route(struct call *c, const struct route_args *a)
{
    struct msg *received = c->msg;
    struct edit_list edits = c->edits;
    struct target own = c->targets[0];
    const struct uri *uri = c->cached_uri;
    bool rewritten = c->uri_rewritten;
    int code;

    edit_init(&c->edits, c->arena);
    edit_add_all(&c->edits, &edits);
    if (call_apply_changes(c)) {
        c->edits = edits;
        return SCRIPT_FALSE;
    }
    code = route_run(c, a->route);
    c->msg = received;
    c->edits = edits;
    c->targets[0] = own;
    c->cached_uri = uri;
    c->uri_rewritten = rewritten;
    return code;
}
EXPOSE(msg_changed_route, route_args)

static int msg_set_buffer(struct call *c, const struct text_args *a)
{
    return truth(call_replace_message(c, a->text) == ERR_OK);
}
EXPOSE(msg_set_buffer, text_args)

/* --- replies
 * ---------------------------------------------------------------------------------------- */

static int write_status(struct call *c, int64_t code, struct str reason)
{
    if (call_change_status(c, code))
        return SCRIPT_FALSE;
    if (reason.p)
        call_change_reason(c, reason);
    return SCRIPT_TRUE;
}

static int change_reply_status(struct call *c, const struct status_args *a)
{
    return write_status(c, a->code, a->reason);
}
EXPOSE(change_reply_status, status_args)

static int change_reply_status_code(struct call *c, const struct code_args *a)
{
    return write_status(c, a->code, STR_NONE);
}
EXPOSE(change_reply_status_code, code_args)

/* --- headers and body
 * --------------------------------------------------------------------------------- */

static int remove_body(struct call *c)
{
    const struct header *h = msg_header(c->msg, HEADER_CONTENT_TYPE);

    if (!c->msg->body.n)
        return SCRIPT_TRUE;
    edit_set_body(&c->edits, c->msg, STR(""));
    if (h)
        edit_remove_header(&c->edits, c->msg, h);
    return SCRIPT_TRUE;
}
EXPOSE0(remove_body)

/* Headers a message cannot do without, kept whatever the pattern says. */
static bool is_needed(enum header_id id)
{
    static const enum header_id ids[] = {
        HEADER_VIA,          HEADER_FROM,        HEADER_TO,
        HEADER_CALL_ID,      HEADER_CSEQ,        HEADER_ROUTE,
        HEADER_RECORD_ROUTE, HEADER_CONTACT,     HEADER_CONTENT_LENGTH,
        HEADER_CONTENT_TYPE, HEADER_MAX_FORWARDS
    };
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static int keep_hf(struct call *c, const struct keep_args *a)
{
    for (size_t i = 0; i < c->msg->n_headers; i++) {
        const struct header *h = &c->msg->headers[i];
        if (is_needed(h->id))
            continue;
        if (a->names && regex_match(a->names, h->name, NULL, 0) == ERR_OK)
            continue;
        edit_remove_header(&c->edits, c->msg, h);
    }
    return SCRIPT_TRUE;
}
EXPOSE(keep_hf, keep_args)

static int fnmatch_text(struct call *c, const struct fnmatch_args *a)
{
    bool icase = str_find(a->flags, 'i') < a->flags.n || str_find(a->flags, 'I') < a->flags.n;
    const char *text = arena_dup(c->arena, a->text).p, *pattern = arena_dup(c->arena, a->pattern).p;

    return truth(fnmatch(pattern ? pattern : "", text ? text : "", icase ? FNM_CASEFOLD : 0) == 0);
}
EXPOSE(fnmatch_text, fnmatch_args)

EXPOSE(hf_iterator_start, iterator_args)
EXPOSE(hf_iterator_next, iterator_args)
EXPOSE(hf_iterator_prev, iterator_args)
EXPOSE(hf_iterator_end, iterator_args)
EXPOSE(hf_iterator_rm, iterator_args)
EXPOSE(bl_iterator_start, iterator_args)
EXPOSE(bl_iterator_next, iterator_args)
EXPOSE(bl_iterator_end, iterator_args)
EXPOSE(bl_iterator_rm, iterator_args)
EXPOSE(hf_iterator_append, iterator_text_args)
EXPOSE(hf_iterator_insert, iterator_text_args)
EXPOSE(bl_iterator_append, iterator_text_args)
EXPOSE(bl_iterator_insert, iterator_text_args)
EXPOSE(append_hf_value, place_value_args)
EXPOSE(insert_hf_value, place_value_args)
EXPOSE(assign_hf_value, place_value_args)
EXPOSE(assign_hf_value2, place_value_args)
EXPOSE(include_hf_value, place_value_args)
EXPOSE(exclude_hf_value, place_value_args)
EXPOSE(hf_value_exists, place_value_args)
EXPOSE(remove_hf_value, place_args)
EXPOSE(remove_hf_value2, place_args)

static const struct field iterator_args_fields[] = {
    FIELD(iterator_args, name, "The name of the walk."),
    { 0 },
};
static const struct field iterator_text_args_fields[] = {
    FIELD(iterator_text_args, name, "The name of the walk."),
    FIELD(iterator_text_args, text, "What is put there."),
    { 0 },
};
static const struct field place_args_fields[] = {
    FIELD(place_args, place, "Name, Name[2], Name[-1] or Name[*], with .parameter behind it."),
    { 0 },
};
static const struct field place_value_args_fields[] = {
    FIELD(place_value_args, place,
          "Name, Name[2], Name[-1] or Name[*], with .parameter behind it."),
    FIELD(place_value_args, value, "The value."),
    { 0 },
};
static const struct field text_args_fields[] = {
    FIELD(text_args, text, "The new message."),
    { 0 },
};
static const struct field status_args_fields[] = {
    FIELD(status_args, code, "The new status, of the same class.", .min = 100, .max = 699),
    FIELD(status_args, reason, "The new reason phrase."),
    { 0 },
};
static const struct field route_args_fields[] = {
    FIELD(route_args, route, "The route block.", .route_kind = ROUTE_REQUEST),
    { 0 },
};
static const struct field code_args_fields[] = {
    FIELD(code_args, code, "The new status, of the same class.", .min = 100, .max = 699),
    { 0 },
};
static const struct field keep_args_fields[] = {
    FIELD(keep_args, names, "A regular expression over names of headers to keep.",
          .optional = true),
    { 0 },
};
static const struct field fnmatch_args_fields[] = {
    FIELD(fnmatch_args, text, "The text."),
    FIELD(fnmatch_args, pattern, "The pattern, with * ? and [ ]."),
    FIELD(fnmatch_args, flags, "i: letters match in either case.", .def = ""),
    { 0 },
};

static const struct func funcs[] = {
    FUNC0(msg_apply_changes, "Reads the message again with all changes made so far.",
          .routes = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_EVENT),
    FUNC(msg_changed_route, route_args,
         "Runs a route block that sees the message with all changes made so far, and gives its "
         "return code. Afterwards the message is as before, edits of the block excluded.",
         .suspends = true),
    FUNC(msg_set_buffer, text_args, "Puts another message in place of the received one.",
         .routes = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_EVENT),
    FUNC(change_reply_status, status_args, "Changes status and reason of a reply.",
         .routes = ROUTE_REPLY | ROUTE_TM_REPLY),
    FUNC(change_reply_status_code, code_args, "Changes the status of a reply.",
         .routes = ROUTE_REPLY | ROUTE_TM_REPLY),
    FUNC0(remove_body, "Removes the body with its Content-Type."),
    FUNC(keep_hf, keep_args, "Removes all headers but those SIP needs and those that match."),
    FUNC_NAMED("fnmatch", fnmatch_text, fnmatch_args, "Tells whether a text matches a pattern."),
    FUNC(hf_iterator_start, iterator_args, "Begins a walk over the headers."),
    FUNC(hf_iterator_next, iterator_args, "Goes to the next header; false at the end."),
    FUNC(hf_iterator_prev, iterator_args, "Goes back to the header before."),
    FUNC(hf_iterator_end, iterator_args, "Ends a walk over the headers."),
    FUNC(hf_iterator_rm, iterator_args, "Removes the header the walk is at."),
    FUNC(bl_iterator_start, iterator_args, "Begins a walk over the lines of the body."),
    FUNC(bl_iterator_next, iterator_args, "Goes to the next line; false at the end."),
    FUNC(bl_iterator_end, iterator_args, "Ends a walk over lines."),
    FUNC(bl_iterator_rm, iterator_args, "Removes the line the walk is at."),
    FUNC(hf_iterator_append, iterator_text_args, "Puts a header behind the one the walk is at."),
    FUNC(hf_iterator_insert, iterator_text_args, "Puts a header before the one the walk is at."),
    FUNC(bl_iterator_append, iterator_text_args, "Puts text behind the line the walk is at."),
    FUNC(bl_iterator_insert, iterator_text_args, "Puts text before the line the walk is at."),
    FUNC(append_hf_value, place_value_args,
         "Puts a value behind another, or in a new header at the end."),
    FUNC(insert_hf_value, place_value_args,
         "Puts a value before another, or in a new header at the beginning."),
    FUNC(assign_hf_value, place_value_args, "Changes a value of a header, or a parameter of one."),
    FUNC(assign_hf_value2, place_value_args, "The same for headers of the form of Authorization."),
    FUNC(include_hf_value, place_value_args, "Adds a value to a list that does not have it."),
    FUNC(exclude_hf_value, place_value_args, "Takes a value out of a list."),
    FUNC(hf_value_exists, place_value_args, "Tells whether a list has a value."),
    FUNC(remove_hf_value, place_args, "Removes a value of a header, or a parameter of one."),
    FUNC(remove_hf_value2, place_args, "The same for headers of the form of Authorization."),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "hfitname",
      .doc = "The name of the header that a walk is at.",
      .get = get_iterator,
      .key = true,
      .tag = ITERATOR_HEADER_NAME },
    { .name = "hfitbody",
      .doc = "The body of the header that a walk is at.",
      .get = get_iterator,
      .key = true,
      .tag = ITERATOR_HEADER_BODY },
    { .name = "blitval",
      .doc = "The line of the body that a walk is at, with its line end.",
      .get = get_iterator,
      .key = true,
      .tag = ITERATOR_LINE },
    { 0 },
};

static err_t start(const void *conf)
{
    (void)conf;
    textopsx_self.iterators = call_slot_new();
    return ERR_OK;
}

const struct module module_textopsx = {
    .abi = MODULE_ABI,
    .name = "textopsx",
    .doc = "The message read again after changes, the status of a reply, header sets.",
    .slot = &textopsx_self.slot,
    .funcs = funcs,
    .vars = vars,
    .start = start,
};
