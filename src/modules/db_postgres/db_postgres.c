/* SPDX-License-Identifier: BSD-2-Clause */
/* The db_postgres module. */
#include "modules/db_postgres/inner.h"
#include <pthread.h>

enum { CONNECTIONS = 64, CONNECTIONS_MIN = 4 };

static struct {
    struct module_slot slot;
    pthread_mutex_t lock;
    struct tuning tuning;
    struct buf parameters; /* of con_param, as libpq writes them */
} self = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .tuning = { .retries = 2, .idle_ms = 60000, .pool_size = CONNECTIONS_MIN, .escape_bytea = true }
};

struct tuning postgres_tuning(void)
{
    struct tuning t;

    pthread_mutex_lock(&self.lock);
    t = self.tuning;
    pthread_mutex_unlock(&self.lock);
    return t;
}

void postgres_add_parameters(struct buf *b)
{
    pthread_mutex_lock(&self.lock);
    buf_addz(b, " application_name='tandem' client_encoding='UTF8'");
    if (self.tuning.keepalive > 0)
        buf_fmt(b, " keepalives=1 keepalives_idle=%lld", (long long)self.tuning.keepalive);
    buf_fmt(b, " options='-c timezone=UTC -c bytea_output=%s'",
            self.tuning.escape_bytea ? "escape" : "hex");
    buf_add(b, buf_str(&self.parameters));
    pthread_mutex_unlock(&self.lock);
}

/* "a=1;b=2" pieces as " a='1' b='2'". */
static void add_parameters(struct buf *b, struct str list)
{
    while (list.n) {
        struct str value = str_trim(str_split(&list, ';')), name = str_split(&value, '=');

        if (name.n == 0)
            continue;
        buf_fmt(b, " " STR_FMT "='", STR_ARG(str_trim(name)));
        for (size_t i = 0; i < value.n; i++) {
            if (value.p[i] == '\'' || value.p[i] == '\\')
                buf_char(b, '\\');
            buf_char(b, value.p[i]);
        }
        buf_char(b, '\'');
    }
}

static void postgres_adopt(const void *data)
{
    const struct postgres_conf *conf = data;
    unsigned workers = workers_count() ? workers_count() : 1;
    unsigned each = CONNECTIONS / workers;

    pthread_mutex_lock(&self.lock);
    self.tuning = (struct tuning){
        .retries = conf->retries,
        .timeout_ms = conf->timeout * 1000,
        .keepalive = conf->tcp_keepalive,
        .idle_ms = conf->idle_time * 1000,
        .pool_size = conf->pool_size          ? (unsigned)conf->pool_size
                     : each > CONNECTIONS_MIN ? each
                                              : CONNECTIONS_MIN,
        .escape_bytea = conf->bytea_output_escape,
    };
    buf_clear(&self.parameters);
    self.parameters.account = MEM_DATABASE;
    for (size_t i = 0; i < conf->con_param.n; i++)
        add_parameters(&self.parameters, conf->con_param.items[i]);
    pthread_mutex_unlock(&self.lock);
}

static err_t postgres_start(const void *data)
{
    (void)data;
    db_driver_add(&postgres_driver);
    return ERR_OK;
}

static void postgres_stop(void)
{
    buf_free(&self.parameters);
}

static const struct field params[] = {
    FIELD(postgres_conf, retries, "Further attempts when the connection is lost.", .def = "2",
          .max = 100),
    FIELD(postgres_conf, lockset, "Locks that stand in for REPLACE, as a power of two.", .def = "4",
          .inert = "INSERT ... ON CONFLICT needs no locks"),
    FIELD(postgres_conf, timeout, "Seconds a query or connection attempt may take; 0: any.",
          .def = "0", .max = 86400,
          .differs =
              "0 limits connection attempts to 10 seconds; a query it ends is asked to stop"),
    FIELD(postgres_conf, tcp_keepalive, "Seconds until TCP keep-alives begin; 0: never.",
          .def = "0"),
    FIELD(postgres_conf, bytea_output_escape, "Ask for the escape format of bytea.", .def = "1"),
    FIELD(postgres_conf, con_param, "Connection parameters of libpq: \"name=value;name=value\".",
          .optional = true),
    FIELD(postgres_conf, pool_size,
          "Connections of each worker to a database; 0: 64 shared evenly, at least 4.", .def = "0",
          .max = 1000),
    FIELD(postgres_conf, idle_time, "Seconds after which an unused connection is closed; 0: never.",
          .def = "60"),
    { 0 },
};

const struct module module_db_postgres = {
    .abi = MODULE_ABI,
    .name = "db_postgres",
    .doc = "Databases in PostgreSQL: postgres://user:password@host/database.",
    .slot = &self.slot,
    .conf_size = sizeof(struct postgres_conf),
    .params = params,
    .start = postgres_start,
    .adopt = postgres_adopt,
    .stop = postgres_stop,
};
