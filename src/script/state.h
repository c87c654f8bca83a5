/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The inside of the script floor: what a configuration becomes (program, blocks of code, variable
 * references, formats), and the state of a load. Everything but `struct load` is immutable once the
 * load has ended.
 */
#pragma once
#include "base/log.h"
#include "core/call.h"
#include "script/language.h"
#include "script/program.h"
#include "script/tree.h"

/* ---- code ---- */

/*
 * Instructions of the virtual machine: a stack of values, and the code of the last action ("ret").
 * `a` is a number, `to` a place in the code, `p` what the instruction works on.
 * Where an instruction can fail, `to` and `a` say where to go on and how deep the stack then is.
 */
#define CODE_TABLE(X)                                                                              \
    X(CODE_PUSH)      /* p: struct value */                                                        \
    X(CODE_VAR)       /* p: struct var_ref; pushes it */                                           \
    X(CODE_FORMAT)    /* p: struct format */                                                       \
    X(CODE_SELECT)    /* p: struct select_ref */                                                   \
    X(CODE_OPERAND)   /* a: enum operand */                                                        \
    X(CODE_RET)       /* pushes ret as it is */                                                    \
    X(CODE_RET_TRUTH) /* pushes 1 when ret > 0, else 0 */                                          \
    X(CODE_UNARY)     /* a: enum tree_op */                                                        \
    X(CODE_STRLEN)                                                                                 \
    X(CODE_STREMPTY)                                                                               \
    X(CODE_ADD) /* a: 1 adds numbers whatever the left side is */                                  \
    X(CODE_SUB)                                                                                    \
    X(CODE_MUL)                                                                                    \
    X(CODE_DIV)   /* can fail */                                                                   \
    X(CODE_MOD)   /* can fail */                                                                   \
    X(CODE_BITS)  /* a: enum tree_op, of bits */                                                   \
    X(CODE_ORDER) /* a: enum tree_op: < > <= >= */                                                 \
    X(CODE_EQ)                                                                                     \
    X(CODE_NE)                                                                                     \
    X(CODE_TEXT_EQ)     /* a: 1 negates */                                                         \
    X(CODE_TEXT_IEQ)    /* keyword operands: either case; a: 1 negates */                          \
    X(CODE_NUMBER_EQ)   /* a: 1 negates */                                                         \
    X(CODE_DEFINED)     /* a: 1 negates */                                                         \
    X(CODE_MATCH)       /* p: struct regex */                                                      \
    X(CODE_MATCH_TEXT)  /* the pattern is on the stack; can fail */                                \
    X(CODE_IS_MYSELF)   /* a: enum operand */                                                      \
    X(CODE_TEXT_MYSELF) /* whether the text on the stack names this server */                      \
    X(CODE_IN_NET)      /* a: enum operand, p: struct addr_range */                                \
    X(CODE_TRUTH)       /* non-zero becomes 1 */                                                   \
    X(CODE_AND)         /* zero: stays, to; else popped */                                         \
    X(CODE_OR)          /* non-zero: 1 stays, to; else popped */                                   \
    X(CODE_UNLESS_TRUE) /* pops; not > 0: to */                                                    \
    X(CODE_UNLESS)      /* pops; zero: to */                                                       \
    X(CODE_JUMP)        /* to */                                                                   \
    X(CODE_SET_RET)     /* a as int */                                                             \
    X(CODE_CALL)        /* p: struct call_site */                                                  \
    X(CODE_ROUTE)       /* p: struct route_ref */                                                  \
    X(CODE_ROUTE_NAMED) /* the name is on the stack */                                             \
    X(CODE_ASSIGN)      /* p: struct var_ref; pops */                                              \
    X(CODE_LOOP)        /* pushes a counter of rounds */                                           \
    X(CODE_ROUND)       /* one round more; past the limit: to */                                   \
    X(CODE_DISCARD)     /* pops */                                                                 \
    X(CODE_SWITCH)      /* p: struct switch_table; pops */                                         \
    X(CODE_RETURN)      /* pops the code */                                                        \
    X(CODE_EXIT)        /* pops the code */                                                        \
    X(CODE_DROP)        /* pops the code */                                                        \
    X(CODE_LEAVE)       /* end of the block, with ret */                                           \
    X(CODE_WATCH)       /* p: struct script_action; a: 1 when it is done */                        \
    X(CODE_RESULT)      /* end of a lone expression: its value is on the stack */                  \
    X(CODE_TRAP)        /* p: struct trap; tells somebody, then does what stood here */
