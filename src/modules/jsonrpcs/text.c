/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/jsonrpcs/text.h"
#include "control/json.h"
#include <jansson.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

int64_t jsonrpc_frame(struct str bytes)
{
    size_t i = 0;
    int depth = 0;
    bool quoted = false;

    while (i < bytes.n && is_blank(bytes.p[i]))
        i++;
    if (i == bytes.n)
        return (int64_t)i; /* blanks alone are an empty request */
    if (bytes.p[i] != '{' && bytes.p[i] != '[')
        return -1;
    for (; i < bytes.n; i++) {
        char c = bytes.p[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
        if (depth == 0)
            return (int64_t)i + 1;
    }
    return 0;
}

struct str jsonrpc_reply_name(struct str text, struct arena *a)
{
    json_error_t error;
    json_t *j = jsonrpc_too_deep(text) ? NULL : json_loadb(text.p, text.n, 0, &error), *name;
    struct str out = STR_NONE;

    name = json_object_get(j, "reply_name");
    if (json_is_string(name))
        out = arena_dup(a, (struct str){ json_string_value(name), json_string_length(name) });
    json_decref(j);
    return out;
}
