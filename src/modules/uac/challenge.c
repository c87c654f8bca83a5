/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers to challenges (RFC 3261 22.2, 22.3; RFC 8760). */
#include "base/log.h"
#include "base/random.h"
#include "modules/uac/inner.h"
#include "sip/auth.h"

#define AREA "uac"

enum { CNONCE = 16 };

static bool is_answerable(const struct digest_challenge *ch)
{
    return ch->algorithm != AUTH_ALGORITHM_OTHER && ch->realm.p && ch->nonce.p &&
           (!ch->qop_list.n || ch->offers_auth || ch->offers_auth_int);
}

static struct digest_credentials credentials_for(const struct answer_plan *p,
                                                 const struct digest_challenge *ch,
                                                 const struct credential *cr, struct str cnonce)
{
    struct digest_credentials d = {
        .scheme = STR("Digest"),
        .username = cr->user,
        .realm = ch->realm,
        .nonce = ch->nonce,
        .uri = p->uri,
        .opaque = ch->opaque,
        .algorithm = ch->algorithm,
        .algorithm_text = ch->algorithm_text.p ? ch->algorithm_text : STR("MD5"),
    };

    if (ch->qop_list.n) {
        d.qop = ch->offers_auth ? AUTH_QOP_AUTH : AUTH_QOP_AUTH_INT;
        d.qop_text = auth_qop_name(d.qop);
        d.nc = 1;
        d.nc_text = STR("00000001");
    }
    if (d.qop || d.algorithm == AUTH_MD5_SESS || d.algorithm == AUTH_SHA256_SESS)
        d.cnonce = cnonce;
    return d;
}

static struct str answer(const struct answer_plan *p, const struct digest_challenge *ch,
                         const struct credential *cr, struct arena *arena)
{
    struct digest_text ha1, response;
    struct digest_credentials d;
    char space[CNONCE + 1];
    struct buf cnonce, line;
    struct str out, secret = cr->secret;

    buf_fixed(&cnonce, space, sizeof space);
    random_token(&cnonce, CNONCE);
    d = credentials_for(p, ch, cr, buf_str(&cnonce));
    if (!p->is_ha1) {
        digest_ha1(d.algorithm, d.username, d.realm, secret, &ha1);
        secret = digest_text_str(&ha1);
    }
    digest_response(&d, secret, p->method, p->body, &response);
    d.response = digest_text_str(&response);
    buf_init(&line, MEM_MESSAGE);
    buf_addz(&line, p->reply->status == 401 ? "Authorization: " : "Proxy-Authorization: ");
    digest_credentials_write(&line, &d);
    buf_addz(&line, "\r\n");
    out = arena_dup(arena, buf_str(&line));
    buf_free(&line);
    return out;
}

err_t uac_answer_challenge(const struct answer_plan *p, struct arena *arena, struct str *line)
{
    enum header_id id =
        p->reply->status == 401 ? HEADER_WWW_AUTHENTICATE : HEADER_PROXY_AUTHENTICATE;
    err_t e = ERR_NOT_FOUND;

    if (p->reply->status != 401 && p->reply->status != 407)
        return ERR_NOT_FOUND;
    for (const struct header *h = msg_header(p->reply, id); h; h = msg_header_next(p->reply, h)) {
        struct digest_challenge ch;
        struct credential cr;

        if (digest_challenge_parse(h->body, &ch))
            continue;
        if (!is_answerable(&ch)) {
            e = ERR_UNSUPPORTED;
            continue;
        }
        if (!p->find(p->arg, ch.realm, &cr))
            continue;
        *line = answer(p, &ch, &cr, arena);
        return ERR_OK;
    }
    return e;
}
