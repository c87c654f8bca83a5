/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "control/control.h"
#include "control/json.h"

static struct arena arena;

struct add_args {
    int64_t a, b;
    struct str name;
    struct str_list more;
};
static const struct field add_args_fields[] = {
    FIELD(add_args, a, "The first number.", .max = 100),
    FIELD(add_args, b, "The second number.", .def = "7"),
    FIELD(add_args, name, "A name.", .optional = true),
    FIELD(add_args, more, "The rest.", .rest = true),
    { 0 },
};
static err_t add(struct rpc *r, const void *args)
{
    const struct add_args *a = args;
    struct rpc_node *s = rpc_struct(rpc_root(r)), *list;

    rpc_put_int(s, "sum", a->a + a->b);
    rpc_put_str(s, "name", a->name);
    list = rpc_put_array(s, "more");
    for (size_t i = 0; i < a->more.n; i++)
        rpc_put_str(list, "item", a->more.items[i]);
    return ERR_OK;
}
static err_t refuse(struct rpc *r, const void *args)
{
    (void)args;
    if (rpc_arg_count(r))
        return rpc_fail(r, 403, "no, %s", "never");
    return ERR_NOT_FOUND;
}
static err_t two(struct rpc *r, const void *args)
{
    (void)args;
    rpc_str(rpc_root(r), STR("a\"\n\x01\xff\xc3\xa4"));
    rpc_double(rpc_root(r), 2.5);
    return ERR_OK;
}
static const struct rpc_method methods[] = {
    { "test.add", "Adds.", add, add_args_fields, sizeof(struct add_args), false },
    { "test.refuse", "Refuses.", refuse, NULL, 0, false },
    { "test.two", "Two values.", two, NULL, 0, true },
    { 0 },
};

static const char *run(const char *request, unsigned flags)
{
    struct jsonrpc_reply reply = { 0 };
    static struct buf out;

    buf_free(&out);
    buf_init(&out, MEM_CONTROL);
    jsonrpc_run(str_of(request), flags, &arena, &out, &reply);
    buf_char(&out, '\0');
    return out.p;
}

#define CALL(method, params) "{\"jsonrpc\":\"2.0\",\"method\":\"" method "\",\"params\":" params "}"
#define RESULT(r)            "{\"jsonrpc\":\"2.0\",\"result\":" r "}"
#define ERROR(code, text)                                                                          \
    "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":" #code ",\"message\":\"" text "\"}}"

static void binds_arguments_by_place_and_by_name(void **state)
{
    (void)state;
    assert_string_equal(run(CALL("test.add", "[1]"), 0),
                        RESULT("{\"sum\":8,\"name\":\"\",\"more\":[]}"));
    assert_string_equal(
        run(CALL("test.add", "[\"1\",2,3,\"x\",5]"), 0),
        RESULT("{\"sum\":3,\"name\":\"3\",\"more\":[{\"item\":\"x\"},{\"item\":\"5\"}]}"));
    assert_string_equal(run(CALL("test.add", "{\"name\":\"n\",\"a\":5}"), 0),
                        RESULT("{\"sum\":12,\"name\":\"n\",\"more\":[]}"));
    assert_string_equal(run(CALL("test.add", "[1,null,null]"), 0),
                        RESULT("{\"sum\":8,\"name\":\"\",\"more\":[]}"));
}

static void says_what_is_wrong_with_arguments(void **state)
{
    (void)state;
    assert_string_equal(
        run(CALL("test.add", "[]"), 0),
        ERROR(400, "test.add: the argument \\\"a\\\" is missing: The first number."));
    assert_string_equal(run(CALL("test.add", "[101]"), 0),
                        ERROR(400, "a: the number must be from 0 to 100"));
    assert_string_equal(run(CALL("test.add", "[\"x\"]"), 0),
                        ERROR(400, "a: expected an integer, got \\\"x\\\""));
    assert_string_equal(
        run(CALL("test.add", "{\"a\":1,\"nam\":\"n\"}"), JSONRPC_HINTS),
        ERROR(400, "test.add has no argument \\\"nam\\\"; did you mean \\\"name\\\"?"));
}

static void goes_by_the_order_where_names_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(run(CALL("test.add", "{\"x\":1,\"y\":2}"), 0),
                        RESULT("{\"sum\":3,\"name\":\"\",\"more\":[]}"));
}

static void passes_on_failures(void **state)
{
    (void)state;
    assert_string_equal(run(CALL("test.refuse", "[]"), 0), ERROR(404, "test.refuse: no such item"));
    assert_string_equal(run(CALL("test.refuse", "[1]"), 0), ERROR(403, "no, never"));
}

static void names_the_nearest_method(void **state)
{
    (void)state;
    assert_string_equal(run(CALL("test.ad", "[]"), JSONRPC_HINTS),
                        ERROR(404, "command test.ad not found; did you mean test.add?"));
    assert_string_equal(run(CALL("nothing", "[]"), JSONRPC_HINTS),
                        ERROR(404, "command nothing not found"));
    assert_string_equal(run(CALL("nothing", "[]"), 0),
                        "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":500,\"message\":\"Method Not "
                        "Found\",\"data\":\"command nothing not found\"}}");
}

static void writes_strings_that_are_json(void **state)
{
    (void)state;
    assert_string_equal(run(CALL("test.two", "[]"), 0),
                        RESULT("[\"a\\\"\\n\\u0001\xef\xbf\xbd\xc3\xa4\",2.5]"));
}

static void indents_with_tabs(void **state)
{
    (void)state;
    assert_string_equal(
        run("{\"method\":\"test.add\",\"params\":[1,1,1,1],\"id\":\"q\"}", JSONRPC_PRETTY),
        "{\n\t\"jsonrpc\":\t\"2.0\",\n\t\"result\":\t{\n\t\t\"sum\":\t2,\n\t\t\"name\":\t\"1\",\n"
        "\t\t\"more\":\t[{\n\t\t\t\t\"item\":\t\"1\"\n\t\t\t}]\n\t},\n\t\"id\":\t\"q\"\n}\n");
}

static void answers_what_is_no_request(void **state)
{
    (void)state;
    assert_string_equal(run("junk", 0), ERROR(-32700, "Parse error"));
    assert_string_equal(run("", 0), ERROR(-32700, "Parse error"));
    assert_string_equal(run("{}", 0), ERROR(-32600, "Invalid Request"));
    assert_string_equal(run("[]", 0), ERROR(-32600, "Invalid Request"));
    assert_string_equal(run("[1," CALL("test.two", "{}") "]", 0),
                        "[" ERROR(-32600, "Invalid Request") "," RESULT(
                            "[\"a\\\"\\n\\u0001\xef\xbf\xbd\xc3\xa4\",2.5]") "]");
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena, MEM_CONTROL, 4096);
    rpc_register(methods);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binds_arguments_by_place_and_by_name),
        cmocka_unit_test(says_what_is_wrong_with_arguments),
        cmocka_unit_test(goes_by_the_order_where_names_are_unknown),
        cmocka_unit_test(passes_on_failures),
        cmocka_unit_test(names_the_nearest_method),
        cmocka_unit_test(writes_strings_that_are_json),
        cmocka_unit_test(indents_with_tabs),
        cmocka_unit_test(answers_what_is_no_request),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
