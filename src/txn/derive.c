/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ACK and CANCEL of an INVITE that was sent (RFC 3261 9.1 and 17.1.1.3), made from its bytes: the
 * same Request-URI, top Via, From, Call-ID, CSeq number and Route. We built those bytes ourselves,
 * so one pass over the lines is enough.
 */
#include "txn/internal.h"

/* The next header of a message, its folded lines included; false at the empty line. */
static bool next_header(struct str *rest, struct str *all)
{
    size_t end = 0;

    if (!rest->n || rest->p[0] == '\r' || rest->p[0] == '\n')
        return false;
    do {
        end += str_find(str_skip(*rest, end), '\n');
        if (end < rest->n)
            end++;
    } while (end < rest->n && (rest->p[end] == ' ' || rest->p[end] == '\t'));
    *all = str_cut(*rest, 0, end);
    *rest = str_skip(*rest, end);
    return true;
}

static bool is_kept(enum header_id id)
{
    return id == HEADER_FROM || id == HEADER_CALL_ID || id == HEADER_ROUTE;
}

static void copy_header(struct str all, enum header_id id, struct str method, struct str to,
                        bool *via_done, struct str extra_prefix, struct buf *out)
{
    struct str body = all, name = str_trim(str_split(&body, ':'));

    if (id == HEADER_VIA) {
        if (!*via_done)
            buf_add(out, all);
        *via_done = true;
    } else if (id == HEADER_TO && to.n) {
        buf_addz(out, "To: ");
        buf_add(out, str_trim(to));
        buf_addz(out, "\r\n");
    } else if (id == HEADER_TO || is_kept(id)) {
        buf_add(out, all);
    } else if (id == HEADER_CSEQ) {
        struct str number = str_trim(body);
        size_t n = str_find(number, ' ');

        buf_addz(out, "CSeq: ");
        buf_add(out, str_cut(number, 0, n));
        buf_char(out, ' ');
        buf_add(out, method);
        buf_addz(out, "\r\n");
    } else if (id == HEADER_MAX_FORWARDS) {
        buf_addz(out, "Max-Forwards: 70\r\n");
    } else if (extra_prefix.n && str_istarts(name, extra_prefix)) {
        buf_add(out, all);
    }
}

err_t derive_request(struct str sent, struct str method, struct str to, struct str extra,
                     struct str extra_prefix, struct buf *out)
{
    struct str rest = sent, line, all;
    bool via_done = false;

    line = str_split(&rest, '\n');
    size_t space = str_find(line, ' ');
    if (space >= line.n)
        return ERR_SYNTAX;
    buf_add(out, method);
    buf_add(out, str_skip(line, space));
    buf_char(out, '\n');
    while (next_header(&rest, &all)) {
        struct str name = str_cut(all, 0, str_find(all, ':'));

        copy_header(all, header_id_of(str_trim(name)), method, to, &via_done, extra_prefix, out);
    }
    buf_add(out, extra);
    buf_addz(out, "Content-Length: 0\r\n\r\n");
    return via_done ? ERR_OK : ERR_SYNTAX;
}
