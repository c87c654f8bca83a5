/* SPDX-License-Identifier: BSD-2-Clause */
/* Logging from scripts. */
#include "base/log.h"
#include "core/call.h"
#include "modules/xlog/colour.h"
#include "script/value.h"

struct xlog_conf {
    struct str prefix;
    bool prefix_mode, long_format, force_color, auto_newline;
    int64_t buf_size;
    struct str log_facility;
    struct str_list log_colors;
    int64_t methods_filter;
    /* worked out by check() */
    const struct format *prefix_format; /* prefix_mode */
    const char *area;                   /* the prefix as the name of an area */
    int facility;                       /* log_facility; -1: the server's */
};

extern const struct module module_xlog;

static struct {
    struct module_slot slot;
} self;

static const struct {
    struct str name;
    enum log_level level;
} levels[] = {
    { STR_INIT("L_ALERT"), LOG_ALERT },    { STR_INIT("L_BUG"), LOG_BUG },
    { STR_INIT("L_CRIT2"), LOG_CRITICAL }, { STR_INIT("L_CRIT"), LOG_CRITICAL },
    { STR_INIT("L_ERR"), LOG_ERROR },      { STR_INIT("L_WARN"), LOG_WARN },
    { STR_INIT("L_NOTICE"), LOG_NOTICE },  { STR_INIT("L_INFO"), LOG_INFO },
    { STR_INIT("L_DBG"), LOG_DEBUG },
};

/* The third letter of a name tells the level, so L_ERROR, L_WARNING and L_DEBUG are names too. */
static bool level_of_letter(struct str text, enum log_level *out)
{
    for (size_t i = 0; text.n > 2 && i < sizeof levels / sizeof *levels; i++)
        if (text.p[2] == levels[i].name.p[2]) {
            *out = levels[i].level;
            return true;
        }
    return false;
}

static bool level_of(struct str text, enum log_level *out)
{
    int64_t n;

    text = str_trim(text);
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (str_ieq(text, levels[i].name) || str_ieq(text, str_skip(levels[i].name, 2))) {
            *out = levels[i].level;
            return true;
        }
    if (str_to_i64(text, &n))
        return level_of_letter(text, out);
    *out = n < LOG_ALERT ? LOG_ALERT : n > LOG_DEBUG ? LOG_DEBUG : (enum log_level)n;
    return true;
}

/* Parameters. */

static err_t check(struct load *l, void *conf)
{
    struct xlog_conf *c = conf;
    struct str area = str_trim(c->prefix);

    c->facility = c->log_facility.n ? log_facility_named(c->log_facility) : -1;
    if (c->log_facility.n && c->facility < 0)
        load_fault(l, "log_facility", "expected a facility of syslog, such as LOG_LOCAL0");
    if (c->prefix_mode)
        return load_format(l, c->prefix, &c->prefix_format);
    if (str_ends(area, STR(":")))
        area.n--;
    c->area = arena_dup(load_arena(l), area).p;
    return ERR_OK;
}

/* The functions. */

struct log_args {
    const struct format *a, *b, *c;
    /* set by prepare where the level is a constant */
    enum log_level level;
    bool level_known;
    int facility; /* -1: not said; -2: asked for at each call */
};

static const struct format *level_format(const struct log_args *a)
{
    return a->c ? a->b : a->b ? a->a : NULL;
}

static const struct format *text_format(const struct log_args *a)
{
    return a->c ? a->c : a->b ? a->b : a->a;
}

static err_t prepare(struct load *l, void *args)
{
    struct log_args *a = args;
    const struct format *f = level_format(a);
    struct str text;

    a->facility = a->c ? -2 : -1;
    if (a->c && format_is_fixed(a->a, &text)) {
        a->facility = log_facility_named(text);
        if (a->facility < 0) {
            load_fault(l, "facility", "expected a facility of syslog, such as LOG_LOCAL0");
            return ERR_SYNTAX;
        }
    }
    if (!f) {
        a->level = LOG_ERROR;
        a->level_known = true;
    } else if (format_is_fixed(f, &text)) {
        a->level_known = level_of(text, &a->level);
        if (!a->level_known) {
            load_fault(l, "level",
                       "expected L_ALERT, L_BUG, L_CRIT, L_ERR, L_WARN, L_NOTICE, "
                       "L_INFO, L_DBG or a number, got \"" STR_FMT "\"",
                       STR_ARG(text));
            return ERR_SYNTAX;
        }
    }
    return ERR_OK;
}

