/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/uac/registrations.h"

static struct arena arena;

static struct registration_view record(const char *uuid, const char *user, const char *domain)
{
    struct registration_view v = { .expires = 60 };

    for (size_t i = 0; i < REG_TEXTS; i++)
        v.text[i] = STR("x");
    v.text[REG_UUID] = str_of(uuid);
    v.text[REG_R_USERNAME] = str_of(user);
    v.text[REG_R_DOMAIN] = str_of(domain);
    return v;
}

static void put(const char *uuid, const char *user, const char *domain)
{
    struct registration_view v = record(uuid, user, domain);

    reg_put(&v);
}

static void begin(void)
{
    arena_init(&arena, MEM_OTHER, 4096);
    reg_store_start();
    put("1", "ann", "a.org");
    put("2", "ben", "b.org");
    put("3", "ann", "c.org");
}

static void end(void)
{
    reg_store_stop();
    arena_free(&arena);
}

static void finds_records_by_what_they_hold(void **state)
{
    struct registration_view v;

    (void)state;
    begin();
    assert_err(reg_find(STR("2"), &arena, &v), ERR_OK);
    assert_text(v.text[REG_R_DOMAIN], "b.org");
    assert_err(reg_find(STR("4"), &arena, &v), ERR_NOT_FOUND);
    assert_err(reg_find_user(STR("ben"), STR(""), &arena, &v), ERR_OK);
    assert_text(v.text[REG_UUID], "2");
    assert_err(reg_find_user(STR("ann"), STR("a.org"), &arena, &v), ERR_OK);
    assert_text(v.text[REG_UUID], "1");
    assert_err(reg_find_user(STR("ben"), STR("a.org"), &arena, &v), ERR_NOT_FOUND);
    assert_err(reg_find_by(STR("r_username"), STR("ben"), &arena, &v), ERR_OK);
    assert_err(reg_find_by(STR("l_uuid"), STR("3"), &arena, &v), ERR_OK);
    assert_err(reg_find_by(STR("auth_username"), STR("nobody"), &arena, &v), ERR_NOT_FOUND);
    assert_err(reg_find_by(STR("expires"), STR("60"), &arena, &v), ERR_UNSUPPORTED);
    end();
}

static void bring_online(struct registration *r, void *arg)
{
    (void)arg;
    r->flags |= REG_ONLINE;
}

static void keeps_the_state_of_what_did_not_change(void **state)
{
    struct registration_view v;

    (void)state;
    begin();
    assert_true(reg_change(STR("1"), bring_online, NULL));
    assert_false(reg_change(STR("4"), bring_online, NULL));
    assert_int_equal(reg_online(), 1);
    put("1", "ann", "a.org");
    assert_err(reg_find(STR("1"), &arena, &v), ERR_OK);
    assert_int_equal(v.flags, REG_ONLINE);
    put("1", "eve", "a.org");
    assert_err(reg_find(STR("1"), &arena, &v), ERR_OK);
    assert_int_equal(v.flags, 0);
    assert_err(reg_find_user(STR("ann"), STR("a.org"), &arena, &v), ERR_NOT_FOUND);
    assert_err(reg_find_user(STR("eve"), STR("a.org"), &arena, &v), ERR_OK);
    assert_int_equal(reg_total(), 3);
    end();
}

static void forgets_what_is_removed(void **state)
{
    struct registration_view v;

    (void)state;
    begin();
    assert_true(reg_remove(STR("2")));
    assert_false(reg_remove(STR("2")));
    assert_err(reg_find_user(STR("ben"), STR(""), &arena, &v), ERR_NOT_FOUND);
    assert_int_equal(reg_total(), 2);
    end();
}

static void ends_a_registration_by_disabling_it(void **state)
{
    struct registration_view v;

    (void)state;
    begin();
    assert_err(reg_enable(STR("l_uuid"), STR("1"), false), ERR_OK);
    assert_int_equal(reg_disabled(), 1);
    assert_err(reg_enable(STR("l_uuid"), STR("1"), true), ERR_OK);
    assert_err(reg_find(STR("1"), &arena, &v), ERR_OK);
    assert_int_equal(v.flags, 0);
    assert_err(reg_enable(STR("l_uuid"), STR("9"), true), ERR_NOT_FOUND);
    end();
}

int main(void)
{
    TEST_RUN(finds_records_by_what_they_hold, keeps_the_state_of_what_did_not_change,
             forgets_what_is_removed, ends_a_registration_by_disabling_it);
}
