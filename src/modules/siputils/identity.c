/* SPDX-License-Identifier: BSD-2-Clause */
/* Remote-Party-ID and P-Charging-Vector (RFC 7315, 4.6 and 5.6). */
#include "base/random.h"
#include "modules/siputils/siputils.h"

/* --- Remote-Party-ID -------------------------------------------------------------------------- */

static struct str identity(struct call *c)
{
    const struct siputils_conf *conf = call_conf(c, &module_siputils);
    struct value v;

    if (!conf->rpid || var_get(c, conf->rpid, &v) != ERR_OK || v.type != VALUE_STR)
        return STR_NONE;
    return v.s;
}

int is_rpid_user_e164(struct call *c)
{
    struct str text = identity(c), user;
    struct address a;

    if (!text.n)
        return SCRIPT_FALSE;
    user = address_parse(text, &a) == ERR_OK ? a.uri.user : text;
    return truth(e164(c, user));
}

int append_rpid_hf(struct call *c, const struct two_args *a)
{
    const struct siputils_conf *conf = call_conf(c, &module_siputils);
    struct str who = identity(c), prefix = a->first.p ? a->first : conf->rpid_prefix,
               suffix = a->first.p ? a->second : conf->rpid_suffix;

    if (!who.n)
        return SCRIPT_FALSE;
    edit_append_header(&c->edits, c->msg,
                       arena_fmt(c->arena, "Remote-Party-ID: " STR_FMT STR_FMT STR_FMT "\r\n",
                                 STR_ARG(prefix), STR_ARG(who), STR_ARG(suffix)));
    return SCRIPT_TRUE;
}

/* --- P-Charging-Vector ------------------------------------------------------------------------ */

static const struct header *charging_vector(struct call *c)
{
    return c->msg ? msg_header_named(c->msg, STR("P-Charging-Vector")) : NULL;
}

/* 16 random bytes in hexadecimal digits, as the charging identity. */
static struct str new_vector(struct call *c)
{
    unsigned char bytes[16];
    char space[2 * sizeof bytes];
    struct buf hex;

    random_bytes(bytes, sizeof bytes);
    buf_fixed(&hex, space, sizeof space);
    buf_hex(&hex, (struct str){ (const char *)bytes, sizeof bytes });
    return arena_fmt(c->arena, "P-Charging-Vector: icid-value=" STR_FMT "\r\n",
                     STR_ARG(buf_str(&hex)));
}

int sip_p_charging_vector(struct call *c, const struct text_args *a)
{
    const struct header *h = charging_vector(c);
    char flag = a->text.n ? (char)(a->text.p[0] | 0x20) : '\0';

    if (flag != 'r' && flag != 'g' && flag != 'f' && flag != 'd')
        return SCRIPT_FALSE;
    if (h && flag == 'g')
        return SCRIPT_TRUE;
    if (h)
        edit_remove_header(&c->edits, c->msg, h);
    if (flag == 'g' || flag == 'f')
        edit_append_header(&c->edits, c->msg, new_vector(c));
    return SCRIPT_TRUE;
}

enum { PCV_ALL, PCV_PARAM, PCV_STATUS };
static const struct pcv_row {
    const char *name, *param;
    int kind;
} pcv_rows[] = {
    { "all", NULL, PCV_ALL },
    { "value", "icid-value", PCV_PARAM },
    { "genaddr", "icid-generated-at", PCV_PARAM },
    { "orig", "orig-ioi", PCV_PARAM },
    { "term", "term-ioi", PCV_PARAM },
    { "status", NULL, PCV_STATUS },
    { NULL, NULL, 0 },
};

static const struct pcv_row *find_row(struct str name)
{
    for (const struct pcv_row *r = pcv_rows; r->name; r++)
        if (str_ieq(name, str_of(r->name)))
            return r;
    return NULL;
}

err_t prepare_pcv(struct load *l, const struct var_ref *at, const void **prepared)
{
    *prepared = find_row(at->key);
    if (*prepared)
        return ERR_OK;
    load_fault(l, NULL,
               "$pcv has no part \"" STR_FMT "\"; it has all, value, genaddr, orig, term "
               "and status",
               STR_ARG(at->key));
    return ERR_SYNTAX;
}

err_t get_pcv(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct pcv_row *row = at->prepared ? at->prepared : find_row(var_key(c, at));
    const struct header *h = charging_vector(c);
    struct str text = STR_NONE;

    *out = VALUE_NONE;
    if (!row)
        return ERR_OK;
    if (row->kind == PCV_STATUS) {
        *out = VALUE_OF_INT(h ? 1 : -1);
        return ERR_OK;
    }
    if (h)
        text = row->kind == PCV_ALL ? h->body : param_find(h->body, str_of(row->param));
    if (text.n)
        *out = VALUE_OF_STR(text);
    return ERR_OK;
}

/* The first pass has read them; what is left are those that this server itself stands on. */
int sip_parse_headers(struct call *c)
{
    return truth(msg_from(c->msg, NULL) && msg_to(c->msg, NULL) && msg_cseq(c->msg, NULL));
}
