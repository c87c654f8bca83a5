/* SPDX-License-Identifier: BSD-2-Clause */
/* URIs: slices lie in the text, a URI equals itself, escaping can be undone. */
#include "sip/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = { (const char *)data, size };
    struct uri u;
    struct buf b;
    size_t n;

    buf_init(&b, MEM_OTHER);
    if (uri_parse(in, &u) == ERR_OK) {
        const struct str parts[] = { u.user, u.password, u.host, u.port_text, u.params, u.headers };
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
            ASSERT(!parts[i].p || (parts[i].p >= in.p && parts[i].p + parts[i].n <= in.p + in.n));
        ASSERT(uri_equal(&u, &u));
        ASSERT(u.scheme > URI_SIPS || u.host.n);
        uri_param(&u, STR("lr"));
        uri_proto(&u);
        uri_port(&u);
    }
    uri_escape_user(&b, in);
    if (b.n) {
        char *plain = mem_alloc(MEM_OTHER, b.n);
        ASSERT(uri_unescape(buf_str(&b), plain, &n) == ERR_OK);
        ASSERT(str_eq((struct str){ plain, n }, in));
        mem_free(MEM_OTHER, plain);
    }
    buf_free(&b);
    return 0;
}
