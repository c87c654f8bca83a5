/* SPDX-License-Identifier: BSD-2-Clause */
/* Control requests about registrations with other servers. */
#include "base/clock.h"
#include "modules/uac/registrations.h"

struct filter_args {
    struct str attribute, value;
};
struct uuid_args {
    struct str uuid;
};
struct active_args {
    bool mode;
};
struct add_args {
    struct str text[10]; /* l_uuid … auth_proxy */
    int64_t expires, flags, reg_delay;
    struct str socket, contact_addr;
};

static struct str shown(struct str s, const char *absent)
{
    return s.n ? s : str_of(absent);
}

static void show(struct rpc *r, const struct registration_view *v)
{
    struct rpc_node *n = rpc_struct(rpc_root(r));
    const struct uac_conf *conf = current_conf(&module_uac);
    struct str contact = v->text[REG_CONTACT_ADDR];

    rpc_put_str(n, "l_uuid", v->text[REG_UUID]);
    rpc_put_str(n, "l_username", v->text[REG_L_USERNAME]);
    rpc_put_str(n, "l_domain", v->text[REG_L_DOMAIN]);
    rpc_put_str(n, "r_username", v->text[REG_R_USERNAME]);
    rpc_put_str(n, "r_domain", v->text[REG_R_DOMAIN]);
    rpc_put_str(n, "realm", v->text[REG_REALM]);
    rpc_put_str(n, "auth_username", v->text[REG_AUTH_USERNAME]);
    rpc_put_str(n, "auth_password", shown(v->text[REG_AUTH_PASSWORD], "none"));
    rpc_put_str(n, "auth_ha1", shown(v->text[REG_AUTH_HA1], "none"));
    rpc_put_str(n, "auth_proxy", v->text[REG_AUTH_PROXY]);
    rpc_put_int(n, "expires", v->expires);
    rpc_put_int(n, "flags", v->flags);
    rpc_put_int(n, "diff_expires", v->timer_expires - clock_unix());
    rpc_put_int(n, "timer_expires", v->timer_expires);
    rpc_put_int(n, "reg_init", v->reg_init);
    rpc_put_int(n, "reg_delay", v->reg_delay);
    rpc_put_str(n, "contact_addr", contact.n ? contact : conf->reg_contact_addr);
    rpc_put_str(n, "socket", shown(v->text[REG_SOCKET], "<null string>"));
}

static err_t answer(struct rpc *r, err_t e)
{
    if (e == ERR_UNSUPPORTED)
        return rpc_fail(r, 400, "Unsupported filter attribute");
    if (e == ERR_NOT_FOUND)
        return rpc_fail(r, 404, "Record not found");
    return e ? rpc_fail(r, 500, "Failed: %s", err_text(e)) : ERR_OK;
}

static err_t reg_dump(struct rpc *r, const void *args)
{
    struct registration_view *all;
    size_t n = reg_views(rpc_arena(r), &all);

    (void)args;
    for (size_t i = 0; i < n; i++)
        show(r, &all[i]);
    return ERR_OK;
}

static err_t reg_info(struct rpc *r, const void *args)
{
    const struct filter_args *a = args;
    struct registration_view v;
    err_t e = reg_find_by(a->attribute, a->value, rpc_arena(r), &v);

    if (e == ERR_OK)
        show(r, &v);
    return answer(r, e);
}

static err_t rpc_enable(struct rpc *r, const void *args)
{
    const struct filter_args *a = args;

    return answer(r, reg_enable(a->attribute, a->value, true));
}

static err_t rpc_disable(struct rpc *r, const void *args)
{
    const struct filter_args *a = args;

    return answer(r, reg_enable(a->attribute, a->value, false));
}

static err_t send_register(struct rpc *r, const void *args)
{
    const struct filter_args *a = args;

    return answer(r, reg_send_now(a->attribute, a->value, true));
}

static err_t send_unregister(struct rpc *r, const void *args)
{
    const struct filter_args *a = args;

    return answer(r, reg_send_now(a->attribute, a->value, false));
}

static err_t rpc_reload(struct rpc *r, const void *args)
{
    err_t e = reg_reload(current_conf(&module_uac), false);

    (void)args;
    if (e == ERR_STATE)
        return rpc_fail(r, 500, "Too soon after the last reload: see reg_gc_interval");
    if (e)
        return rpc_fail(r, 500, "Failed to reload records - check log messages");
    return ERR_OK;
}

static err_t rpc_refresh(struct rpc *r, const void *args)
{
    const struct uuid_args *a = args;
    err_t e = reg_refresh(current_conf(&module_uac), a->uuid);

    if (e == ERR_NOT_FOUND)
        return rpc_fail(r, 404, "Record not found");
    return e ? rpc_fail(r, 500, "Failed to refresh record - check log messages") : ERR_OK;
}

static err_t rpc_remove(struct rpc *r, const void *args)
{
    const struct uuid_args *a = args;

    return answer(r, reg_remove(a->uuid) ? ERR_OK : ERR_NOT_FOUND);
}

