/* SPDX-License-Identifier: BSD-2-Clause */
/* Perl-compatible regular expressions in scripts, also in groups from a file. */
#include "base/hash.h"
#include "base/log.h"
#include "control/rpc.h"
#include "core/call.h"
#include "modules/regex/groups.h"
#include "script/value.h"
#include <pthread.h>

struct regex_conf {
    struct str file;
    int64_t max_groups, group_max_size;
    bool pcre_caseless, pcre_multiline, pcre_dotall, pcre_extended;
    struct str options; /* in front of each pattern */
};

extern const struct module module_regex;

static struct {
    struct module_slot slot;
    pthread_mutex_t lock;
    struct groups *groups; /* NULL: no file */
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

enum { FAILED = -4, CACHED = 64 };

/* Patterns of scripts, compiled once per worker; a newer one takes the place of an older one. */
static _Thread_local struct {
    struct regex *patterns[CACHED];
    bool watched;
} cache;

static void cache_end(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < CACHED; i++)
        regex_free(cache.patterns[i]);
    memset(&cache, 0, sizeof cache);
}

static const struct regex *compiled(struct str pattern)
{
    struct regex **at = &cache.patterns[hash_keyed(pattern) % CACHED];
    struct buf why;

    if (!cache.watched && worker_self()) {
        worker_at_exit(cache_end, NULL);
        cache.watched = true;
    }
    if (*at && str_eq(regex_pattern(*at), pattern))
        return *at;
    regex_free(*at);
    *at = NULL;
    buf_init(&why, MEM_MODULE);
    if (regex_compile(pattern, REGEX_PCRE, at, &why)) {
        log_error("regex", "the pattern \"" STR_FMT "\" is malformed: " STR_FMT, STR_ARG(pattern),
                  STR_ARG(buf_str(&why)));
        *at = NULL;
    }
    buf_free(&why);
    return *at;
}

static int matches(const struct regex *r, struct str text)
{
    err_t e = regex_match(r, text, NULL, 0);

    if (e == ERR_LIMIT)
        log_error("regex", "a pattern took too long and was given up");
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}

struct match_args {
    struct str text, pattern;
};
struct group_args {
    struct str text, group;
};

static int pcre_match(struct call *c, const struct match_args *a)
{
    const struct regex_conf *conf = call_conf(c, &module_regex);
    const struct regex *r =
        compiled(conf->options.n ? arena_fmt(c->arena, STR_FMT STR_FMT, STR_ARG(conf->options),
                                             STR_ARG(a->pattern))
                                 : a->pattern);

    return r ? matches(r, a->text) : FAILED;
}
EXPOSE(pcre_match, match_args)

static struct groups *groups_now(void)
{
    struct groups *g;

    pthread_mutex_lock(&self.lock);
    g = self.groups ? obj_hold(self.groups) : NULL;
    pthread_mutex_unlock(&self.lock);
    return g;
}

static void groups_set(struct groups *fresh)
{
    struct groups *old;

    pthread_mutex_lock(&self.lock);
    old = self.groups;
    self.groups = fresh;
    pthread_mutex_unlock(&self.lock);
    if (old)
        obj_drop(old);
}

static int pcre_match_group(struct call *c, const struct group_args *a)
{
    struct groups *g = groups_now();
    int64_t number = value_number(&VALUE_OF_STR(a->group));
    int result = FAILED;

    (void)c;
    if (!g) {
        log_error("regex", "pcre_match_group() needs the parameter file");
        return FAILED;
    }
    if (number >= 0 && number < (int64_t)g->n)
        result = matches(g->patterns[number], a->text);
    else
        log_error("regex", "there is no group %lld", (long long)number);
    obj_drop(g);
    return result;
}
EXPOSE(pcre_match_group, group_args)

static err_t read_groups(const struct regex_conf *conf, struct groups **out, struct buf *why)
{
    struct group_limits limits = { (size_t)conf->max_groups, (size_t)conf->group_max_size };

    return groups_read(conf->file, conf->options, &limits, out, why);
}

