/* SPDX-License-Identifier: BSD-2-Clause */
#include "sip/via.h"
#include "sip/scan.h"

static const struct param_slot slots[] = {
    { STR_INIT("branch"), offsetof(struct via, branch) },
    { STR_INIT("rport"), offsetof(struct via, rport) },
    { STR_INIT("received"), offsetof(struct via, received) },
    { STR_INIT("alias"), offsetof(struct via, alias) },
    { STR_INIT("maddr"), offsetof(struct via, maddr) },
    { STR_INIT("ttl"), offsetof(struct via, ttl) },
    { STR_INIT("i"), offsetof(struct via, i) },
};

err_t via_next(struct str *in, struct via *out)
{
    struct scan s = scan_of(*in);
    size_t start, behind;

    memset(out, 0, sizeof *out);
    scan_ows(&s);
    start = s.at;
    scan_token(&s);
    scan_separator(&s, '/');
    scan_token(&s);
    scan_separator(&s, '/');
    out->proto_text = scan_token(&s);
    out->proto = proto_of(out->proto_text);
    scan_lws(&s);
    out->host = scan_host(&s);
    behind = s.at;
    scan_ows(&s);
    if (scan_take(&s, ':')) {
        scan_ows(&s);
        out->port = scan_port(&s, &out->port_text);
        behind = s.at;
    }
    s.at = s.err ? s.at : behind;
    scan_params(&s, slots, sizeof slots / sizeof *slots, out, &out->params);
    if (s.err)
        return s.err;
    out->has_rport = out->rport.p != NULL;
    out->has_alias = out->alias.p != NULL;
    out->all = str_trim(str_cut(s.in, start, s.at));
    scan_list_end(&s, in);
    return s.err;
}

err_t cseq_parse(struct str in, struct cseq *out)
{
    struct scan s = scan_of(in);

    out->number = scan_u32(&s);
    scan_lws(&s);
    out->method_name = scan_token(&s);
    out->method = method_of(out->method_name);
    scan_ows(&s);
    scan_end(&s);
    return s.err;
}
