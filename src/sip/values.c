/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/values.h"
#include "sip/scan.h"
#include <time.h>

bool list_next(struct str *list, struct str *value)
{
    while (list->n) {
        bool quoted = false, angle = false;
        size_t i = 0;
        for (; i < list->n && (list->p[i] != ',' || quoted || angle); i++) {
            char c = list->p[i];
            if (quoted && c == '\\')
                i += i + 1 < list->n;
            else if (c == '"')
                quoted = !quoted;
            else if (!quoted && (c == '<' || c == '>'))
                angle = c == '<';
        }
        *value = str_trim(str_cut(*list, 0, i));
        *list = str_skip(*list, i + 1);
        if (value->n)
            return true;
    }
    return false;
}

bool list_has(struct str list, struct str token)
{
    struct str value;

    while (list_next(&list, &value))
        if (str_ieq(value, token))
            return true;
    return false;
}

bool msg_lists(const struct msg *m, enum header_id id, struct str token)
{
    for (const struct header *h = msg_header(m, id); h; h = msg_header_next(m, h))
        if (list_has(h->body, token))
            return true;
    return false;
}

err_t seconds_parse(struct str in, uint32_t *out)
{
    struct scan s = scan_of(in);

    scan_ows(&s);
    *out = scan_u32(&s);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}

