/* SPDX-License-Identifier: BSD-2-Clause */
/* What the packaged server answers to the same. */
#include "modules/script_test.h"

static void reads_fields_of_json(void **state)
{
    static const struct script_row rows[] = {
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"a\",\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"b\",\"$var(r)\")",
          "$rc $var(r)", "1 \"x\"" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"c\",\"$var(r)\")",
          "$rc $var(r)", "1 [ 1, \"2\", { \"d\": null } ]" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"o\",\"$var(r)\")",
          "$rc $var(r)", "1 { \"p.q\": 7, \"r\": \"s%t\" }" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"f\",\"$var(r)\")",
          "$rc $var(r)", "1 1.5" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"e\",\"$var(r)\")",
          "$rc $var(r)", "1 true" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_field(\"$var(j)\",\"u\",\"$var(r)\")",
          "$rc $var(r)", "1 \"é\\/\\\"q\"" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_string(\"$var(j)\",\"b\",\"$var(r)\")",
          "$rc $var(r)", "1 x" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_string(\"$var(j)\",\"a\",\"$var(r)\")",
          "$rc $var(r)", "1 1" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_string(\"$var(j)\",\"u\",\"$var(r)\")",
          "$rc $var(r)", "1 é/\"q" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; "
          "json_get_string(\"$var(j)\",\"o\",\"$var(r)\")",
          "$rc $var(r)", "1 { \"p.q\": 7, \"r\": \"s%t\" }" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,a})", "{ \"b\": [ 1, 2, { \"c\": \"x\" } ] }" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,a.b})", "[ 1, 2, { \"c\": \"x\" } ]" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,a.b[1]})", "2" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,a.b[2].c})", "x" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,s})", "t" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,d%e})", "5" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,n})", "" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,t})", "true" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,f})", "1.5" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parse,nope})", "" },
        { "$var(j)='{\"a\":1,\"b\":\"x\",\"c\":[1,\"2\",{\"d\":null}],\"e\":true,\"f\":1.5,\"o\":{"
          "\"p.q\":7,\"r\":\"s%t\"},\"u\":\"é/\\\"q\"}'; json_get_field(\"$var(j)\", \"nope\", "
          "\"$var(r)\")",
          "$rc", "-1" },
        { "json_get_field(\"{bad\", \"a\", \"$var(r)\")", "$rc", "-1" },
        { "$var(j2)='{\"a\":{\"b\":[1,2,{\"c\":\"x\"}]},\"d.e\":5,\"s\":\"t\",\"n\":null,\"t\":"
          "true,\"f\":1.5}'",
          "$(var(j2){json.parsex,s}) $(var(j2){json.parsex,d%e})", "\"t\" 5" },
        { "$var(s) = 'a\"b/c'", "$(var(s){json.encode})", "a\\\"b\\/c" },
    };

    (void)state;
    SCRIPT_CHECK("loadmodule \"json.so\"", rows);
}

int main(void)
{
    TEST_RUN(reads_fields_of_json);
}
