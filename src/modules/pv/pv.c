/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables of messages, calls and the server, and the transformations of their values. */
#include "modules/pv/pv.h"
#include "base/clock.h"
#include "modules/pv/shared_vars.h"
#include <stdarg.h>
#include <stdio.h>

struct pv_state pv_self;

struct pv_conf {
    struct str_list shvset, varset, avp_aliases;
};

static const struct field pv_conf_fields[] = {
    FIELD(pv_conf, shvset, "Sets a shared variable at start: \"name=i:5\" or \"name=s:text\".",
          .optional = true),
    FIELD(pv_conf, varset,
          "Sets a script variable in every worker at start: \"name=i:5\" or \"name=s:text\".",
          .optional = true),
    FIELD(pv_conf, avp_aliases, "Other names for AVPs: \"alias=name;alias2=name2\".",
          .optional = true,
          .inert = "AVPs are named directly; aliases were removed from the language"),
    { 0 },
};

static err_t check(struct load *l, void *conf)
{
    const struct pv_conf *pv = conf;

    for (size_t i = 0; i < pv->shvset.n; i++)
        if (!assignment_ok(pv->shvset.items[i]))
            load_fault(l, "shvset", "expected name=i:number or name=s:text");
    for (size_t i = 0; i < pv->varset.n; i++)
        if (!assignment_ok(pv->varset.items[i]))
            load_fault(l, "varset", "expected name=i:number or name=s:text");
    return ERR_OK;
}

static err_t start(const void *conf)
{
    const struct pv_conf *pv = conf;

    pv_self.shared = shared_vars_new();
    pv_self.started_unix = clock_unix();
    pv_self.branch_slot = call_slot_new();
    for (size_t i = 0; i < pv->shvset.n; i++)
        shared_vars_assign(pv_self.shared, pv->shvset.items[i]);
    for (size_t i = 0; i < pv->varset.n; i++) {
        struct str name;
        struct value value;
        if (assignment_read(pv->varset.items[i], &name, &value) == ERR_OK)
            var_preset(name, &value);
    }
    return ERR_OK;
}

static void stop(void)
{
    shared_vars_free(pv_self.shared);
    pv_self.shared = NULL;
}

const struct module module_pv = {
    .abi = MODULE_ABI,
    .name = "pv",
    .doc = "Variables of messages, calls and the server, and the transformations of their values.",
    .slot = &pv_self.slot,
    .conf_size = sizeof(struct pv_conf),
    .params = pv_conf_fields,
    .funcs = pv_funcs,
    .vars = pv_vars,
    .transformations = pv_transformations,
    .methods = pv_methods,
    .check = check,
    .start = start,
    .stop = stop,
};

err_t give_fmt(struct call *c, struct value *out, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    int n = vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof text)
        return ERR_LIMIT;
    return give_str(out, arena_dup(c->arena, (struct str){ text, (size_t)n }));
}

err_t give_ip(struct call *c, struct value *out, const struct addr *a, bool brackets)
{
    char space[64];
    struct buf text;

    if (!addr_is_set(a))
        return give_null(out);
    buf_fixed(&text, space, sizeof space);
    addr_print_ip(&text, a, brackets);
    return give_str(out, arena_dup(c->arena, buf_str(&text)));
}

static const struct key_row *find_key(struct str name, const struct key_row *rows)
{
    for (; rows->name; rows++)
        if (str_ieq(name, str_of(rows->name)))
            return rows;
    return NULL;
}

err_t prepare_key(struct load *l, const struct var_ref *at, const struct key_row *rows,
                  const void **prepared)
{
    char space[512];
    struct buf names;

    *prepared = find_key(at->key, rows);
    if (*prepared)
        return ERR_OK;
    buf_fixed(&names, space, sizeof space);
    for (const struct key_row *r = rows; r->name; r++)
        buf_fmt(&names, "%s%s", r == rows ? "" : ", ", r->name);
    load_fault(l, NULL, "$%s has no attribute \"" STR_FMT "\"; it has " STR_FMT, at->var->name,
               STR_ARG(at->key), STR_ARG(buf_str(&names)));
    return ERR_SYNTAX;
}

int key_id(struct call *c, const struct var_ref *at, const struct key_row *rows)
{
    const struct key_row *row = at->prepared;

    if (!row)
        row = find_key(var_key(c, at), rows);
    return row ? row->id : -1;
}

struct str pv_user_of(const struct uri *u)
{
    if (!str_ieq(u->user_param, STR("phone")))
        return u->user;
    return str_cut(u->user, 0, str_find(u->user, ';'));
}

bool pv_is_request(const struct call *c)
{
    return c->msg && c->msg->request;
}
