/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json_depth.h"
#include "base/test.h"

static struct str nested(char *space, size_t depth)
{
    memset(space, '[', depth);
    return (struct str){ space, depth };
}

static void counts_what_is_open(void **state)
{
    char space[JSON_DEPTH_MAX + 1];

    (void)state;
    assert_true(json_depth_ok(STR("")));
    assert_true(json_depth_ok(STR("]]]{\"a\":[1,\"[[\\\"[[\"]}")));
    assert_true(json_depth_ok(nested(space, JSON_DEPTH_MAX)));
    assert_false(json_depth_ok(nested(space, JSON_DEPTH_MAX + 1)));
    space[0] = '"';
    assert_true(json_depth_ok((struct str){ space, sizeof space }));
}

int main(void)
{
    TEST_RUN(counts_what_is_open);
}