enum code_op {
#define X(id) id,
    CODE_TABLE(X)
#undef X
        CODE_OPS
};

struct code {
    uint16_t op;
    int16_t a;
    int32_t to;
    const void *p;
};

struct block {
    enum block_kind kind;
    enum route route; /* what it counts as when functions are checked */
    struct str name;  /* "" for a main block */
    const char *name_z;
    struct place at;
    const struct code *code;
    const uint32_t *lines; /* of each instruction, for logs */
    struct str file;
    size_t n;
    unsigned stack;       /* values it needs at most */
    struct stmt **bodies; /* while loading: main blocks are appended */
    size_t n_bodies;
    struct place close;
    struct place name_at;
    bool used; /* something names it */
};

struct route_ref {
    enum route kind;
    struct str name;
    const struct block *block;   /* NULL: named at run time, or "0" */
    const struct format *format; /* named at run time */
};

struct switch_label {
    int64_t number;
    struct str text;
    const struct regex *regex;
    int32_t to;
};
struct switch_table {
    bool numbers;
    size_t n;
    struct switch_label *labels;
    int32_t otherwise;
};

struct dynamic_arg {
    const struct field *field;
    struct place at;
};
struct call_site {
    const struct func *func;
    const char *module; /* NULL: a function of the core, which leaves $rc alone */
    const void *args;   /* with all constants set */
    size_t n_args;      /* as the configuration gives them */
    size_t n_dynamic;
    const struct dynamic_arg *dynamic; /* in the order in which they are pushed */
    struct str where;
};

/* ---- variables and text ---- */

struct transform_use {
    const struct transform_use *next;
    const struct transformation *transformation;
    const void *args;
    size_t n_dynamic;
    const struct transform_arg {
        const struct field *field;
        const struct format *format;
    } * dynamic;
};

/* A var_ref as it is made here: what modules see, and its text. */
struct var_use {
    struct var_ref ref;
    struct str text;
};

enum piece_kind { PIECE_TEXT, PIECE_VAR, PIECE_CODE };
struct piece {
    enum piece_kind kind;
    struct str text;
    const struct var_ref *var;
    const struct block *code; /* an expression given in place of a string */
};
struct format {
    struct str text;
    size_t n;
    const struct piece *pieces;
};

struct select_ref {
    struct str text;
    err_t (*get)(struct call *c, const struct select_ref *s, struct value *out);
    struct str group, name; /* of cfg_get */
    const struct select_step *steps;
    size_t n_steps;
};

/* ---- programs ---- */

struct named_block {
    struct named_block *next;
    struct block *block;
};
struct program {
    struct program_info info;
    const struct generation *gen;
    struct block *main_blocks[BLOCK_KINDS];
    struct named_block **named; /* buckets */
    size_t n_named;             /* a power of two; 0 before blocks are declared */
    struct block **blocks;      /* all, in order */
    size_t n_blocks;
    int64_t loops_max, routes_max;
    const struct module *const *watchers; /* those with on_action, ended by NULL; NULL: there are
                                             none */
    bool return_false;            /* return_mode = 1: return 0 is false, and ends its route only */
    const struct program_define { /* for $def() */
        struct str name, value;   /* value STR_NONE: has none */
    } * defines;
    size_t n_defines;
};
const struct block *program_block(const struct program *p, enum block_kind kind, struct str name);
enum block_kind block_kind_of(enum route kind);
const char *block_kind_name(enum block_kind k);

