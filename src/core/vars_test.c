/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "core/vars.h"

static const struct str a = STR_INIT("a"), b = STR_INIT("b");

static int64_t number(const struct vars *v, struct str name, int64_t nth)
{
    struct value out = VALUE_OF_INT(-1);

    return avp_get(v, AVP_PLAIN, name, nth, &out) ? out.i : -1;
}

static void push(struct vars *v, struct str name, int64_t n)
{
    avp_push(v, AVP_PLAIN, name, &VALUE_OF_INT(n));
}

static void finds_avps_from_both_ends(void **state)
{
    struct vars *v = vars_new();

    (void)state;
    assert_true(vars_empty(v) && vars_empty(NULL));
    push(v, a, 1);
    push(v, b, 7);
    push(v, a, 2);
    push(v, a, 3);
    assert_false(vars_empty(v));
    assert_int_equal(avp_count(v, AVP_PLAIN, a), 3);
    assert_int_equal(avp_count(NULL, AVP_PLAIN, a), 0);
    assert_int_equal(number(v, a, 0), 3);
    assert_int_equal(number(v, a, 2), 1);
    assert_int_equal(number(v, a, -1), 1);
    assert_int_equal(number(v, a, -3), 3);
    assert_int_equal(number(v, a, 3), -1);
    assert_int_equal(number(v, a, -4), -1);
    assert_int_equal(number(v, STR("A"), 0), -1);
    assert_false(avp_get(v, AVP_USER_FROM, a, 0, &(struct value){ 0 }));
    vars_set_account(v, (struct account){ .user = STR("alice"), .realm = STR("r") });
    vars_reset(v);
    assert_true(vars_empty(v));
    assert_null(vars_account(v));
    assert_int_equal(avp_count(v, AVP_PLAIN, a), 0);
    push(v, a, 9);
    assert_int_equal(number(v, a, 0), 9);
    obj_drop(v);
}

static void changes_and_removes_avps(void **state)
{
    struct vars *v = vars_new();
    char text[] = "text";
    struct value out;

    (void)state;
    push(v, a, 1);
    push(v, a, 2);
    assert_true(avp_set_at(v, AVP_PLAIN, a, 0, &VALUE_OF_STR(str_of(text))));
    memset(text, 'x', 4);
    assert_true(avp_get(v, AVP_PLAIN, a, 0, &out));
    assert_text(out.s, "text");
    assert_false(avp_set_at(v, AVP_PLAIN, b, 0, &VALUE_OF_INT(1)));
    assert_int_equal(avp_remove(v, AVP_PLAIN, a, 0), 1);
    assert_int_equal(number(v, a, 0), 1);
    push(v, b, 3);
    push(v, a, 4);
    assert_int_equal(avp_remove_all(v, AVP_PLAIN, a), 2);
    assert_int_equal(avp_remove(v, AVP_PLAIN, a, 0), 0);
    assert_int_equal(number(v, b, 0), 3);
    obj_drop(v);
}

static void keeps_xavps_by_kind(void **state)
{
    struct vars *v = vars_new();
    struct xavp *item;

    (void)state;
    xavp_set_value(v, xavp_push(v, XAVP, a), &VALUE_OF_INT(1));
    item = xavp_push(v, XAVP, a);
    xavp_field_push(v, item, b, &VALUE_OF_INT(5));
    xavp_field_push(v, item, b, &VALUE_OF_INT(6));
    assert_ptr_equal(xavp_find(v, XAVP, a, 0), item);
    assert_int_equal(xavp_find(v, XAVP, a, -1)->value.i, 1);
    assert_true(item->is_list);
    assert_int_equal(xavp_field(v, XAVP, item, b, 0)->value.i, 6);
    assert_int_equal(xavp_field(v, XAVP, item, b, 1)->value.i, 5);
    assert_int_equal(xavp_field_remove(v, item, b, 0), 1);
    assert_int_equal(xavp_field(v, XAVP, item, b, 0)->value.i, 5);
    assert_null(xavp_find(v, XAVP, STR("A"), 0));
    xavp_set_value(v, xavp_push(v, XAVI, a), &VALUE_OF_INT(2));
    assert_int_equal(xavp_find(v, XAVI, STR("A"), 0)->value.i, 2);
    xavp_set_value(v, xavp_push(v, XAVU, a), &VALUE_OF_INT(3));
    xavp_set_value(v, xavp_push(v, XAVU, a), &VALUE_OF_INT(4));
    assert_int_equal(xavp_remove_all(v, XAVU, a), 1);
    assert_int_equal(xavp_remove(v, XAVP, a, 0), 1);
    assert_int_equal(xavp_remove_all(v, XAVP, a), 1);
    assert_null(xavp_first(v, XAVP));
    obj_drop(v);
}

int main(void)
{
    TEST_RUN(finds_avps_from_both_ends, changes_and_removes_avps, keeps_xavps_by_kind);
}
