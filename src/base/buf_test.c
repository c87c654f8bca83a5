/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"
#include "base/random.h"
#include "base/test.h"
#include "base/value.h"
#include <sys/wait.h>
#include <unistd.h>

static void grows(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, MEM_OTHER);
    buf_add(&b, STR("abc"));
    buf_char(&b, '-');
    buf_int(&b, INT64_MIN);
    buf_addz(&b, " ");
    buf_fmt(&b, "%s=%d", "x", 5);
    buf_add(&b, STR_NONE);
    buf_hex(&b, STR("\x01\xff"));
    assert_text(buf_str(&b), "abc--9223372036854775808 x=501ff");
    buf_clear(&b);
    for (int i = 0; i < 10000; i++)
        buf_int(&b, 7);
    assert_int_equal(b.n, 10000);
    buf_clear(&b);
    buf_fmt(&b, "%2000d", 1);
    assert_int_equal(b.n, 2000);
    assert_non_null(buf_room(&b, 0));
    buf_free(&b);
    buf_free(&b);
}

static void stops_where_the_space_ends(void **state)
{
    char space[8];
    struct buf b;

    (void)state;
    buf_fixed(&b, space, sizeof space);
    buf_fmt(&b, "%s", "12345678"); /* just fits */
    assert_false(b.overflow);
    assert_text(buf_str(&b), "12345678");
    buf_clear(&b);
    buf_add(&b, STR("123456"));
    buf_add(&b, STR("789"));
    assert_true(b.overflow);
    buf_char(&b, 'x');
    assert_text(buf_str(&b), "123456");
    assert_null(buf_room(&b, 1));
    buf_clear(&b);
    buf_char(&b, 'y');
    assert_text(buf_str(&b), "y");
    buf_free(&b);
}

static void makes_random_tokens(void **state)
{
    struct buf a, b;
    uint64_t seen = 0;

    (void)state;
    buf_init(&a, MEM_OTHER);
    buf_init(&b, MEM_OTHER);
    random_token(&a, 1000);
    random_token(&b, 1000);
    assert_int_equal(a.n, 1000);
    assert_int_equal(strspn((buf_char(&a, '\0'), a.p), "0123456789abcdefghijklmnopqrstuvwxyz"),
                     1000);
    assert_memory_not_equal(a.p, b.p, 1000);
    for (int i = 0; i < 1000; i++)
        seen |= (uint64_t)1 << random_below(10);
    assert_int_equal(seen, 1023);
    buf_free(&a);
    buf_free(&b);
}

static void repeats_itself_for_tests(void **state)
{
    uint64_t first, bytes, again;

    (void)state;
    random_seed_for_test(1);
    first = random_u64();
    random_bytes(&bytes, sizeof bytes);
    random_seed_for_test(1);
    assert_true(random_u64() == first);
    random_bytes(&again, sizeof again);
    assert_true(bytes == again);
    random_seed_for_test(2);
    assert_true(random_u64() != first);
}

static void differs_in_a_child(void **state)
{
    unsigned char ours[16], theirs[16];
    int pipes[2], status;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(pipes), 0);
    random_bytes(ours, 1);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        random_bytes(theirs, sizeof theirs);
        _exit(write(pipes[1], theirs, sizeof theirs) != sizeof theirs);
    }
    assert_int_equal(read(pipes[0], theirs, sizeof theirs), sizeof theirs);
    assert_int_equal(waitpid(child, &status, 0), child);
    random_bytes(ours, sizeof ours);
    assert_memory_not_equal(ours, theirs, sizeof ours);
    close(pipes[0]);
    close(pipes[1]);
}

static void turns_values_to_text_and_numbers(void **state)
{
    struct arena a;
    struct value i = VALUE_OF_INT(-5), s = VALUE_OF_STR(STR(" 42 ")), none = VALUE_NONE,
                 word = VALUE_OF_STR(STR("x"));

    (void)state;
    arena_init(&a, MEM_OTHER, 0);
    assert_text(value_text(&i, &a), "-5");
    assert_text(value_text(&s, &a), " 42 ");
    assert_text(value_text(&none, &a), "");
    assert_int_equal(value_number(&i), -5);
    assert_int_equal(value_number(&s), 42);
    assert_int_equal(value_number(&none), 0);
    assert_int_equal(value_number(&word), 0);
    assert_text(value_dup(&word, &a).s, "x");
    assert_int_equal(value_dup(&i, &a).i, -5);
    arena_free(&a);
}

int main(void)
{
    TEST_RUN(grows, stops_where_the_space_ends, makes_random_tokens, differs_in_a_child,
             repeats_itself_for_tests, turns_values_to_text_and_numbers);
}
