/* SPDX-License-Identifier: BSD-2-Clause */
/* The db_sqlite module: databases in files. */
#include "modules/db_sqlite/inner.h"
#include <stdio.h>

enum { BUSY_MS = 5000, FILES_MAX = 32, PATH_BYTES = 512 };

struct sqlite_conf {
    struct str_list db_set_readonly, db_set_journal_mode, db_set_busy_timeout;
};

/* What parameters say about files; read when a database is opened. */
static struct {
    struct module_slot slot;
    pthread_mutex_t lock;
    struct {
        char path[PATH_BYTES];
        struct settings settings;
    } files[FILES_MAX];
    size_t n;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static const struct settings ordinary = { .busy_ms = BUSY_MS, .journal = "WAL" };

static struct settings *file_locked(struct str path)
{
    for (size_t i = 0; i < self.n; i++) {
        if (str_eq(str_of(self.files[i].path), path))
            return &self.files[i].settings;
    }
    return NULL;
}

struct settings sqlite_settings_of(struct str path)
{
    struct settings *found, s = ordinary;

    pthread_mutex_lock(&self.lock);
    found = file_locked(path);
    if (found)
        s = *found;
    pthread_mutex_unlock(&self.lock);
    return s;
}

static struct settings *file_make(struct str path)
{
    struct settings *s = file_locked(path);

    if (s || self.n == FILES_MAX || path.n >= PATH_BYTES)
        return s;
    memcpy(self.files[self.n].path, path.p, path.n);
    self.files[self.n].path[path.n] = '\0';
    s = &self.files[self.n++].settings;
    *s = ordinary;
    return s;
}

static const char *const journals[] = { "WAL",    "DELETE", "TRUNCATE", "PERSIST",
                                        "MEMORY", "OFF",    NULL };

static const char *journal_of(struct str name)
{
    for (size_t i = 0; journals[i]; i++) {
        if (str_ieq(name, str_of(journals[i])))
            return journals[i];
    }
    return NULL;
}

/* "path=value" → value. */
static struct str value_of(struct str item, struct str *path)
{
    size_t at = str_find(item, '=');

    *path = str_trim(str_cut(item, 0, at));
    return str_trim(str_skip(item, at + 1));
}

static err_t sqlite_check(struct load *l, void *data)
{
    const struct sqlite_conf *conf = data;
    struct str path;
    uint32_t ms;

    for (size_t i = 0; i < conf->db_set_journal_mode.n; i++) {
        if (!journal_of(value_of(conf->db_set_journal_mode.items[i], &path)))
            load_fault(l, "db_set_journal_mode",
                       "expected path=mode with WAL, DELETE, TRUNCATE, PERSIST, MEMORY or OFF");
    }
    for (size_t i = 0; i < conf->db_set_busy_timeout.n; i++) {
        if (str_to_u32(value_of(conf->db_set_busy_timeout.items[i], &path), &ms))
            load_fault(l, "db_set_busy_timeout", "expected path=milliseconds");
    }
    return ERR_OK;
}

static void sqlite_adopt(const void *data)
{
    const struct sqlite_conf *conf = data;
    struct settings *s;
    struct str path, value;
    uint32_t ms = 0;

    pthread_mutex_lock(&self.lock);
    self.n = 0;
    for (size_t i = 0; i < conf->db_set_readonly.n; i++) {
        s = file_make(conf->db_set_readonly.items[i]);
        if (s)
            s->read_only = true;
    }
    for (size_t i = 0; i < conf->db_set_journal_mode.n; i++) {
        value = value_of(conf->db_set_journal_mode.items[i], &path);
        s = file_make(path);
        if (s && journal_of(value))
            snprintf(s->journal, sizeof s->journal, "%s", journal_of(value));
    }
    for (size_t i = 0; i < conf->db_set_busy_timeout.n; i++) {
        value = value_of(conf->db_set_busy_timeout.items[i], &path);
        s = file_make(path);
        if (s && str_to_u32(value, &ms) == ERR_OK)
            s->busy_ms = (int)(ms & INT32_MAX);
    }
    pthread_mutex_unlock(&self.lock);
}

static err_t sqlite_start(const void *data)
{
    (void)data;
    db_driver_add(&sqlite_driver);
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(sqlite_conf, db_set_readonly, "A file that is only read.", .optional = true),
    FIELD(sqlite_conf, db_set_journal_mode, "path=mode of a file's journal; default: WAL.",
          .optional = true),
    FIELD(sqlite_conf, db_set_busy_timeout, "path=milliseconds to wait for a locked file.",
          .optional = true),
    { 0 },
};

const struct module module_db_sqlite = {
    .abi = MODULE_ABI,
    .name = "db_sqlite",
    .doc = "Databases in files, by SQLite: sqlite:///path.",
    .slot = &self.slot,
    .conf_size = sizeof(struct sqlite_conf),
    .params = params,
    .check = sqlite_check,
    .start = sqlite_start,
    .adopt = sqlite_adopt,
};
