/* SPDX-License-Identifier: BSD-2-Clause */
/* Contacts as variables, $ulc(profile=>attribute); unregister(); the event of an expired contact.
 */
#include "base/clock.h"
#include "base/hash.h"
#include "modules/registrar/inner.h"

/* One profile of this run. */
struct profile {
    struct profile *next;
    struct str name, aor, domain;
    struct contact_info *contacts;
    size_t n;
};

static struct profile *profile_find(struct call *c, struct str name)
{
    struct profile *p = c->module_data[registrar_self.profile_slot];

    while (p && !str_ieq(p->name, name))
        p = p->next;
    return p;
}

static struct profile *profile_make(struct call *c, struct str name)
{
    struct profile *p = profile_find(c, name);

    if (!p) {
        p = ARENA_NEW(c->arena, struct profile);
        p->name = arena_dup(c->arena, name);
        p->next = c->module_data[registrar_self.profile_slot];
        c->module_data[registrar_self.profile_slot] = p;
    }
    p->n = 0;
    return p;
}

/* Copies, so that the profile needs no references. */
static void profile_add(struct call *c, struct profile *p, const struct contact *k)
{
    struct contact_info *info = &p->contacts[p->n++];

    contact_read(k, info);
    info->text[CONTACT_SOCKET] = contact_socket_text(k);
    for (size_t i = 0; i < CONTACT_TEXTS; i++)
        info->text[i] = arena_dup(c->arena, info->text[i]);
}