/* ---- loading ---- */

struct named_flag {
    struct named_flag *next;
    struct str name;
    int number;
    bool avp;
};

/* A parameter that the configuration sets, for messages of `check`. */
struct param_place {
    struct param_place *next;
    const struct module *module;
    const struct field *field;
    struct place at;
};

struct load {
    const struct load_options *options;
    struct generation *gen;
    struct arena *arena; /* the generation's */
    struct arena temp;   /* trees */
    struct diagnostics *diag;
    struct program *program;
    struct lexer *lexer;
    struct top *top;
    struct str module_path;
    const struct module **modules; /* in order of loading */
    void **confs;                  /* parallel */
    size_t n_modules, cap_modules;
    bool routes_missing;  /* what could not be read may hold route blocks */
    bool modules_missing; /* unknown names may come from what could not be loaded */
    struct named_flag *flags;
    struct param_place *params;
    /* what is being checked now */
    struct place at;
    const struct module *module;
    const struct func *func;
    const struct place *arg_places;
    const struct field *const *arg_fields;
    size_t n_args;
    enum route route;
    const struct token *token; /* the string that is being read, for places inside it */
    size_t token_offset;
    bool named_later[BLOCK_KINDS]; /* routes of this kind are named at run time somewhere */
    const struct block *block;     /* being compiled */
    const struct block *told;      /* a function that may not stand in it was told */
    unsigned nested;               /* variables in each other */
    bool quiet;                    /* try-outs: faults are not told */
    bool early;                    /* variables that are not `early` are ERR_STATE, untold */
    struct buf *why;               /* run time: faults go here */
};