static const char day_names[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static int scan_name(struct scan *s, const char names[][4], int n)
{
    struct str text = scan_while(s, CHAR_ALPHA);

    for (int i = 0; i < n; i++)
        if (str_ieq(text, str_of(names[i])))
            return i;
    scan_fail(s, ERR_SYNTAX);
    return 0;
}

static int scan_digits(struct scan *s, size_t digits, int most)
{
    size_t start = s->at;
    uint32_t n = scan_u32(s);

    if (s->at - start != digits || n > (uint32_t)most)
        scan_fail(s, ERR_SYNTAX);
    return s->err ? 0 : (int)n;
}

err_t date_parse(struct str in, int64_t *out)
{
    struct scan s = scan_of(in);
    struct tm t = { 0 };

    scan_ows(&s);
    scan_name(&s, day_names, 7);
    scan_char(&s, ',');
    scan_lws(&s);
    t.tm_mday = scan_digits(&s, 2, 31);
    scan_lws(&s);
    t.tm_mon = scan_name(&s, month_names, 12);
    scan_lws(&s);
    t.tm_year = scan_digits(&s, 4, 9999) - 1900;
    scan_lws(&s);
    t.tm_hour = scan_digits(&s, 2, 23);
    scan_char(&s, ':');
    t.tm_min = scan_digits(&s, 2, 59);
    scan_char(&s, ':');
    t.tm_sec = scan_digits(&s, 2, 60);
    scan_lws(&s);
    if (!str_ieq(scan_while(&s, CHAR_ALPHA), STR("GMT")))
        scan_fail(&s, ERR_SYNTAX);
    scan_ows(&s);
    scan_end(&s);
    if (!s.err && t.tm_mday == 0)
        return ERR_SYNTAX;
    *out = s.err ? 0 : (int64_t)timegm(&t);
    return s.err;
}

void date_write(struct buf *b, int64_t seconds)
{
    time_t when = (time_t)seconds;
    struct tm t = { 0 };

    gmtime_r(&when, &t);
    buf_fmt(b, "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[t.tm_wday], t.tm_mday,
            month_names[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

/* "(text)", perhaps with further comments inside. */
static struct str scan_comment(struct scan *s)
{
    size_t start = s->at + 1;
    unsigned depth = 0;

    while (scan_more(s)) {
        char c = s->in.p[s->at++];
        if (c == '\\')
            s->at += s->at < s->in.n;
        depth += c == '(';
        if (c == ')' && --depth == 0)
            return str_cut(s->in, start, s->at - 1);
    }
    scan_fail(s, ERR_SYNTAX);
    return STR_NONE;
}

#define SLOT(type, name, field)                                                                    \
    {                                                                                              \
        STR_INIT(name), offsetof(struct type, field)                                               \
    }
#define PARAMS(s, slots, out)                                                                      \
    scan_params(s, slots, sizeof slots / sizeof *slots, out, &(out)->params)

err_t retry_after_parse(struct str in, struct retry_after *out)
{
    static const struct param_slot slots[] = { SLOT(retry_after, "duration", duration) };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->seconds = scan_u32(&s);
    scan_ows(&s);
    if (scan_peek(&s) == '(')
        out->comment = scan_comment(&s);
    PARAMS(&s, slots, out);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}

err_t reason_next(struct str *in, struct reason *out)
{
    static const struct param_slot slots[] = { SLOT(reason, "cause", cause),
                                               SLOT(reason, "text", text) };
    struct scan s = scan_of(*in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->protocol = scan_token(&s);
    PARAMS(&s, slots, out);
    out->text = unquoted(out->text);
    scan_list_end(&s, in);
    return s.err;
}

err_t rack_parse(struct str in, struct rack *out)
{
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->rseq = scan_u32(&s);
    scan_lws(&s);
    out->cseq = scan_u32(&s);
    scan_lws(&s);
    out->method_name = scan_token(&s);
    out->method = method_of(out->method_name);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}

err_t event_parse(struct str in, struct event_value *out)
{
    static const struct param_slot slots[] = {
        SLOT(event_value, "id", id),
        SLOT(event_value, "expires", expires),
        SLOT(event_value, "reason", reason),
        SLOT(event_value, "retry-after", retry_after),
    };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->package = scan_token(&s);
    PARAMS(&s, slots, out);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}

err_t content_type_parse(struct str in, struct content_type *out)
{
    static const struct param_slot slots[] = { SLOT(content_type, "boundary", boundary),
                                               SLOT(content_type, "charset", charset) };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->type = scan_token(&s);
    scan_separator(&s, '/');
    out->subtype = scan_token(&s);
    PARAMS(&s, slots, out);
    out->boundary = unquoted(out->boundary);
    out->charset = unquoted(out->charset);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}

bool content_type_is(const struct content_type *c, struct str type, struct str subtype)
{
    return str_ieq(c->type, type) && str_ieq(c->subtype, subtype);
}

err_t session_expires_parse(struct str in, struct session_expires *out)
{
    struct wide {
        struct str refresher, params;
    } wide = { 0 };
    static const struct param_slot slots[] = { SLOT(wide, "refresher", refresher) };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->seconds = scan_u32(&s);
    PARAMS(&s, slots, &wide);
    scan_ows(&s);
    scan_end(&s);
    out->params = wide.params;
    if (str_ieq(wide.refresher, STR("uac")))
        out->refresher = REFRESHER_UAC;
    else if (str_ieq(wide.refresher, STR("uas")))
        out->refresher = REFRESHER_UAS;
    else if (wide.refresher.p)
        scan_fail(&s, ERR_SYNTAX);
    return s.err;
}

err_t replaces_parse(struct str in, struct replaces *out)
{
    struct wide {
        struct str from_tag, to_tag, early_only, params;
    } wide = { 0 };
    static const struct param_slot slots[] = { SLOT(wide, "from-tag", from_tag),
                                               SLOT(wide, "to-tag", to_tag),
                                               SLOT(wide, "early-only", early_only) };
    struct scan s = scan_of(in);

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    out->call_id = scan_while(&s, CHAR_WORD | CHAR_VALUE);
    PARAMS(&s, slots, &wide);
    scan_ows(&s);
    scan_end(&s);
    out->from_tag = wide.from_tag;
    out->to_tag = wide.to_tag;
    out->early_only = wide.early_only.p != NULL;
    if (!s.err && (!out->call_id.n || !out->from_tag.n || !out->to_tag.n))
        return ERR_SYNTAX;
    return s.err;
}