static err_t rpc_active(struct rpc *r, const void *args)
{
    const struct active_args *a = args;
    struct rpc_node *n = rpc_struct(rpc_root(r));

    rpc_put_int(n, "omode", reg_is_active());
    reg_set_active(a->mode);
    rpc_put_int(n, "nmode", a->mode);
    return ERR_OK;
}

/* A dot stands for "none". */
static struct str given(struct str s)
{
    return str_eq(s, STR(".")) ? STR("") : s;
}

static err_t rpc_add(struct rpc *r, const void *args)
{
    const struct add_args *a = args;
    struct registration_view v = { .expires = a->expires,
                                   .reg_delay = a->reg_delay,
                                   .flags = (unsigned)a->flags };

    for (size_t i = 0; i < 10; i++)
        v.text[REG_UUID + i] = given(a->text[i]);
    v.text[REG_SOCKET] = given(a->socket);
    v.text[REG_CONTACT_ADDR] = given(a->contact_addr);
    v.text[REG_CONTACT_USER] = STR("");
    if (!v.text[REG_AUTH_PASSWORD].n && v.text[REG_AUTH_HA1].n < 32)
        return rpc_fail(r, 500, "Failed to add record - invalid password or ha1");
    if (!v.text[REG_UUID].n || !v.text[REG_R_DOMAIN].n)
        return rpc_fail(r, 400, "Invalid Parameters");
    reg_put(&v);
    return ERR_OK;
}

/* ---- tables ---- */

static const struct field filter_fields[] = {
    FIELD(filter_args, attribute, "l_uuid, l_username, r_username or auth_username."),
    FIELD(filter_args, value, "Its value."),
    { 0 },
};
static const struct field uuid_fields[] = {
    FIELD(uuid_args, uuid, "The record's l_uuid."),
    { 0 },
};
static const struct field active_fields[] = {
    FIELD(active_args, mode, "1: records are registered; 0: nothing is sent."),
    { 0 },
};
static const struct field add_fields[] = {
    FIELD_NAMED(add_args, text[0], "l_uuid", "Unique name."),
    FIELD_NAMED(add_args, text[1], "l_username", "Local user."),
    FIELD_NAMED(add_args, text[2], "l_domain", "Local domain."),
    FIELD_NAMED(add_args, text[3], "r_username", "User at the other server."),
    FIELD_NAMED(add_args, text[4], "r_domain", "The other server's domain."),
    FIELD_NAMED(add_args, text[5], "realm", "Realm of its challenges; empty: any."),
    FIELD_NAMED(add_args, text[6], "auth_username", "User name of the credentials."),
    FIELD_NAMED(add_args, text[7], "auth_password", "Password, or a dot."),
    FIELD_NAMED(add_args, text[8], "auth_ha1", "H(user:realm:password), or a dot."),
    FIELD_NAMED(add_args, text[9], "auth_proxy", "Where to send to, a SIP URI."),
    FIELD(add_args, expires, "Seconds to register for."),
    FIELD(add_args, flags, "1: disabled."),
    FIELD(add_args, reg_delay, "Seconds to wait before the first time."),
    FIELD(add_args, socket, "Listener to send from, or a dot."),
    FIELD(add_args, contact_addr, "Address for the Contact, or a dot.", .def = "."),
    { 0 },
};
#define WITH_FILTER .args = filter_fields, .args_size = sizeof(struct filter_args)
#define WITH_UUID   .args = uuid_fields, .args_size = sizeof(struct uuid_args)

const struct rpc_method registration_methods[] = {
    { .name = "uac.reg_dump", .doc = "Lists the records.", .run = reg_dump, .array = true },
    { .name = "uac.reg_info", .doc = "Shows one record.", .run = reg_info, WITH_FILTER },
    { .name = "uac.reg_enable", .doc = "Registers again.", .run = rpc_enable, WITH_FILTER },
    { .name = "uac.reg_disable",
      .doc = "Ends a registration at the next turn of the timer.",
      .run = rpc_disable,
      WITH_FILTER },
    { .name = "uac.reg_register", .doc = "Registers now.", .run = send_register, WITH_FILTER },
    { .name = "uac.reg_unregister",
      .doc = "Ends a registration now.",
      .run = send_unregister,
      WITH_FILTER },
    { .name = "uac.reg_reload", .doc = "Reads the table again.", .run = rpc_reload },
    { .name = "uac.reg_refresh", .doc = "Reads one record again.", .run = rpc_refresh, WITH_UUID },
    { .name = "uac.reg_remove", .doc = "Forgets a record.", .run = rpc_remove, WITH_UUID },
    { .name = "uac.reg_add",
      .doc = "Adds a record, or replaces one.",
      .run = rpc_add,
      .args = add_fields,
      .args_size = sizeof(struct add_args) },
    { .name = "uac.reg_active",
      .doc = "Whether registrations are sent.",
      .run = rpc_active,
      .args = active_fields,
      .args_size = sizeof(struct active_args) },
    { 0 },
};
