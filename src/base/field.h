/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A field table tells how text or script values fill a plain C struct. Module parameters, script
 * arguments, RPC arguments and database rows all use it, and so does everything that describes
 * them: documentation, configuration checks, language bindings, RPC help.
 */
#pragma once
#include "base/buf.h"
#include "base/value.h"

struct regex;     /* base/regex.h; compiled once, when the configuration is loaded */
struct var_ref;   /* a variable the function may read and set */
struct format;    /* text with variables in it, for the function to evaluate when it wants */
struct route_ref; /* a route block, found when the configuration is loaded where its name is fixed
                   */

struct duration {
    int64_t ms;
};
struct str_list { /* a parameter that may be given many times */
    struct str *items;
    size_t n;
};

enum field_type {
    FIELD_INT,      /* int64_t */
    FIELD_BOOL,     /* bool */
    FIELD_STR,      /* struct str; in script arguments variables in it are expanded at each call */
    FIELD_DURATION, /* struct duration; a bare number counts in `unit_ms` */
    FIELD_CHOICE,   /* int; index into `choices` */
    FIELD_REGEX,    /* const struct regex * */
    FIELD_VAR,      /* const struct var_ref * */
    FIELD_FORMAT,   /* const struct format * */
    FIELD_ROUTE,    /* const struct route_ref * */
    FIELD_LIST,     /* struct str_list */
    FIELD_VALUE,    /* struct value: an integer or a string, as the script has it */
};

struct field {
    const char *name;
    const char *doc;
    enum field_type type;
    size_t at;        /* offset in the struct */
    const char *def;  /* as a user would write it; NULL: must be given */
    bool optional;    /* may be missing without a default: stays zero (NULL, STR_NONE) */
    bool rest;        /* script argument: takes all that follow, a str_list */
    bool runtime;     /* parameter: `cfg.set` may change it while running */
    bool literal;     /* script argument: constants only; runtime parameter: shown, never changed */
    int64_t min, max; /* checked when max > min; for FIELD_STR, the length */
    int64_t unit_ms;  /* for FIELD_DURATION: 1 when 0 */
    const char *const *choices; /* for FIELD_CHOICE, NULL-terminated */
    unsigned route_kind;        /* for FIELD_ROUTE: an enum route bit */
    const char *const *aliases; /* other names of a parameter, NULL-terminated */
    const char *inert;          /* parameter: accepted without effect; the reason */
    const char *differs;        /* what a user of the packaged server must know, or NULL */
};

/*
 * FIELD(struct tag, member, "what it is for", options...)
 * The type comes from the member itself, so table and struct cannot disagree.
 */
#define FIELD_TYPE_OF(member)                                                                      \
    _Generic((member),                                                                             \
        int64_t: FIELD_INT,                                                                        \
        bool: FIELD_BOOL,                                                                          \
        struct str: FIELD_STR,                                                                     \
        struct duration: FIELD_DURATION,                                                           \
        int: FIELD_CHOICE,                                                                         \
        const struct regex *: FIELD_REGEX,                                                         \
        const struct var_ref *: FIELD_VAR,                                                         \
        const struct format *: FIELD_FORMAT,                                                       \
        const struct route_ref *: FIELD_ROUTE,                                                     \
        struct str_list: FIELD_LIST,                                                               \
        struct value: FIELD_VALUE)
extern void *const field_nowhere; /* not defined: members are named through it, never read */
#define FIELD_NAMED(st, member, label, ...)                                                        \
    {                                                                                              \
        .name = (label), .at = offsetof(struct st, member),                                        \
        .type = FIELD_TYPE_OF(((struct st *)field_nowhere)->member), .doc = __VA_ARGS__            \
    }
#define FIELD(st, member, ...) FIELD_NAMED(st, member, #member, __VA_ARGS__)

/* How the upper floors turn text into what base does not know. Each may be NULL: then a field of
 * that type is refused. `why` receives a sentence on failure. */
struct field_env {
    void *ctx;
    struct arena *arena; /* where strings and compiled things live; outlives the struct */
    err_t (*var)(void *ctx, struct str text, const struct var_ref **out, struct buf *why);
    err_t (*format)(void *ctx, struct str text, const struct format **out, struct buf *why);
    err_t (*route)(void *ctx, struct str text, unsigned kind, const struct route_ref **out,
                   struct buf *why);
};

/* Fills every field that has a default; the others are cleared. */
void fields_default(const struct field *table, void *st, const struct field_env *env);
/* Sets one field from a script or text value; checks type, range and choice. For FIELD_LIST it
 * appends. On failure `why` says what was expected and the field is unchanged. */
err_t field_set(const struct field *f, void *st, const struct value *v, const struct field_env *env,
                struct buf *why) MUST_USE;
/* Reads one field back as a value (VAR, FORMAT, ROUTE, REGEX give null; LIST its last item). */
struct value field_get(const struct field *f, const void *st);
/* Of the values of all fields that field_get knows: changes when one of them does. Never 0. */
uint64_t fields_hash(const struct field *table, const void *st);
const struct field *field_find(const struct field *table, struct str name); /* by name or alias */
const char *field_type_name(enum field_type t);
