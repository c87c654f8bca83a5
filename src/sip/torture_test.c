/* SPDX-License-Identifier: BSD-2-Clause */
/* Every message of tests/torture, against what tests/torture/expect.tsv says. */
#include "sip/test.h"
#include "sip/validate.h"

#define FOLDER "tests/torture/"

static struct str read_file(struct arena *arena, const char *path)
{
    enum { MOST = 65536 };
    FILE *f = fopen(path, "rb");
    char *space = arena_alloc(arena, MOST);
    size_t n;

    if (!f)
        print_error("%s cannot be opened\n", path);
    assert_non_null(f);
    n = fread(space, 1, MOST, f);
    fclose(f);
    return (struct str){ space, n };
}

/* 0, or the status a request is refused with. */
static unsigned verdict(struct arena *arena, struct str raw, struct str *why)
{
    /* Credentials of other schemes are not the proxy's affair. */
    const unsigned checks = CHECKS_ALL & ~(unsigned)CHECK_CREDENTIALS;
    struct fault fault = { .status = 0 };
    struct msg m;

    if (msg_parse(raw, &msg_default_limits, arena, &m, why))
        return 400;
    check_message(&m, checks, NULL, &fault);
    *why = fault.reason;
    return fault.status;
}

static void check_line(struct str line)
{
    struct str name = str_split(&line, '\t'), section = str_split(&line, '\t'), why;
    struct arena arena;
    uint32_t want;
    unsigned got;

    arena_init(&arena, MEM_MESSAGE, 65536 * 2);
    str_split(&line, '\t');
    CHECK(str_to_u32(str_trim(line), &want) == ERR_OK);
    got = verdict(
        &arena, read_file(&arena, arena_fmt(&arena, FOLDER STR_FMT ".dat", STR_ARG(name)).p), &why);
    if (got != want)
        print_error(STR_FMT " (" STR_FMT "): got %u " STR_FMT ", want %u\n", STR_ARG(name),
                    STR_ARG(section), got, STR_ARG(why), want);
    CHECK(got == want);
    arena_free(&arena);
}

TEST(judges_every_torture_message_as_the_rfc_does)
{
    struct arena arena;
    struct str table;
    size_t n = 0;

    arena_init(&arena, MEM_MESSAGE, 65536 * 2);
    table = read_file(&arena, FOLDER "expect.tsv");
    str_split(&table, '\n');
    for (; table.n; n++)
        check_line(str_split(&table, '\n'));
    CHECK(n > 50);
    arena_free(&arena);
}

/* The parts of the "tortuous INVITE" that are easily read wrongly. */
TEST(reads_the_tortuous_invite)
{
    struct arena arena;
    struct msg m;
    const struct address *list;
    size_t n;

    arena_init(&arena, MEM_MESSAGE, 65536 * 2);
    CHECK(msg_parse(read_file(&arena, FOLDER "wsinv.dat"), &msg_default_limits, &arena, &m, NULL) ==
          ERR_OK);
    CHECK_STR(msg_to_tag(&m), STR("1918181833n"));
    CHECK_STR(msg_from_tag(&m), STR("98asjd8"));
    CHECK_STR(msg_from(&m, NULL)->display, STR("\"J Rosenberg \\\\\\\"\""));
    CHECK(msg_max_forwards(&m) == 68 && msg_content_length(&m) == 150);
    CHECK(msg_cseq(&m, NULL)->number == 9);
    CHECK_STR(msg_via(&m, 2, NULL)->branch, STR("z9hG4bK30239"));
    CHECK(!msg_via(&m, 3, NULL));
    CHECK(msg_addresses(&m, HEADER_CONTACT, &list, &n) == ERR_OK && n == 1);
    CHECK_STR(list[0].q, STR("0.33"));
    CHECK_STR(address_param(&list[0], STR("newparam")), STR("newvalue"));
    CHECK(msg_addresses(&m, HEADER_ROUTE, &list, &n) == ERR_OK && n == 1 && list[0].uri.has_lr);
    CHECK_STR(msg_header_named(&m, STR("newfangledheader"))->body,
              STR("newfangled value\r\n continued newfangled value"));
    arena_free(&arena);
}

TEST(does_not_read_escapes_as_names)
{
    struct arena arena;
    struct msg m;
    const struct address *list;
    size_t n;

    arena_init(&arena, MEM_MESSAGE, 65536 * 2);
    CHECK(msg_parse(read_file(&arena, FOLDER "esc02.dat"), &msg_default_limits, &arena, &m, NULL) ==
          ERR_OK);
    CHECK(m.method == METHOD_OTHER);
    CHECK(msg_addresses(&m, HEADER_CONTACT, &list, &n) == ERR_OK && n == 2);
    CHECK(msg_parse(read_file(&arena, FOLDER "dblreq.dat"), &msg_default_limits, &arena, &m,
                    NULL) == ERR_OK);
    CHECK(m.method == METHOD_REGISTER && m.body.n == 0 && m.raw.n == m.head.n);
    arena_free(&arena);
}

RUN(CASE(judges_every_torture_message_as_the_rfc_does), CASE(reads_the_tortuous_invite),
    CASE(does_not_read_escapes_as_names))
