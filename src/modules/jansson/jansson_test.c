/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packaged server answers to the same. */
#include "modules/script_test.h"

#define HEAD "loadmodule \"jansson.so\""

static void reads_and_changes_json(void **state)
{
    static const struct script_row rows[] = {
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"a\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"b\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 x" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; $var(r)=\"old\"; "
          "jansson_get(\"nope\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "-1 old" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 [1,\"2\",{\"d\":null}]" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c[0]\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c[1]\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 2" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c[2].d\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 0" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c[-1]\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "-1 0" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"c[9]\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "-1 0" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"e\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"f\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 1.5" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"o\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 {\"p.q\":7,\"r\":\"s\"}" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"o.r\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 s" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"o['p.q']\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "-1 s" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"big\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 12345678901" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"neg\",$var(j),\"$var(r)\")",
          "$rc $var(r)", "1 -5" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"z\",$var(j),\"$var(r)\")",
          "$rc [$var(r)]", "1 []" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"\",$var(j),\"$var(r)\")",
          "$rc $var(r)",
          "1 "
          "{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{\"p.q\":7,"
          "\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}" },
        { "jansson_get(\"a\",\"{bad\",\"$var(r)\")", "$rc", "-1" },
        { "jansson_get(\"a\",\"5\",\"$var(r)\")", "$rc", "-1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get(\"a.b.c\",$var(j),\"$var(r)\")",
          "$rc", "-1" },
        { "jansson_get(\"[0]\",\"[7]\",\"$var(r)\")", "$rc $var(r)", "1 7" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get_field($var(j),\"a\",\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get_field($var(j),\"b\",\"$var(r)\")",
          "$rc $var(r)", "1 x" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get_field($var(j),\"c\",\"$var(r)\")",
          "$rc $var(r)", "1 [1,\"2\",{\"d\":null}]" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_get_field($var(j),\"nope\",\"$var(r)\")",
          "$rc $var(r)", "-1 [1,\"2\",{\"d\":null}]" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_array_size(\"c\",$var(j),\"$var(n)\")",
          "$rc $var(n)", "1 3" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_array_size(\"a\",$var(j),\"$var(n)\")",
          "$rc $var(n)", "-1 3" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_array_size(\"o\",$var(j),\"$var(n)\")",
          "$rc $var(n)", "-1 3" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_array_size(\"\",$var(j),\"$var(n)\")",
          "$rc $var(n)", "-1 3" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s\"},\"big\":12345678901,\"neg\":-5,\"z\":\"\"}'; "
          "jansson_array_size(\"nope\",$var(j),\"$var(n)\")",
          "$rc $var(n)", "-1 3" },
        { "$var(m)=\"{}\"; jansson_set(\"integer\",\"x\",9,\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":9}" },
        { "jansson_set(\"int\",\"x\",\"10\",\"$var(m)\")", "$rc $var(m)", "1 {\"x\":10}" },
        { "jansson_set(\"str\",\"y.z\",\"txt\",\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"}}" },
        { "jansson_set(\"string\",\"s\",\"txt\",\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\"}" },
        { "jansson_set(\"obj\",\"o\",'{\"k\":1}',\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1}}" },
        { "jansson_set(\"array\",\"l\",\"[1,2]\",\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1},\"l\":[1,2]}" },
        { "jansson_set(\"integer\",\"l[1]\",5,\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1},\"l\":[1,5]}" },
        { "jansson_set(\"integer\",\"l[9]\",5,\"$var(m)\")", "$rc $var(m)",
          "-1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1},\"l\":[1,5]}" },
        { "jansson_append(\"integer\",\"l\",7,\"$var(m)\")", "$rc $var(m)",
          "1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1},\"l\":[1,5,7]}" },
        { "jansson_append(\"str\",\"nl\",\"v\",\"$var(m)\")", "$rc $var(m)",
          "-1 {\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1},\"l\":[1,5,7]}" },
        { "jansson_append(\"obj\",\"o\",'{\"k2\":2}',\"$var(m)\")", "$rc $var(m)",
          "1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7]}" },
        { "jansson_set(\"true\",\"t\",\"\",\"$var(m)\")", "$rc $var(m)",
          "1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true}" },
        { "jansson_set(\"false\",\"f\",\"x\",\"$var(m)\")", "$rc $var(m)",
          "1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true,\"f\":false}" },
        { "jansson_set(\"null\",\"n\",\"x\",\"$var(m)\")", "$rc $var(m)",
          "1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true,\"f\":false,\"n\":null}" },
        { "jansson_set(\"real\",\"r\",\"1.5\",\"$var(m)\")", "$rc $var(m)",
          "1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true,\"f\":false,\"n\":null,\"r\":1.5}" },
        { "jansson_set(\"integer\",\"bad\",\"zz\",\"$var(m)\")", "$rc $var(m)",
          "-1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true,\"f\":false,\"n\":null,\"r\":1.5}" },
        { "$var(q)=\"\"; jansson_set(\"integer\",\"a\",1,\"$var(q)\")", "$rc $var(q)", "-1 " },
        { "jansson_set(\"integer\",\"a\",1,\"$var(undefd)\")", "$rc $var(undefd)", "1 {\"a\":1}" },
        { "$var(q)=\"{bad\"; jansson_set(\"integer\",\"a\",1,\"$var(q)\")", "$rc $var(q)",
          "-1 {bad" },
        { "$var(q)=\"[]\"; jansson_append(\"integer\",\"\",1,\"$var(q)\")", "$rc $var(q)",
          "1 [1]" },
        { "$var(q)=\"{}\"; jansson_set(\"obj\",\"a\",\"notjson\",\"$var(q)\")", "$rc $var(q)",
          "-1 {}" },
        { "jansson_set(\"obj\",\"o.k.x\",'{\"k\":1}',\"$var(m)\")", "$rc $var(m)",
          "-1 "
          "{\"x\":10,\"y\":{\"z\":\"txt\"},\"s\":\"txt\",\"o\":{\"k\":1,\"k2\":2},\"l\":[1,5,7],"
          "\"t\":true,\"f\":false,\"n\":null,\"r\":1.5}" },
        { "jansson_xdecode(\"[1]\",\"arr\")", "$rc", "1" },
        { "jansson_xdecode(\"{bad\",\"arr\")", "$rc", "-1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

static void turns_json_into_lists_and_back(void **state)
{
    static const struct script_row rows[] = {
        { "jansson_xdecode('{\"a\":1,\"b\":\"x\",\"o\":{\"r\":\"s\"},\"l\":[1]}', \"j\")",
          "$rc $xavp(j=>a) $xavp(j=>b) $xavp(j=>o) $xavp(j=>l)", "1 1 x {\"r\":\"s\"} [1]" },
        { "$xavp(e=>s) = \"x\"; $xavp(e[0]=>i) = 5; jansson_xencode(\"e\", \"$var(r)\")",
          "$rc $var(r)", "1 {\"i\": 5, \"s\": \"x\"}" },
        { "jansson_xencode(\"nope\", \"$var(r)\")", "$rc", "-1" },
        { "jansson_xdecode(\"[1]\", \"j\")", "$rc", "1" },
        { "jansson_xdecode(\"{bad\", \"j\")", "$rc", "-1" },
    };

    (void)state;
    SCRIPT_CHECK(HEAD, rows);
}

int main(void)
{
    TEST_RUN(reads_and_changes_json, turns_json_into_lists_and_back);
}
