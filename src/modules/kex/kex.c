/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of scripts and branches, "is this us", and the statistics over stats.*. */
#include "base/clock.h"
#include "base/log.h"
#include "base/stat.h"
#include "control/memory.h"
#include "core/call.h"
#include "core/local.h"
#include "modules/kex/rpcs.h"
#include "script/value.h"
#include <stdatomic.h>
#include <unistd.h>

static struct {
    struct module_slot slot;
    _Atomic(uint64_t) ids;
} self;

/* Flags. */

struct flag_args {
    int64_t flag, branch;
};

static int setsflag(struct call *c, const struct flag_args *a)
{
    c->script_flags |= 1u << a->flag;
    return SCRIPT_TRUE;
}
EXPOSE(setsflag, flag_args)

static int resetsflag(struct call *c, const struct flag_args *a)
{
    c->script_flags &= ~(1u << a->flag);
    return SCRIPT_TRUE;
}
EXPOSE(resetsflag, flag_args)

static int issflagset(struct call *c, const struct flag_args *a)
{
    return c->script_flags >> a->flag & 1 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(issflagset, flag_args)

static struct target *target_of(struct call *c, const struct flag_args *a)
{
    size_t i = a->branch > 0 ? (size_t)a->branch : 0;

    return i < call_target_count(c) ? call_target(c, i) : NULL;
}

static int setbflag(struct call *c, const struct flag_args *a)
{
    struct target *t = target_of(c, a);

    if (!t)
        return SCRIPT_FALSE;
    t->flags |= 1u << a->flag;
    return SCRIPT_TRUE;
}
EXPOSE(setbflag, flag_args)

static int resetbflag(struct call *c, const struct flag_args *a)
{
    struct target *t = target_of(c, a);

    if (!t)
        return SCRIPT_FALSE;
    t->flags &= ~(1u << a->flag);
    return SCRIPT_TRUE;
}
EXPOSE(resetbflag, flag_args)

static int isbflagset(struct call *c, const struct flag_args *a)
{
    const struct target *t = target_of(c, a);

    return t && t->flags >> a->flag & 1 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(isbflagset, flag_args)

/* The next hop. */

struct uri_args {
    struct str uri;
};

static int setdsturi(struct call *c, const struct uri_args *a)
{
    call_set_dst_uri(c, a->uri);
    return SCRIPT_TRUE;
}
EXPOSE(setdsturi, uri_args)

static int resetdsturi(struct call *c)
{
    call_set_dst_uri(c, STR_NONE);
    return SCRIPT_TRUE;
}
EXPOSE0(resetdsturi)

static int isdsturiset(struct call *c)
{
    return call_target(c, 0)->dst_uri.n ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(isdsturiset)

/* Whether a URI, or "host", "host:port", "proto:host:port", is this server. */
static int is_myself(struct call *c, const struct uri_args *a)
{
    struct local_name name;
    struct uri uri;

    (void)c;
    if (uri_parse(a->uri, &uri) == ERR_OK && uri.scheme != URI_OTHER)
        return local_is_uri(&uri) ? SCRIPT_TRUE : SCRIPT_FALSE;
    if (local_name_parse(a->uri, &name))
        return SCRIPT_FALSE;
    return local_is(name.host, name.port, name.proto) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_myself, uri_args)

static int is_myhost(struct call *c, const struct uri_args *a)
{
    struct uri uri;
    bool parsed = uri_parse(a->uri, &uri) == ERR_OK && uri.host.n;

    (void)c;
    return local_is(parsed ? uri.host : a->uri, 0, PROTO_NONE) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_myhost, uri_args)

/* Others. */

struct printf_args {
    const struct var_ref *var;
    const struct format *text;
};

static int pv_printf(struct call *c, const struct printf_args *a)
{
    struct value v = VALUE_OF_STR(format_eval(c, a->text));

    return var_set(c, a->var, &v) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(pv_printf, printf_args)

struct level_args {
    int64_t level;
};

static int setdebug(struct call *c, const struct level_args *a)
{
    (void)c;
    log_set_level((enum log_level)a->level);
    return SCRIPT_TRUE;
}
EXPOSE(setdebug, level_args)

static int resetdebug(struct call *c)
{
    log_set_level((enum log_level)c->gen->core->debug);
    return SCRIPT_TRUE;
}
EXPOSE0(resetdebug)

static err_t get_sruid(struct call *c, const struct var_ref *at, struct value *out)
{
    uint64_t n = atomic_fetch_add(&self.ids, 1);

    (void)at;
    *out = VALUE_OF_STR(arena_fmt(c->arena, "srid-%llx-%x-%llx", (unsigned long long)clock_unix(),
                                  (unsigned)getpid(), (unsigned long long)n));
    return ERR_OK;
}

static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .min = 0, .max = 31),
    { 0 },
};
static const struct field bflag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .min = 0, .max = 31),
    FIELD(flag_args, branch, "Number of the branch; 0 is the request's own.", .def = "0"),
    { 0 },
};
static const struct field uri_args_fields[] = {
    FIELD(uri_args, uri, "The URI or address."),
    { 0 },
};
static const struct field printf_args_fields[] = {
    FIELD(printf_args, var, "The variable to set."),
    FIELD(printf_args, text, "The text, with variables."),
    { 0 },
};
static const struct field level_args_fields[] = {
    FIELD(level_args, level, "The level, -5 to 3.", .min = -5, .max = 9),
    { 0 },
};

