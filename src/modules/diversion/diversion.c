/* SPDX-License-Identifier: BSD-2-Clause */
/* diversion: who a call was meant for before it was diverted (RFC 5806). */
#include "core/call.h"

struct diversion_conf {
    struct str suffix;
};
struct diversion_args {
    struct str reason, uri;
};

static struct {
    struct module_slot slot;
} self;

extern const struct module module_diversion;

static bool is_clean(struct str s)
{
    return str_find(s, '\r') == s.n && str_find(s, '\n') == s.n;
}

/* The newest diversion stands on top, also of those added before. */
static int add_diversion(struct call *c, const struct diversion_args *a)
{
    const struct diversion_conf *conf = call_conf(c, &module_diversion);
    const struct header *first = msg_header(c->msg, HEADER_DIVERSION);
    struct str uri = a->uri.p ? a->uri : c->msg->uri, line;

    if (!is_clean(a->reason) || !is_clean(uri)) {
        c->error = ERR_SYNTAX;
        return SCRIPT_FALSE;
    }
    line = arena_fmt(c->arena, "Diversion: <" STR_FMT ">;reason=" STR_FMT STR_FMT "\r\n",
                     STR_ARG(uri), STR_ARG(a->reason), STR_ARG(conf->suffix));
    if (first)
        edit_push_header(&c->edits, c->msg, first, line);
    else
        edit_insert_front(&c->edits, c->msg->head.n - 2, line);
    return SCRIPT_TRUE;
}
EXPOSE(add_diversion, diversion_args)

static const struct field diversion_args_fields[] = {
    FIELD(diversion_args, reason, "Why the call was diverted: user-busy, no-answer …"),
    FIELD(diversion_args, uri, "Whom it was meant for; by default the Request-URI as received.",
          .optional = true),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(add_diversion, diversion_args, "Adds a Diversion above all others.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_BRANCH,
         .returns = (const struct outcome[]){ { 1, "it was added" },
                                              { -1, "an argument holds a line end" },
                                              { 0 } }),
    { 0 },
};
static const struct field params[] = {
    FIELD(diversion_conf, suffix, "Text to put behind each value, \";privacy=full\".", .def = ""),
    { 0 },
};

const struct module module_diversion = {
    .abi = MODULE_ABI,
    .name = "diversion",
    .doc = "Diversion headers (RFC 5806).",
    .slot = &self.slot,
    .conf_size = sizeof(struct diversion_conf),
    .params = params,
    .funcs = funcs,
};
