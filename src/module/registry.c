/* SPDX-License-Identifier: BSD-2-Clause */
#include "module/registry.h"
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

enum { MODULES_MAX = 512, NAME_MAX_LEN = 64 };

static struct {
    const struct module *known[MODULES_MAX];
    bool active[MODULES_MAX]; /* parallel to `known` */
    size_t n;
    unsigned slots;
} self;

/* Adds a module whose tables are in order; what is wrong with the others goes to `why`. */
static err_t add(const struct module *m, struct buf *why)
{
    if (module_check(m, why))
        return ERR_UNSUPPORTED;
    ASSERT(self.n < MODULES_MAX);
    self.known[self.n++] = m;
    return ERR_OK;
}

static const struct module *known(struct str name)
{
    for (size_t i = 0; i < self.n; i++)
        if (str_eq(str_of(self.known[i]->name), name))
            return self.known[i];
    return NULL;
}

void registry_init(const struct module *const *modules)
{
    struct buf why;

    buf_init(&why, MEM_MODULE);
    for (; *modules; modules++) {
        if (known(str_of((*modules)->name)))
            continue;
        if (add(*modules, &why)) {
            buf_char(&why, '\0');
            assert_failed((*modules)->name, 0, "registry_init", why.p);
        }
    }
    buf_free(&why);
}

err_t registry_stand_in(const struct module *m, struct buf *why)
{
    for (size_t i = 0; i < self.n; i++) {
        if (!str_eq(str_of(self.known[i]->name), str_of(m->name)))
            continue;
        if (module_check(m, why))
            return ERR_UNSUPPORTED;
        self.known[i] = m;
        self.active[i] = false;
        return ERR_OK;
    }
    return add(m, why);
}

/* "/path/tm.so" and "tm.so" are "tm". */
static struct str stem_of(struct str name)
{
    for (size_t slash; (slash = str_find(name, '/')) < name.n;)
        name = str_skip(name, slash + 1);
    if (str_ends(name, STR(".so")))
        name.n -= 3;
    return name;
}

/* bin/tandem finds its own modules in bin/../lib/tandem/modules, built or installed. */
static bool beside_program(struct str stem, char file[PATH_MAX])
{
    ssize_t n = readlink("/proc/self/exe", file, PATH_MAX - 1);

    for (int up = 0; up < 2 && n > 0; up++) {
        while (n > 0 && file[n - 1] != '/')
            n--;
        n--;
    }
    if (n <= 0 || (size_t)n + stem.n + sizeof "/lib/tandem/modules/.so" > PATH_MAX)
        return false;
    snprintf(file + n, PATH_MAX - (size_t)n, "/lib/tandem/modules/" STR_FMT ".so", STR_ARG(stem));
    return access(file, R_OK) == 0;
}

/* Where the shared object of `stem` is: in the path, beside the program, or just where a full name
 * says. */
static bool locate(struct str stem, struct str name, struct str search_path, char file[PATH_MAX])
{
    while (search_path.n) {
        struct str dir = str_split(&search_path, ':');

        if (dir.n == 0)
            continue;
        /* As other servers do it: <dir>/<name>.so, or <dir>/<name>/<name>.so in a source tree. */
        snprintf(file, PATH_MAX, STR_FMT "/" STR_FMT ".so", STR_ARG(dir), STR_ARG(stem));
        if (access(file, R_OK) == 0)
            return true;
        snprintf(file, PATH_MAX, STR_FMT "/" STR_FMT "/" STR_FMT ".so", STR_ARG(dir), STR_ARG(stem),
                 STR_ARG(stem));
        if (access(file, R_OK) == 0)
            return true;
    }
    if (str_find(name, '/') == name.n)
        return beside_program(stem, file);
    if (name.n >= PATH_MAX)
        return false;
    snprintf(file, PATH_MAX, STR_FMT, STR_ARG(name));
    return access(file, R_OK) == 0;
}

static err_t open_shared(const char *file, struct str stem, const struct module **out,
                         struct buf *why)
{
    char symbol[NAME_MAX_LEN + 8];
    void *so = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const struct module *m;
    err_t e;

    if (!so) {
        buf_fmt(why, "cannot open %s: %s", file, dlerror());
        return ERR_UNSUPPORTED;
    }
    snprintf(symbol, sizeof symbol, "module_" STR_FMT, STR_ARG(stem));
    m = dlsym(so, symbol);
    if (!m || !m->name || !str_eq(str_of(m->name), stem)) {
        buf_fmt(why, "%s is no module of this server (it has no %s)", file, symbol);
        dlclose(so);
        return ERR_UNSUPPORTED;
    }
    e = add(m, why);
    if (e) {
        dlclose(so);
        return e;
    }
    *out = m; /* stays open for good: its code may run until the end */
    return ERR_OK;
}

err_t registry_find(struct str name, struct str search_path, const struct module **out,
                    struct buf *why)
{
    struct str stem = stem_of(name);
    char file[PATH_MAX];

    *out = known(stem);
    if (*out)
        return ERR_OK;
    if (stem.n == 0 || stem.n > NAME_MAX_LEN || str_find(stem, '\0') < stem.n ||
        !locate(stem, name, search_path, file)) {
        buf_fmt(why, "there is no module \"" STR_FMT "\"", STR_ARG(stem));
        return ERR_NOT_FOUND;
    }
    return open_shared(file, stem, out, why);
}

static void open_folder(struct str folder, struct buf *why)
{
    char *path = mem_strdup(MEM_MODULE, folder);
    DIR *dir = opendir(path);

    mem_free(MEM_MODULE, path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct str name = str_of(entry->d_name);
        const struct module *m;

        if (str_ends(name, STR(".so")) && registry_find(name, folder, &m, why))
            buf_char(why, '\n');
    }
    if (dir)
        closedir(dir);
}

void registry_open_all(struct str search_path, struct buf *why)
{
    while (search_path.n)
        open_folder(str_split(&search_path, ':'), why);
}

void registry_activate(const struct module *m)
{
    size_t i = 0;

    while (i < self.n && self.known[i] != m)
        i++;
    ASSERT(i < self.n);
    if (self.active[i])
        return;
    self.active[i] = true;
    m->slot->index = self.slots++;
    if (m->stats)
        m->slot->stat_base = stat_register(m->stats);
}

const struct module *registry_at(size_t i)
{
    return i < self.n ? self.known[i] : NULL;
}

unsigned registry_slots(void)
{
    return self.slots;
}