/* Reports at the current place; `offset` is one into the string being read. */
size_t load_fault_at(struct load *l, size_t offset, size_t width, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool load_failed(const struct load *l);

/* refs.c: at load, and at run time with a load of their own. */
err_t ref_parse(struct load *l, struct str text, const struct var_ref **out) MUST_USE;
/* One variable at the start of `text`; *used is how long it is. `at` is the place of text in the
 * string being read. */
err_t ref_parse_at(struct load *l, struct str text, size_t at, size_t *used,
                   const struct var_ref **out) MUST_USE;
err_t format_parse(struct load *l, struct str text, const struct format **out) MUST_USE;
const struct format *format_of_var(struct load *l, const struct var_ref *v);
const struct format *format_of_code(struct load *l, const struct block *b, struct str text);
bool text_has_variables(struct str text);
struct field_env load_env(struct load *l);
err_t transforms_parse(struct load *l, struct str text, size_t at,
                       const struct transform_use **out) MUST_USE;
err_t transforms_run(struct call *c, const struct transform_use *t, struct value *v) MUST_USE;
/* Sets a field from a string that stands in the configuration: variables, formats, routes and
 * constants each in their way. *dynamic: it must be evaluated at each use. */
err_t select_parse(struct load *l, struct str text, struct select_ref *out) MUST_USE;

/* names.c: looking things up, and telling what was not found. */
const struct variable *name_variable(const struct load *l, struct str name);
const struct transformation *name_transformation(const struct load *l, struct str class,
                                                 struct str name);
const struct func *name_function(struct load *l, struct str name, size_t n_args, enum route route,
                                 const struct module **module);
bool name_is_of(const struct func *f, struct str name); /* or an older one */
bool name_is_function(const struct load *l, struct str name);
void name_tell_variable(struct load *l, size_t fault, struct str name);
void name_tell_function(struct load *l, const struct place *at, struct str name, size_t n_args,
                        enum route route);
void name_tell_transformation(struct load *l, size_t fault, struct str class, struct str name);

/* check_*.c, emit.c */
struct node;
struct node *check_expression(struct load *l, const struct tree *e);
void compile_block(struct load *l, struct block *b);
struct block *compile_thunk(struct load *l, struct node *n);

/* params.c, modules.c, listens.c: parts of program_load. */
void load_core_params(struct load *l, struct core_conf *conf);
void load_modules(struct load *l);
void load_modparams(struct load *l);
void load_give_modules(struct load *l); /* and their slots and confs, to the generation */
void load_defines(struct load *l);      /* for $def() */
void load_checks(struct load *l);
void load_listens(struct load *l);
void load_customs(struct load *l);
/* The value of a constant expression; false after a fault. */
bool load_constant(struct load *l, const struct tree *e, struct value *out);

/* fragment.c: after the blocks of the file. */
void fragments_compile(struct load *l);

/* early.c: a lexer_variable_fn of a struct load. */
size_t variable_early(void *ctx, struct lexer *lexer, struct str text, const struct place *at,
                      struct str *out);

/* ifexp.c: #!ifexp and #!defexp. */
bool expression_now(struct lexer *lexer, struct str text, const struct place *at,
                    struct value *out);

/* ---- running ---- */

struct var_set;
struct cfg_choice { /* cfg_select(): instance "group[id]" stands for the group */
    struct cfg_choice *next;
    struct str group, instance;
};
struct script_frame {
    struct call *call;
    const struct program *program;
    struct var_set *vars;
    unsigned depth;  /* runs inside one another */
    unsigned routes; /* routes inside one another */
    uint64_t steps;
    struct value *stack; /* free part */
    size_t stack_left;
    bool vars_shared;
    struct cfg_choice *choices; /* newest first */
    struct vm *machine;         /* the innermost one that runs; NULL: none */
    struct str prefix;          /* log_prefix of this run, unless evaluated at each line */
    struct script_frame *prefix_around;
    bool prefix_set;
};
/* How many instructions one message may take: what max_while_loops inside each other could make
 * endless. */
enum { SCRIPT_STEPS_MAX = 50000000 };

/* Runs a block in a machine of its own; a lone expression leaves its value in *result; *ended: it
 * ended the whole script. */
int vm_run_block(struct call *c, const struct block *b, struct value *result, bool *ended);
int vm_run(struct call *c, const struct block *b);
err_t vm_value(struct call *c, const struct block *b, struct value *out) MUST_USE;
/* routes.c: the frame of a call's scripts, which the outermost run sets up and gives back. */
struct script_frame *vm_enter(struct call *c);
void vm_leave(struct call *c);

/* values.c: the operators, as constants are folded with and as the machine runs them. */
int64_t value_int(const struct value *v);
struct value value_add(struct arena *a, const struct value *l, const struct value *r);
bool value_equal(struct arena *a, const struct value *l, const struct value *r);
struct value value_unary(struct arena *a, enum tree_op op, const struct value *v);
int64_t value_bits(enum tree_op op, int64_t l, int64_t r);
bool value_order(enum tree_op op, int64_t l, int64_t r);
bool value_as_int(const struct value *v, int64_t *out); /* false: junk, and *out is 0 */

/* operands.c */
err_t operand_get(struct call *c, enum operand o, struct value *out) MUST_USE;
bool operand_is_myself(struct call *c, enum operand o);
bool text_is_myself(struct str text);
bool operand_in_net(struct call *c, enum operand o, const struct addr_range *r);

/* prefix.c: log_prefix, from the begin of the outermost script to its end. */
void prefix_enter(struct script_frame *f);
void prefix_leave(struct script_frame *f);

/* latency.c: what took longer than latency_limit_action or latency_limit_cfg. */
int64_t latency_of_call_begin(const struct call *c); /* 0: nobody wants to know */
void latency_of_call(const struct call *c, const struct call_site *s, int64_t began_us);
int64_t latency_of_script_begin(const struct call *c);
void latency_of_script(const struct call *c, const char *route, int64_t began_us);

/* vars.c: $var and $vn by worker. */
struct var_set *var_set_take(bool *shared);
void var_set_give(struct var_set *v, bool shared);