#define BFLAG(fn, text)                                                                            \
    {                                                                                              \
        .name = #fn, .run = fn##_with_flag_args, .args = bflag_args_fields,                        \
        .args_size = sizeof(struct flag_args), .doc = (text)                                       \
    }
static const struct func funcs[] = {
    FUNC(setsflag, flag_args, "Sets a flag of this run of the script."),
    FUNC(resetsflag, flag_args, "Clears a flag of this run of the script."),
    FUNC(issflagset, flag_args, "Tells whether a flag of this run of the script is set."),
    BFLAG(setbflag, "Sets a flag of a branch."),
    BFLAG(resetbflag, "Clears a flag of a branch."),
    BFLAG(isbflagset, "Tells whether a flag of a branch is set."),
    FUNC(setdsturi, uri_args, "Sets where the request is sent, whatever its URI."),
    FUNC0(resetdsturi, "Forgets what setdsturi() set."),
    FUNC0(isdsturiset, "Tells whether a next hop is set."),
    FUNC(pv_printf, printf_args, "Sets a variable to a text with variables.",
         .aliases = (const char *const[]){ "avp_printf", NULL }),
    FUNC(is_myself, uri_args, "Tells whether a URI or address is this server."),
    FUNC(is_myhost, uri_args, "Tells whether a host is this server, whatever the port."),
    FUNC(setdebug, level_args, "Sets the log level.",
         .differs = "there are no processes: it is the level of the whole server"),
    FUNC0(resetdebug, "Sets the log level back to the configuration's."),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "sruid", .doc = "A text that is never the same twice.", .get = get_sruid },
    { 0 },
};

/* Memory as the packaged server counts it. */

static int64_t total_size(void)
{
    return (int64_t)memory_total();
}
static int64_t used_size(void)
{
    return (int64_t)mem_used_all();
}
static int64_t real_used_size(void)
{
    return (int64_t)memory_resident();
}
static int64_t max_used_size(void)
{
    return (int64_t)memory_peak();
}
static int64_t fragments(void)
{
    return 0;
}
static int64_t free_size(void)
{
    int64_t n = total_size() - real_used_size();

    return n > 0 ? n : 0;
}

static const struct stat_decl stats[] = {
    { "shmem", "total_size", "The cap of memory, or the machine's memory.", true, total_size },
    { "shmem", "used_size", "Bytes in use.", true, used_size },
    { "shmem", "real_used_size", "Bytes of the process in memory.", true, real_used_size },
    { "shmem", "max_used_size", "The most there ever were.", true, max_used_size },
    { "shmem", "free_size", "What is left of total_size.", true, free_size },
    { "shmem", "fragments", "Always 0: there is no pool.", true, fragments },
    { 0 },
};

const struct module module_kex = {
    .abi = MODULE_ABI,
    .name = "kex",
    .doc = "Flags of scripts and branches, tests for this server, and statistics.",
    .slot = &self.slot,
    .funcs = funcs,
    .vars = vars,
    .methods = kex_methods,
    .stats = stats,
};
