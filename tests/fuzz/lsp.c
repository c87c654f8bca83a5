/* SPDX-License-Identifier: BSD-2-Clause */
/* What an editor may send: bytes as they come, or, behind a first byte 'm', messages by line that
 * get their framing here. Whatever is answered is framed JSON. */
#include "lsp/lsp.h"
#include "base/log.h"
#include "lsp/framing.h"
#include "module/registry.h"
#include <jansson.h>

static const char *const opening[] = {
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"initialize\",\"params\":{}}",
    "{\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":\"file:///a.cfg\","
    "\"version\":1,\"text\":\"loadmodule \\\"pv.so\\\"\\n#!define X 1\\nrequest_route "
    "{\\n\\troute(A);"
    "\\n\\t$var(x) = $(ru{s.len});\\n}\\nroute[A] {\\n\\tt_rely(X);\\n}\\n\"}}}",
};

static void deliver(struct lsp *l, struct str body, struct buf *out)
{
    struct buf b;

    buf_init(&b, MEM_OTHER);
    buf_fmt(&b, "Content-Length: %zu\r\n\r\n", body.n);
    buf_add(&b, body);
    lsp_feed(l, buf_str(&b), out);
    buf_free(&b);
}

/* Every answer can be read back. */
static void read_answers(struct str text)
{
    struct framing f;
    struct str body;

    framing_init(&f);
    framing_add(&f, text);
    for (enum framing_result r; (r = framing_next(&f, &body)) != FRAMING_MORE;) {
        json_t *message;

        ASSERT(r == FRAMING_MESSAGE);
        message = json_loadb(body.p, body.n, JSON_ALLOW_NUL, NULL);
        ASSERT(message);
        json_decref(message);
    }
    ASSERT(f.at == f.in.n);
    framing_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct {
        bool ready;
    } self;
    static const struct load_options options;
    struct str rest = { (const char *)data, size };
    struct lsp *l;
    struct buf out;
    int code;

    if (!self.ready) {
        log_set_level(LOG_NONE);
        registry_init(linked_modules);
        self.ready = true;
    }
    if (size > 65536)
        return 0;
    l = lsp_new(&options);
    buf_init(&out, MEM_OTHER);
    if (size && data[0] == 'm') {
        for (size_t i = 0; i < sizeof opening / sizeof *opening; i++)
            deliver(l, str_of(opening[i]), &out);
        for (rest = str_skip(rest, 1); rest.n && !lsp_over(l, &code);)
            deliver(l, str_split(&rest, '\n'), &out);
    } else {
        for (; rest.n; rest = str_skip(rest, 7))
            lsp_feed(l, str_cut(rest, 0, rest.n < 7 ? rest.n : 7), &out);
    }
    read_answers(buf_str(&out));
    buf_free(&out);
    lsp_free(l);
    return 0;
}