static err_t check(struct load *l, void *data)
{
    struct regex_conf *conf = data;
    struct groups *g;
    struct buf why;

    if (conf->pcre_caseless || conf->pcre_multiline || conf->pcre_dotall || conf->pcre_extended)
        conf->options = pattern_options(conf->pcre_caseless, conf->pcre_multiline,
                                        conf->pcre_dotall, conf->pcre_extended, load_arena(l));
    if (conf->file.n == 0)
        return ERR_OK;
    buf_init(&why, MEM_MODULE);
    if (read_groups(conf, &g, &why))
        load_fault(l, "file", STR_FMT ": " STR_FMT, STR_ARG(conf->file), STR_ARG(buf_str(&why)));
    else
        obj_drop(g);
    buf_free(&why);
    return ERR_OK;
}

/* The file is read again here: what counts is the one of this moment. */
static err_t reload(const struct regex_conf *conf, struct buf *why)
{
    struct groups *g = NULL;
    err_t e = conf->file.n ? read_groups(conf, &g, why) : ERR_OK;

    if (!e)
        groups_set(g);
    return e;
}

static void adopt(const void *data)
{
    struct buf why;

    buf_init(&why, MEM_MODULE);
    if (reload(data, &why))
        log_error("regex", "the groups stay as they were: " STR_FMT, STR_ARG(buf_str(&why)));
    buf_free(&why);
}

static void stop(void)
{
    groups_set(NULL);
}

static err_t rpc_reload(struct rpc *r, const void *args)
{
    const struct regex_conf *conf = current_conf(&module_regex);
    struct buf why;
    err_t e = ERR_OK;

    (void)args;
    if (conf->file.n == 0)
        return rpc_fail(r, 500, "no file is named (parameter file)");
    buf_init(&why, MEM_MODULE);
    if (reload(conf, &why))
        e = rpc_fail(r, 500, "Failed to reload: " STR_FMT, STR_ARG(buf_str(&why)));
    buf_free(&why);
    return e;
}

static const struct field params[] = {
    FIELD(regex_conf, file, "File with groups of patterns.", .optional = true),
    FIELD(regex_conf, max_groups, "The file has at most that many groups.", .def = "20", .min = 1,
          .max = 100000),
    FIELD(regex_conf, group_max_size, "Bytes of the patterns of a group.", .def = "8192", .min = 1,
          .max = 16 * 1024 * 1024),
    FIELD(regex_conf, pcre_caseless, "Patterns ignore case.", .def = "0"),
    FIELD(regex_conf, pcre_multiline, "^ and $ match at each line.", .def = "0"),
    FIELD(regex_conf, pcre_dotall, "A dot matches line ends too.", .def = "0"),
    FIELD(regex_conf, pcre_extended, "Blanks in patterns do not count.", .def = "0"),
    { 0 },
};
static const struct field match_args_fields[] = {
    FIELD(match_args, text, "The text."),
    FIELD(match_args, pattern, "The pattern; write $$ for $."),
    { 0 },
};
static const struct field group_args_fields[] = {
    FIELD(group_args, text, "The text."),
    FIELD(group_args, group, "Number of the group, counted from 0 in the order of the file.",
          .def = "0"),
    { 0 },
};
static const struct outcome outcomes[] = {
    { 1, "it matches" },
    { -1, "it does not" },
    { -4, "the pattern is malformed, or there is no such group" },
    { 0 },
};
#define ROUTES (ROUTE_ANY & ~(unsigned)ROUTE_SEND)
static const struct func funcs[] = {
    FUNC(pcre_match, match_args, "Matches a text with a pattern.", .returns = outcomes,
         .routes = ROUTES),
    FUNC(pcre_match_group, group_args, "Matches a text with a group of patterns of the file.",
         .returns = outcomes, .routes = ROUTES),
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "regex.reload", .run = rpc_reload, .doc = "Reads the file of groups again." },
    { 0 },
};

const struct module module_regex = {
    .abi = MODULE_ABI,
    .name = "regex",
    .doc = "Perl-compatible regular expressions, also in groups from a file.",
    .slot = &self.slot,
    .conf_size = sizeof(struct regex_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .check = check,
    .adopt = adopt,
    .stop = stop,
};
