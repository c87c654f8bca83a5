/* SPDX-License-Identifier: BSD-2-Clause */
#include "print.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 12, CELL_MAX = 64 };

static void indent(int depth)
{
    printf("%*s", depth * 2, "");
}

static void print_scalar(const json_t *j)
{
    switch (json_typeof(j)) {
    case JSON_STRING: fputs(json_string_value(j), stdout); break;
    case JSON_INTEGER: printf("%lld", (long long)json_integer_value(j)); break;
    case JSON_REAL: printf("%g", json_real_value(j)); break;
    case JSON_TRUE: fputs("yes", stdout); break;
    case JSON_FALSE: fputs("no", stdout); break;
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
}

static bool is_scalar(const json_t *j)
{
    return !json_is_object(j) && !json_is_array(j);
}

static void print_value(const json_t *j, int depth);

static void print_object(const json_t *j, int depth)
{
    const char *key;
    json_t *value;
    int width = 0;

    json_object_foreach((json_t *)(size_t)j, key,
                        value) if (is_scalar(value) && (int)strlen(key) > width) width =
        (int)strlen(key);
    json_object_foreach((json_t *)(size_t)j, key, value)
    {
        indent(depth);
        if (is_scalar(value)) {
            printf("%s:%*s", key, width - (int)strlen(key) + 1, "");
            print_scalar(value);
            putchar('\n');
        } else if (json_array_size(value) == 0 && json_object_size(value) == 0) {
            printf("%s: (none)\n", key);
        } else {
            printf("%s:\n", key);
            print_value(value, depth + 1);
        }
    }
}

/* Whether all items are flat structures with the same few members. */
static bool is_table(const json_t *list)
{
    const json_t *first = json_array_get(list, 0);

    if (json_array_size(list) < 1 || !json_is_object(first) || json_object_size(first) == 0 ||
        json_object_size(first) > COLUMNS_MAX)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *item = json_array_get(list, i), *value;
        const char *key;

        if (!json_is_object(item) || json_object_size(item) != json_object_size(first))
            return false;
        json_object_foreach(item, key,
                            value) if (!is_scalar(value) || !json_object_get(first, key) ||
                                       (json_is_string(value) &&
                                        (json_string_length(value) > CELL_MAX ||
                                         strchr(json_string_value(value), '\n')))) return false;
    }
    return true;
}

static const char *cell(const json_t *j, char *space, size_t n)
{
    if (json_is_string(j))
        return json_string_value(j);
    if (json_is_integer(j))
        snprintf(space, n, "%lld", (long long)json_integer_value(j));
    else if (json_is_real(j))
        snprintf(space, n, "%g", json_real_value(j));
    else
        snprintf(space, n, "%s", json_is_true(j) ? "yes" : json_is_false(j) ? "no" : "");
    return space;
}

/* A negative width: the last of its line. */
static void print_cell(const char *text, int width)
{
    if (width < 0)
        puts(text);
    else
        printf("%-*s  ", width, text);
}

static void print_table(const json_t *list, int depth)
{
    json_t *first = json_array_get(list, 0), *value;
    const char *keys[COLUMNS_MAX], *key;
    int widths[COLUMNS_MAX], n = 0;
    char space[64];

    json_object_foreach(first, key, value)
    {
        keys[n] = key;
        widths[n++] = (int)strlen(key);
    }
    for (size_t i = 0; i < json_array_size(list); i++)
        for (int k = 0; k < n; k++) {
            const json_t *item = json_object_get(json_array_get(list, i), keys[k]);
            int width = (int)strlen(cell(item, space, sizeof space));

            if (width > widths[k])
                widths[k] = width;
        }
    indent(depth);
    for (int k = 0; k < n; k++)
        print_cell(keys[k], k + 1 < n ? widths[k] : -1);
    for (size_t i = 0; i < json_array_size(list); i++) {
        indent(depth);
        for (int k = 0; k < n; k++)
            print_cell(cell(json_object_get(json_array_get(list, i), keys[k]), space, sizeof space),
                       k + 1 < n ? widths[k] : -1);
    }
}

static void print_list(const json_t *list, int depth)
{
    if (is_table(list)) {
        print_table(list, depth);
        return;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);

        if (i && !is_scalar(item) && json_object_size(item) > 1)
            putchar('\n');
        print_value(item, depth);
    }
}

static void print_value(const json_t *j, int depth)
{
    if (json_is_object(j)) {
        print_object(j, depth);
    } else if (json_is_array(j)) {
        print_list(j, depth);
    } else {
        indent(depth);
        print_scalar(j);
        putchar('\n');
    }
}

void print_result(const json_t *result)
{
    if (json_is_string(result)) {
        const char *text = json_string_value(result);
        size_t n = strlen(text);

        fputs(text, stdout);
        if (n == 0 || text[n - 1] != '\n')
            putchar('\n');
        return;
    }
    print_value(result, 0);
}
