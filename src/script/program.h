/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The face of the script floor to the server: reading a configuration into a generation, and
 * running its route blocks.
 */
#pragma once
#include "core/generation.h"
#include "script/value.h"

struct diagnostics; /* what a load found wrong, in the order of the files */
struct program;     /* the compiled route blocks and all that the file declared */
struct fragment;

struct load_define { /* -A NAME or -A NAME=VALUE */
    struct str name, value;
};
struct load_setting {  /* a core parameter given on the command line; wins over the file */
    struct str name;   /* "debug", "log_stderror", "children" … */
    struct str value;  /* as it would stand in the file: 3, yes, "text" */
    struct str option; /* for messages: "-d" */
};
struct load_modparam { /* --modparam=MODULE:NAME:TYPE:VALUE, TYPE i or s; MODULE may be a regex */
    struct str module, name, value;
    bool number;
};

/* How files are read, for editors, which hold texts that are not saved. */
struct load_reader {
    void *ctx;
    /* True: *text is what the file holds, and stays until program_load returns. False: the disk
     * has it. `text` NULL: only whether there is such a file is asked. */
    bool (*read)(void *ctx, struct str name, struct str *text);
};

/* All strings must live until program_load returns; what is kept is copied. */
struct load_options {
    struct str file;                   /* "-" reads standard input */
    struct str text;                   /* when p is set: read this; `file` only names it */
    const struct load_define *defines; /* -A */
    size_t n_defines;
    const struct str *substs;       /* --subst, --substdef, --substdefs as given: */
    const char *const *subst_kinds; /* "subst", "substdef" or "substdefs", parallel */
    size_t n_substs;
    const struct str *modules; /* --loadmodule, loaded before those of the file */
    size_t n_modules;
    const struct load_modparam *modparams; /* --modparam, applied after those of the file */
    size_t n_modparams;
    const struct load_setting *settings;
    size_t n_settings;
    const struct str *listens; /* -l; when there is one, those of the file are ignored */
    size_t n_listens;
    const struct str *aliases; /* --alias, --domain */
    size_t n_aliases;
    struct str module_path;    /* -L; wins over mpath in the file */
    const struct str *no_warn; /* --no-warn: warnings that are not told */
    size_t n_no_warn;
    struct fragment *const *fragments; /* compiled along with the file; script/fragment.h */
    size_t n_fragments;
    const struct load_reader *reader; /* NULL: all files are on the disk */
};

/* One listen line, or one address of it. Names of interfaces are not resolved yet. */
struct listen_item {
    enum proto proto;          /* PROTO_NONE: all that are enabled */
    struct str host;           /* address, host name or interface; "*": all addresses */
    uint16_t port, port_end;   /* port 0: the protocol's default; port_end 0: no range */
    struct str advertise_host; /* STR_NONE: none */
    uint16_t advertise_port;   /* 0: the port itself */
    struct str name;           /* STR_NONE: none */
    struct str vrf;            /* STR_NONE: none */
    unsigned flags;            /* LISTENER_* */
    int64_t workers;           /* socket = { workers = n }; 0: not said */
    struct str where;          /* "kamailio.cfg:12", for messages */
};
struct alias_item {
    enum proto proto; /* PROTO_NONE: any */
    struct str host;
    uint16_t port; /* 0: any */
};
/* `group.name = value desc "text"`: a custom parameter, readable and changeable at run time. */
struct cfg_decl {
    struct str group, name;
    struct value value;
    struct str doc;
};
struct program_info {
    const struct listen_item *listens;
    size_t n_listens;
    const struct alias_item *aliases;
    size_t n_aliases;
    const struct cfg_decl *cfgs;
    size_t n_cfgs;
    struct str module_path; /* as it stood at the end of the file */
    size_t n_files;
    const struct str *files; /* all that were read, the main one first */
};

/*
 * Reads, parses and checks everything, and fills `into`: file, core, modules, confs, program, all
 * in its arena, which the caller has initialised (the other members are left alone). Any thread;
 * does not suspend; changes nothing in the process but that shared objects of modules get opened
 * and modules get their slots. When it fails, `into` may hold parts: drop it; all reasons are in
 * `d`.
 */
err_t program_load(const struct load_options *o, struct generation *into,
                   struct diagnostics *d) MUST_USE;
const struct program_info *program_info(const struct program *p);
/* Names that the preprocessor knew at the end; value STR_NONE: the name has none. */
void program_each_define(const struct program *p,
                         void (*fn)(struct str name, struct str value, void *arg), void *arg);
/* What a loaded generation runs, as text: its files, modules, custom parameters and the code of its
 * routes with the lines it came from. */
void program_dump(const struct generation *g, struct buf *out);

/* The kinds of warnings, for those who want to know more. */
struct warning {
    const char *name;             /* "W-octal" */
    const char *what, *why, *how; /* one or two sentences each */
};
extern const struct warning script_warnings[]; /* ended by a NULL name */
const struct warning *warning_find(struct str name);

struct diagnostics *diagnostics_new(void);
void diagnostics_free(struct diagnostics *d);
size_t diagnostics_faults(const struct diagnostics *d);
size_t diagnostics_warnings(const struct diagnostics *d);
/* All of them, for people: place, sentence, the source line with a caret, hints. */
void diagnostics_print(const struct diagnostics *d, struct buf *out, bool colour);
/* The ith fault or warning, for other renderings (RPC, JSON). */
struct diagnostic {
    bool fault;       /* false: a warning */
    const char *name; /* of a warning: "W-define-comment"; NULL for faults */
    struct str file;
    unsigned line, col; /* from 1; 0: no place (command line) */
    unsigned width;     /* columns the caret covers */
    struct str message; /* one sentence; what was expected is part of it */
    struct str hint;    /* 'did you mean "xlog"?', 'needs loadmodule "tm.so"'; or empty */
    struct str source;  /* the line as written */
    struct str trace;   /* "included from a.cfg:3", "expanded from NAME"; lines, or empty */
};
const struct diagnostic *diagnostics_at(const struct diagnostics *d, size_t i);

/*
 * For call_upcalls (core/call.h): runs the main block of a kind (name NULL or "") or the named one,
 * and returns its final code; SCRIPT_TRUE when there is no such block. May suspend.
 */
int program_run_route(struct call *c, enum route kind, const char *name);
bool program_has_route(const struct generation *g, enum route kind, const char *name);
/* The script's own variables ($var) of a worker are forgotten; on each worker when it stops. */
void program_worker_stop(void);
