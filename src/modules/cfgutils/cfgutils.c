/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting, locks, global flags and chance for scripts. */
#include "base/digest.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/random.h"
#include "control/rpc.h"
#include "core/call.h"
#include "rt/keylock.h"
#include "script/value.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct cfgutils_conf {
    int64_t initial_probability, initial_gflags, lock_set_size;
    struct str hash_file;
};

extern const struct module module_cfgutils;

static struct {
    struct module_slot slot;
    _Atomic(unsigned) probability, gflags;
    char file_hash[DIGEST_HEX_MAX];
} self;

/* Waiting. */

struct time_args {
    int64_t time;
};

static int wait_ms(int64_t ms)
{
    return ms <= 0 || co_sleep(ms) == ERR_OK ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int sleep_seconds(struct call *c, const struct time_args *a)
{
    (void)c;
    return wait_ms(a->time * 1000);
}
EXPOSE(sleep_seconds, time_args)

static int sleep_micro(struct call *c, const struct time_args *a)
{
    (void)c;
    return wait_ms((a->time + 999) / 1000);
}
EXPOSE(sleep_micro, time_args)

/* Locks. */

struct lock_args {
    struct str key, set;
};

static struct str lock_key(struct call *c, const struct lock_args *a)
{
    return a->set.n ? arena_fmt(c->arena, STR_FMT "\n" STR_FMT, STR_ARG(a->set), STR_ARG(a->key))
                    : a->key;
}

static int lock(struct call *c, const struct lock_args *a)
{
    return keylock_take(lock_key(c, a), c) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(lock, lock_args)

static int trylock(struct call *c, const struct lock_args *a)
{
    return keylock_try(lock_key(c, a), c) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(trylock, lock_args)

static int unlock(struct call *c, const struct lock_args *a)
{
    return keylock_give(lock_key(c, a), c) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(unlock, lock_args)

/* Chance. */

struct chance_args {
    int64_t percent;
};

static int rand_set_prob(struct call *c, const struct chance_args *a)
{
    (void)c;
    atomic_store(&self.probability, (unsigned)a->percent);
    return SCRIPT_TRUE;
}
EXPOSE(rand_set_prob, chance_args)

static int rand_reset_prob(struct call *c)
{
    const struct cfgutils_conf *conf = call_conf(c, &module_cfgutils);

    atomic_store(&self.probability, (unsigned)conf->initial_probability);
    return SCRIPT_TRUE;
}
EXPOSE0(rand_reset_prob)

static int rand_get_prob(struct call *c)
{
    (void)c;
    return (int)atomic_load(&self.probability);
}
EXPOSE0(rand_get_prob)

static int rand_event(struct call *c)
{
    (void)c;
    return random_below(100) < atomic_load(&self.probability) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(rand_event)

/* Global flags. */

struct flag_args {
    int64_t flag;
};

static int set_gflag(struct call *c, const struct flag_args *a)
{
    (void)c;
    atomic_fetch_or(&self.gflags, 1u << a->flag);
    return SCRIPT_TRUE;
}
EXPOSE(set_gflag, flag_args)

static int reset_gflag(struct call *c, const struct flag_args *a)
{
    (void)c;
    atomic_fetch_and(&self.gflags, ~(1u << a->flag));
    return SCRIPT_TRUE;
}
EXPOSE(reset_gflag, flag_args)

static int is_gflag(struct call *c, const struct flag_args *a)
{
    (void)c;
    return atomic_load(&self.gflags) >> a->flag & 1 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_gflag, flag_args)

/* Routes. */

struct route_args {
    struct str name;
};

static bool has_route(struct call *c, struct str name, const char **z)
{
    *z = arena_dup(c->arena, name).p;
    return call_upcalls.has_route && call_upcalls.has_route(c->gen, ROUTE_REQUEST, *z);
}

static int check_route_exists(struct call *c, const struct route_args *a)
{
    const char *name;

    return has_route(c, a->name, &name) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(check_route_exists, route_args)

static int route_if_exists(struct call *c, const struct route_args *a)
{
    const char *name;

    if (!has_route(c, a->name, &name))
        return SCRIPT_FALSE;
    return call_upcalls.run_route(c, ROUTE_REQUEST, name);
}
EXPOSE(route_if_exists, route_args)

struct hash_args {
    struct str first, second;
    int64_t size;
};

static int core_hash(struct call *c, const struct hash_args *a)
{
    (void)c;
    return (int)(hash_core(a->first, a->second) & ((UINT32_C(1) << a->size) - 1)) + 1;
}
EXPOSE(core_hash, hash_args)

/* Debugging. */

static int abort_now(struct call *c)
{
    (void)c;
    log_write(LOG_ALERT, "cfgutils", "the script called abort()");
    abort();
}
EXPOSE0(abort_now)

static int log_memory(struct call *c)
{
    (void)c;
    for (int m = 0; m < MEM_COUNT; m++)
        log_write(LOG_NOTICE, "cfgutils", "memory of %s: %zu bytes", mem_name((enum mem)m),
                  mem_used((enum mem)m));
    return SCRIPT_TRUE;
}
EXPOSE0(log_memory)

static err_t get_random(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)c;
    (void)at;
    *out = VALUE_OF_INT((int64_t)random_below(UINT64_C(1) << 31));
    return ERR_OK;
}

/* Control methods. */

static err_t hash_of_file(struct str path, char *out)
{
    char *z = mem_strdup(MEM_MODULE, path);
    FILE *f = fopen(z, "re");
    struct buf b;
    struct str text;

    mem_free(MEM_MODULE, z);
    if (!f)
        return ERR_NOT_FOUND;
    buf_init(&b, MEM_MODULE);
    for (size_t n = 1; n > 0;) {
        char *room = buf_room(&b, 4096);

        n = fread(room, 1, 4096, f);
        b.n += n;
    }
    fclose(f);
    text = buf_str(&b);
    digest_hex(DIGEST_MD5, &text, 1, out);
    buf_free(&b);
    return ERR_OK;
}

static err_t rpc_check_hash(struct rpc *r, const void *args)
{
    const struct cfgutils_conf *conf = current_conf(&module_cfgutils);
    char now[DIGEST_HEX_MAX];

    (void)args;
    if (!self.file_hash[0])
        return rpc_fail(r, 404, "no file is named (parameter hash_file)");
    if (hash_of_file(conf->hash_file, now))
        return rpc_fail(r, 500, "the file cannot be read");
    if (strcmp(now, self.file_hash) != 0)
        return rpc_fail(r, 400, "the file has changed");
    rpc_str(rpc_root(r), STR("The actual config file hash is identical to the stored one."));
    return ERR_OK;
}

static err_t rpc_get_hash(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), str_of(self.file_hash));
    return ERR_OK;
}

struct mask_args {
    struct str mask;
};
static const struct field mask_args_fields[] = {
    FIELD(mask_args, mask, "Sum of the flags, decimal or 0x…."),
    { 0 },
};

static err_t mask_of(struct rpc *r, const void *args, unsigned *out)
{
    struct str s = ((const struct mask_args *)args)->mask;
    char text[32], *end;

    if (s.n == 0 || s.n >= sizeof text)
        return rpc_fail(r, 400, "expected a number");
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    *out = (unsigned)strtoul(text, &end, 0);
    return *end ? rpc_fail(r, 400, "expected a number") : ERR_OK;
}

static err_t rpc_set_gflag(struct rpc *r, const void *args)
{
    unsigned mask = 0;
    err_t e = mask_of(r, args, &mask);

    if (!e)
        atomic_fetch_or(&self.gflags, mask);
    return e;
}

static err_t rpc_reset_gflag(struct rpc *r, const void *args)
{
    unsigned mask = 0;
    err_t e = mask_of(r, args, &mask);

    if (!e)
        atomic_fetch_and(&self.gflags, ~mask);
    return e;
}

static err_t rpc_is_gflag(struct rpc *r, const void *args)
{
    unsigned mask = 0;
    err_t e = mask_of(r, args, &mask);

    if (!e)
        rpc_str(rpc_root(r),
                (atomic_load(&self.gflags) & mask) == mask ? STR("TRUE") : STR("FALSE"));
    return e;
}

static err_t rpc_get_gflags(struct rpc *r, const void *args)
{
    unsigned flags = atomic_load(&self.gflags);

    (void)args;
    rpc_fmt(rpc_root(r), "0x%X (%u)", flags, flags);
    return ERR_OK;
}

static err_t rpc_set_prob(struct rpc *r, const void *args)
{
    (void)r;
    atomic_store(&self.probability, (unsigned)((const struct chance_args *)args)->percent);
    return ERR_OK;
}

static err_t rpc_reset_prob(struct rpc *r, const void *args)
{
    const struct cfgutils_conf *conf = current_conf(&module_cfgutils);

    (void)r;
    (void)args;
    atomic_store(&self.probability, (unsigned)conf->initial_probability);
    return ERR_OK;
}

static err_t rpc_get_prob(struct rpc *r, const void *args)
{
    (void)args;
    rpc_fmt(rpc_root(r), "actual probability: %u percent", atomic_load(&self.probability));
    return ERR_OK;
}

static err_t start(const void *conf)
{
    const struct cfgutils_conf *c = conf;

    atomic_store(&self.probability, (unsigned)c->initial_probability);
    atomic_store(&self.gflags, (unsigned)c->initial_gflags);
    if (c->hash_file.n && hash_of_file(c->hash_file, self.file_hash)) {
        log_error("cfgutils", STR_FMT " cannot be read", STR_ARG(c->hash_file));
        return ERR_NOT_FOUND;
    }
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(cfgutils_conf, initial_probability, "Percentage with which rand_event() is true.",
          .def = "10", .min = 0, .max = 100),
    FIELD(cfgutils_conf, initial_gflags, "Global flags at start, as a sum.", .def = "0"),
    FIELD(cfgutils_conf, hash_file, "File whose digest the control methods tell.",
          .optional = true),
    FIELD(cfgutils_conf, lock_set_size, "How many locks there are.", .def = "0",
          .inert = "each key has a lock of its own"),
    { 0 },
};
static const struct field time_args_fields[] = {
    FIELD(time_args, time, "How long."),
    { 0 },
};
static const struct field lock_args_fields[] = {
    FIELD(lock_args, key, "Name of the lock."),
    FIELD(lock_args, set, "Name of a set of locks.", .optional = true),
    { 0 },
};
static const struct field chance_args_fields[] = {
    FIELD(chance_args, percent, "The percentage.", .min = 0, .max = 100),
    { 0 },
};
static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .min = 0, .max = 31),
    { 0 },
};
static const struct field route_args_fields[] = {
    FIELD(route_args, name, "Name of a route block."),
    { 0 },
};
static const struct field hash_args_fields[] = {
    FIELD(hash_args, first, "First text."),
    FIELD(hash_args, second, "Second text, may be empty."),
    FIELD(hash_args, size, "Bits of the result.", .min = 0, .max = 30),
    { 0 },
};

static const struct func funcs[] = {
    FUNC_NAMED("sleep", sleep_seconds, time_args, "Waits some seconds.", .suspends = true),
    FUNC_NAMED("usleep", sleep_micro, time_args, "Waits some microseconds.", .suspends = true,
               .differs = "rounded up to a millisecond"),
    FUNC(lock, lock_args, "Takes a lock, waiting while another message holds it.", .suspends = true,
         .differs = "each key is a lock of its own, and a message may take its lock again"),
    FUNC(trylock, lock_args, "Takes a lock if it is free.",
         .returns = (const struct outcome[]){ { 1, "it was taken" }, { -1, "it is held" }, { 0 } }),
    FUNC(unlock, lock_args, "Gives a lock back.",
         .returns = (const struct outcome[]){ { 1, "it was given back" },
                                              { -1, "this message did not hold it" },
                                              { 0 } }),
    FUNC0(rand_event, "Is true with the current probability."),
    FUNC(rand_set_prob, chance_args, "Sets the probability."),
    FUNC0(rand_reset_prob, "Sets the probability back to the parameter."),
    FUNC0(rand_get_prob, "Returns the probability."),
    FUNC(set_gflag, flag_args, "Sets a flag that all messages share."),
    FUNC(reset_gflag, flag_args, "Clears a flag that all messages share."),
    FUNC(is_gflag, flag_args, "Tells whether a shared flag is set."),
    FUNC(check_route_exists, route_args, "Tells whether there is such a route block."),
    FUNC(route_if_exists, route_args, "Runs a route block if there is one, and returns its code.",
         .suspends = true),
    FUNC(core_hash, hash_args, "Returns a number from 1 to 2^size made from two texts.",
         .differs = "another function than the packaged server's, and never 0"),
    FUNC0_NAMED("abort", abort_now, "Ends the process at once with a core dump, for debugging."),
    FUNC0_NAMED("pkg_status", log_memory, "Logs memory in use by subsystem."),
    FUNC0_NAMED("pkg_summary", log_memory, "Logs memory in use by subsystem."),
    FUNC0_NAMED("shm_status", log_memory, "Logs memory in use by subsystem."),
    FUNC0_NAMED("shm_summary", log_memory, "Logs memory in use by subsystem."),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "RANDOM", .doc = "A random number below 2^31.", .get = get_random, .early = true },
    { 0 },
};
#define MASK .args = mask_args_fields, .args_size = sizeof(struct mask_args)
static const struct rpc_method methods[] = {
    { .name = "cfgutils.rand_set_prob",
      .run = rpc_set_prob,
      .args = chance_args_fields,
      .args_size = sizeof(struct chance_args),
      .doc = "Sets the probability of rand_event()." },
    { .name = "cfgutils.rand_reset_prob",
      .run = rpc_reset_prob,
      .doc = "Sets the probability back to the parameter." },
    { .name = "cfgutils.rand_get_prob", .run = rpc_get_prob, .doc = "Tells the probability." },
    { .name = "cfgutils.set_gflag", .run = rpc_set_gflag, MASK, .doc = "Sets global flags." },
    { .name = "cfgutils.reset_gflag", .run = rpc_reset_gflag, MASK, .doc = "Clears global flags." },
    { .name = "cfgutils.is_gflag",
      .run = rpc_is_gflag,
      MASK,
      .doc = "Tells whether all these global flags are set." },
    { .name = "cfgutils.get_gflags", .run = rpc_get_gflags, .doc = "Tells all global flags." },
    { .name = "cfgutils.get_config_hash",
      .run = rpc_get_hash,
      .doc = "The digest of hash_file as it was at start." },
    { .name = "cfgutils.check_config_hash",
      .run = rpc_check_hash,
      .doc = "Tells whether hash_file is still the same." },
    { 0 },
};

const struct module module_cfgutils = {
    .abi = MODULE_ABI,
    .name = "cfgutils",
    .doc = "Waiting, locks, global flags and chance for scripts.",
    .slot = &self.slot,
    .conf_size = sizeof(struct cfgutils_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .methods = methods,
    .start = start,
};