static enum log_level level_now(struct call *c, const struct log_args *a)
{
    enum log_level level = LOG_ERROR;
    const struct format *f = level_format(a);

    if (a->level_known)
        return a->level;
    if (f)
        (void)level_of(format_eval(c, f), &level);
    return level;
}

static int facility_now(struct call *c, const struct log_args *a)
{
    return a->facility == -2 ? log_facility_named(format_eval(c, a->a)) : a->facility;
}

static int write_log(struct call *c, enum log_level level, const struct format *f, bool place,
                     int facility)
{
    const struct xlog_conf *conf = call_conf(c, &module_xlog);
    const struct log_form form = { .facility = facility < 0 ? conf->facility : facility };
    struct str text, prefix = STR_NONE, file = STR_NONE;
    unsigned line = 0;
    const char *area = conf->area;

    if (!log_on(level))
        return SCRIPT_TRUE; /* the text is not even made */
    text = format_eval(c, f);
    if (conf->prefix_format) {
        prefix = format_eval(c, conf->prefix_format);
        area = "script";
    }
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    if (place && script_place(c, &file, &line))
        log_write_as(&form, level, area, STR_FMT STR_FMT "%s%u:" STR_FMT, STR_ARG(prefix),
                     STR_ARG(conf->long_format ? file : STR_NONE), conf->long_format ? ":" : "",
                     line, STR_ARG(text));
    else
        log_write_as(&form, level, area, STR_FMT STR_FMT, STR_ARG(prefix), STR_ARG(text));
    return SCRIPT_TRUE;
}

static int xlog(struct call *c, const struct log_args *a)
{
    return write_log(c, level_now(c, a), text_format(a), false, facility_now(c, a));
}
EXPOSE(xlog, log_args)

static int xlogl(struct call *c, const struct log_args *a)
{
    return write_log(c, level_now(c, a), text_format(a), true, facility_now(c, a));
}
EXPOSE(xlogl, log_args)

/* The packaged server counts the bits of methods from INVITE on. */
static int64_t method_bit(const struct call *c)
{
    const struct cseq *cseq = c->msg ? msg_cseq(c->msg, NULL) : NULL;

    return cseq && cseq->method != METHOD_OTHER ? METHOD_BIT(cseq->method) >> 1 : INT64_C(1) << 30;
}

static int xlogm(struct call *c, const struct log_args *a)
{
    const struct xlog_conf *conf = call_conf(c, &module_xlog);

    if (method_bit(c) & conf->methods_filter)
        return SCRIPT_TRUE;
    return write_log(c, level_now(c, a), text_format(a), false, facility_now(c, a));
}
EXPOSE(xlogm, log_args)

struct text_args {
    const struct format *text;
};
#define AT_LEVEL(name, level, place)                                                               \
    static int name(struct call *c, const struct text_args *a)                                     \
    {                                                                                              \
        return write_log(c, (level), a->text, (place), -1);                                        \
    }                                                                                              \
    EXPOSE(name, text_args)
AT_LEVEL(xdbg, LOG_DEBUG, false)
AT_LEVEL(xdbgl, LOG_DEBUG, true)
AT_LEVEL(xinfo, LOG_INFO, false)
AT_LEVEL(xnotice, LOG_NOTICE, false)
AT_LEVEL(xwarn, LOG_WARN, false)
AT_LEVEL(xerr, LOG_ERROR, false)
AT_LEVEL(xbug, LOG_BUG, false)
AT_LEVEL(xcrit, LOG_CRITICAL, false)
AT_LEVEL(xalert, LOG_ALERT, false)

