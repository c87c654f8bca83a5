/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Edits against a plain model: the first bytes of the input are commands (what, place, length), the
 * rest, behind the first NUL, is the message, or a usual one when it cannot be read.
 */
#include "sip/edit.h"

static const char usual[] = "OPTIONS sip:c@d SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nl: 4\r\n"
                            "Content-Length: 4\r\nX: 1\r\n folded\r\n\r\nbody";
static struct arena arena;
static struct msg m;

static void edit(struct edit_list *l, const uint8_t *command)
{
    size_t at = m.raw.n * command[1] / 255, n = (m.raw.n - at) * command[2] / 255;
    struct str what = str_cut(m.raw, at, at + n), text = str_cut(m.raw, 0, n < 9 ? n : 9);
    const struct header *h = m.n_headers ? &m.headers[command[1] % m.n_headers] : NULL;

    switch (command[0] % 10) {
    case 0: edit_insert(l, at, text); break;
    case 1: edit_insert_front(l, at, text); break;
    case 2: edit_replace(l, &m, what, text); break;
    case 3: edit_delete(l, &m, what); break;
    case 4: edit_append_header(l, &m, STR("A: 1")); break;
    case 5: edit_insert_header(l, &m, h, STR("Content-Length: 9\r\n")); break;
    case 6: edit_push_header(l, &m, h, STR("C: 1")); break;
    case 7: edit_set_body(l, &m, text); break;
    case 8:
        if (h)
            edit_remove_header(l, &m, h);
        break;
    case 9:
        if (msg_via(&m, 0, NULL))
            edit_mark_via(l, &m, msg_via(&m, 0, NULL), STR("::1"), command[1], command[2] & 1);
        break;
    }
}

/* What the list says, byte by byte, without any correction of Content-Length. */
static size_t model_length(const struct edit_list *l)
{
    bool *gone = arena_zalloc(&arena, m.raw.n + 1);
    size_t length = 0;

    for (size_t i = 0; i < l->n; i++) {
        ASSERT((size_t)l->edits[i].at + l->edits[i].n <= m.raw.n);
        memset(gone + l->edits[i].at, true, l->edits[i].n);
        length += l->edits[i].text.n;
    }
    for (size_t i = 0; i < m.raw.n; i++)
        length += !gone[i];
    return length;
}

static void apply(const struct edit_list *l)
{
    struct buf b;
    size_t body = edit_body_length(l, &m);

    ASSERT(edit_length(l, &m) == model_length(l));
    buf_init(&b, MEM_MESSAGE);
    edit_apply(l, &m, false, &b);
    ASSERT(b.n >= body);
    if (body == m.body.n && l->n == 0)
        ASSERT(str_eq(buf_str(&b), m.raw));
    buf_clear(&b);
    edit_apply(l, &m, true, &b);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t commands = end ? (size_t)(end - data) : size;
    struct str text = end ? (struct str){ (const char *)end + 1, size - commands - 1 } : STR("");
    struct edit_list l, more;

    arena_init(&arena, MEM_MESSAGE, 4096);
    if (msg_parse(text, &msg_default_limits, &arena, &m, NULL))
        ASSERT(msg_parse(str_of(usual), &msg_default_limits, &arena, &m, NULL) == ERR_OK);
    edit_init(&l, &arena);
    edit_init(&more, &arena);
    for (size_t i = 0; i + 3 <= commands && i < 96; i += 3)
        edit(i & 1 ? &more : &l, data + i);
    apply(&l);
    edit_add_all(&l, &more);
    apply(&l);
    arena_free(&arena);
    return 0;
}