int reg_fetch_contacts(struct call *c, const struct fetch_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct profile *p = profile_make(c, a->profile);
    struct contact_list list;
    struct str aor, domain;

    if (aor_of_uri(c, conf, a->uri, &aor, &domain))
        return SCRIPT_FALSE;
    if (location_get(location_open(a->domain), aor, c->arena, &list))
        return SCRIPT_FALSE;
    p->aor = aor;
    p->domain = arena_dup(c->arena, a->domain);
    p->contacts = ARENA_ARRAY(c->arena, struct contact_info, list.n);
    for (size_t i = 0; i < list.n; i++) {
        if (conf->use_expired_contacts || !contact_is_expired(list.at[i], clock_unix()))
            profile_add(c, p, list.at[i]);
    }
    contact_list_drop(&list);
    return p->n ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int reg_free_contacts(struct call *c, const struct profile_args *a)
{
    struct profile *p = profile_find(c, a->profile);

    if (p)
        p->n = 0;
    return SCRIPT_TRUE;
}

enum attribute {
    U_AOR,
    U_DOMAIN,
    U_AORHASH,
    U_COUNT,
    U_ADDR,
    U_PATH,
    U_RECEIVED,
    U_EXPIRES,
    U_CALLID,
    U_Q,
    U_CSEQ,
    U_FLAGS,
    U_CFLAGS,
    U_USER_AGENT,
    U_SOCKET,
    U_MODIFIED,
    U_METHODS,
    U_RUID,
    U_REGID,
    U_INSTANCE,
    U_CONID,
    U_SERVER_ID,
    U_ATTRIBUTES
};
static const char *const attributes[U_ATTRIBUTES] = {
    "aor",     "domain", "aorhash", "count",    "addr",   "path",       "received", "expires",
    "callid",  "q",      "cseq",    "flags",    "cflags", "user_agent", "socket",   "modified",
    "methods", "ruid",   "regid",   "instance", "conid",  "server_id",
};

/* "profile=>attribute"; false when the attribute is none. */
static bool read_key(struct str key, struct str *profile, enum attribute *which)
{
    size_t at = str_search(key, STR("=>"));
    struct str name = str_trim(str_skip(key, at + 2));

    if (at == key.n)
        return false;
    *profile = str_trim(str_cut(key, 0, at));
    for (size_t i = 0; i < U_ATTRIBUTES; i++) {
        if (str_ieq(name, str_of(attributes[i]))) {
            *which = (enum attribute)i;
            return true;
        }
    }
    return false;
}

static struct value text_value(struct str s)
{
    return s.n ? VALUE_OF_STR(s) : VALUE_NONE;
}

static struct value attribute_of(const struct contact_info *k, enum attribute which)
{
    switch (which) {
    case U_ADDR: return text_value(k->text[CONTACT_URI]);
    case U_PATH: return text_value(k->text[CONTACT_PATH]);
    case U_RECEIVED: return text_value(k->text[CONTACT_RECEIVED]);
    case U_EXPIRES: return VALUE_OF_INT(k->expires ? k->expires - clock_unix() : 0);
    case U_CALLID: return text_value(k->text[CONTACT_CALL_ID]);
    case U_Q: return VALUE_OF_INT(k->q);
    case U_CSEQ: return VALUE_OF_INT(k->cseq);
    case U_FLAGS: return VALUE_OF_INT(k->flags);
    case U_CFLAGS: return VALUE_OF_INT(k->cflags);
    case U_USER_AGENT: return text_value(k->text[CONTACT_USER_AGENT]);
    case U_SOCKET: return text_value(k->text[CONTACT_SOCKET]);
    case U_MODIFIED: return VALUE_OF_INT(k->modified);
    case U_METHODS: return VALUE_OF_INT(k->methods);
    case U_RUID: return text_value(k->text[CONTACT_RUID]);
    case U_REGID: return VALUE_OF_INT(k->reg_id);
    case U_INSTANCE: return text_value(k->text[CONTACT_INSTANCE]);
    case U_CONID: return k->connection ? VALUE_OF_INT((int64_t)k->connection) : VALUE_NONE;
    case U_SERVER_ID: return VALUE_OF_INT(k->server_id);
    default: return VALUE_NONE;
    }
}

static err_t ulc_get(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str name = STR("");
    enum attribute which = U_AOR;
    int64_t index = at->index_kind == VAR_INDEX_NONE ? 0 : var_index(c, at);
    const struct profile *p;

    *out = VALUE_NONE;
    if (!read_key(var_key(c, at), &name, &which))
        return ERR_OK;
    p = profile_find(c, name);
    if (!p)
        return ERR_OK;
    if (which == U_COUNT) {
        *out = VALUE_OF_INT((int64_t)p->n);
        return ERR_OK;
    }
    if (index < 0)
        index += (int64_t)p->n;
    if (index < 0 || index >= (int64_t)p->n)
        return ERR_OK;
    if (which == U_AOR)
        *out = VALUE_OF_STR(p->aor);
    else if (which == U_DOMAIN)
        *out = VALUE_OF_STR(p->domain);
    else if (which == U_AORHASH)
        *out = VALUE_OF_INT((int64_t)(hash_fast(p->aor) & INT32_MAX));
    else
        *out = attribute_of(&p->contacts[index], which);
    return ERR_OK;
}

static err_t ulc_prepare(struct load *l, const struct var_ref *at, const void **prepared)
{
    struct str profile;
    enum attribute which;

    *prepared = NULL;
    if (at->key_format || read_key(at->key, &profile, &which))
        return ERR_OK;
    load_fault(l, NULL,
               "expected $ulc(profile=>attribute), with an attribute like aor, addr, "
               "received, expires, count");
    return ERR_SYNTAX;
}

const struct variable registrar_vars[] = {
    { .name = "ulc",
      .doc = "Attributes of contacts that reg_fetch_contacts() has fetched.",
      .get = ulc_get,
      .key = true,
      .index = true,
      .prepare = ulc_prepare },
    { 0 },
};

/* unregister() */

static err_t remove_matching(struct aor_edit *edit, void *arg)
{
    const struct str *ruid = arg;
    err_t e = ERR_NOT_FOUND;

    for (struct contact *k = aor_first(edit), *next; k; k = next) {
        next = k->next;
        if (ruid->n && !str_eq(contact_text(k, CONTACT_RUID), *ruid))
            continue;
        aor_remove(edit, k);
        e = ERR_OK;
    }
    return e;
}

int unregister(struct call *c, const struct unregister_args *a)
{
    const struct registrar_conf *conf = call_conf(c, &module_registrar);
    struct location *in = location_open(a->domain);
    struct contact *found;
    struct str aor, domain, ruid = a->ruid;
    err_t e;

    if (a->uri.n == 0 && a->ruid.n) {
        if (location_find_ruid(in, a->ruid, c->arena, &aor, &found))
            return -3;
        obj_drop(found);
    } else if (aor_of_uri(c, conf, a->uri, &aor, &domain)) {
        return SCRIPT_FALSE;
    }
    e = location_update(in, aor, remove_matching, &ruid);
    if (e == ERR_NOT_FOUND)
        return -3;
    return e ? -2 : SCRIPT_TRUE;
}

/* event_route[usrloc:contact-expired] */

struct expired {
    struct str aor, domain;
    struct contact *contact;
};

static void run_expired(struct call *c, void *arg)
{
    struct expired *x = arg;
    struct profile *p = profile_make(c, STR("exp"));

    p->aor = arena_dup(c->arena, x->aor);
    p->domain = arena_dup(c->arena, x->domain);
    p->contacts = ARENA_ARRAY(c->arena, struct contact_info, 1);
    profile_add(c, p, x->contact);
    (void)event_run(c, "usrloc:contact-expired", SCRIPT_TRUE);
}

void on_location_change(enum location_event what, struct location *l, struct str aor,
                        struct contact *c)
{
    struct expired x = { aor, location_name(l), c };
    struct generation *gen;

    if (what != LOCATION_EXPIRE || !call_upcalls.has_route)
        return;
    gen = generation_current();
    if (call_upcalls.has_route(gen, ROUTE_EVENT, "usrloc:contact-expired"))
        call_run_detached(gen, NULL, run_expired, &x);
    obj_drop(gen);
}