/* $C(xy): terminal colours. */

static err_t prepare_colour(struct load *l, const struct var_ref *at, const void **prepared)
{
    *prepared = colour_find(at->key);
    if (*prepared)
        return ERR_OK;
    load_fault(l, NULL,
               "$C takes two letters for foreground and background: x default, s black, r "
               "red, g green, y yellow, b blue, p purple, c cyan, w white; capitals bold");
    return ERR_SYNTAX;
}

static err_t get_colour(struct call *c, const struct var_ref *at, struct value *out)
{
    *out = at->prepared ? VALUE_OF_STR(colour_sequence(at->prepared, c->arena)) : VALUE_NONE;
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(xlog_conf, prefix, "What stands before each message.", .def = "<script>: "),
    FIELD(xlog_conf, prefix_mode, "Whether variables in the prefix are expanded.", .def = "0"),
    FIELD(xlog_conf, long_format, "Whether xlogl() and xdbgl() tell the file too.", .def = "0"),
    FIELD(xlog_conf, force_color, "Whether $C() gives colours even to a log that is no terminal.",
          .def = "0", .inert = "$C() always gives its escape sequence"),
    FIELD(xlog_conf, auto_newline, "Whether a line end is added.", .def = "0",
          .inert = "each message is one line"),
    FIELD(xlog_conf, buf_size, "Longest message.", .def = "4096",
          .inert = "messages may have any length"),
    FIELD(xlog_conf, log_facility, "Facility of the system log for script messages.",
          .optional = true),
    FIELD(xlog_conf, log_colors, "Colours of levels on a terminal, L_ERR=cr; many times.",
          .optional = true, .inert = "levels have their own colours"),
    FIELD(xlog_conf, methods_filter,
          "Sum of the methods for which xlogm() is silent: 1 INVITE, 2 CANCEL, 4 ACK, 8 BYE, 16 "
          "INFO, 32 REGISTER, 64 SUBSCRIBE, 128 NOTIFY, 256 MESSAGE, 512 OPTIONS; -1: all.",
          .def = "-1", .runtime = true),
    { 0 },
};

static const struct field log_args_fields[] = {
    FIELD(log_args, a,
          "The text; the level when there are two arguments, the facility with three."),
    FIELD(log_args, b, "The text; the level when there are three arguments.", .optional = true),
    FIELD(log_args, c, "The text.", .optional = true),
    { 0 },
};
static const struct field text_args_fields[] = {
    FIELD(text_args, text, "The text, with variables."),
    { 0 },
};

static const struct func funcs[] = {
    FUNC(xlog, log_args, "Logs a text, at level L_ERR unless another is given.",
         .prepare = prepare),
    FUNC(xlogl, log_args, "Logs a text with the place in the script.", .prepare = prepare),
    FUNC(xlogm, log_args, "Logs a text unless methods_filter silences the message's method.",
         .prepare = prepare),
    FUNC(xdbg, text_args, "Logs a text at level L_DBG."),
    FUNC(xdbgl, text_args, "Logs a text at level L_DBG with the place in the script."),
    FUNC(xinfo, text_args, "Logs a text at level L_INFO."),
    FUNC(xnotice, text_args, "Logs a text at level L_NOTICE."),
    FUNC(xwarn, text_args, "Logs a text at level L_WARN."),
    FUNC(xerr, text_args, "Logs a text at level L_ERR."),
    FUNC(xbug, text_args, "Logs a text at level L_BUG."),
    FUNC(xcrit, text_args, "Logs a text at level L_CRIT."),
    FUNC(xalert, text_args, "Logs a text at level L_ALERT."),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "C",
      .key = true,
      .get = get_colour,
      .prepare = prepare_colour,
      .doc = "Terminal colours: two letters, foreground and background; xx resets." },
    { 0 },
};

const struct module module_xlog = {
    .abi = MODULE_ABI,
    .name = "xlog",
    .doc = "Log messages from scripts, with variables.",
    .slot = &self.slot,
    .conf_size = sizeof(struct xlog_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .check = check,
};
