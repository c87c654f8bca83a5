/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/err.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const names[] = {
#define X(code, name, text) [code] = name,
    ERR_TABLE(X)
#undef X
};
static const char *const texts[] = {
#define X(code, name, text) [code] = text,
    ERR_TABLE(X)
#undef X
};

const char *err_name(err_t e)
{
    return (unsigned)e < ERR_COUNT ? names[e] : "unknown";
}

const char *err_text(err_t e)
{
    return (unsigned)e < ERR_COUNT ? texts[e] : "an unknown error";
}

err_t err_of_errno(int number)
{
    static const struct {
        int number;
        err_t e;
    } table[] = {
        { 0, ERR_OK },
        { ENOENT, ERR_NOT_FOUND },
        { ESRCH, ERR_NOT_FOUND },
        { EEXIST, ERR_EXISTS },
        { EADDRINUSE, ERR_EXISTS },
        { EINVAL, ERR_RANGE },
        { ERANGE, ERR_RANGE },
        { EMSGSIZE, ERR_LIMIT },
        { EMFILE, ERR_LIMIT },
        { ENFILE, ERR_LIMIT },
        { ENOBUFS, ERR_LIMIT },
        { ENOSPC, ERR_LIMIT },
        { ETIMEDOUT, ERR_TIMEOUT },
        { ECANCELED, ERR_CANCELED },
        { EAGAIN, ERR_STATE },
        { EISCONN, ERR_STATE },
        { ENOTCONN, ERR_STATE },
        { EACCES, ERR_DENIED },
        { EPERM, ERR_DENIED },
        { EAFNOSUPPORT, ERR_UNSUPPORTED },
        { EPROTONOSUPPORT, ERR_UNSUPPORTED },
        { EOPNOTSUPP, ERR_UNSUPPORTED },
        { ENOSYS, ERR_UNSUPPORTED },
        { ECONNREFUSED, ERR_UNREACHABLE },
        { ECONNRESET, ERR_UNREACHABLE },
        { EHOSTUNREACH, ERR_UNREACHABLE },
        { ENETUNREACH, ERR_UNREACHABLE },
        { EADDRNOTAVAIL, ERR_UNREACHABLE },
        { EPIPE, ERR_UNREACHABLE },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].number == number)
            return table[i].e;
    return ERR_IO;
}

void assert_failed(const char *file, int line, const char *function, const char *what)
{
    fprintf(stderr, "%s:%d: %s: not true: %s\n", file, line, function, what);
    abort();
}
