/* SPDX-License-Identifier: BSD-2-Clause */
/* /etc/hosts, read again when it changed; looked at no more often than every few seconds. */
#include "base/clock.h"
#include "base/log.h"
#include "net/dns_state.h"
#include "rt/snapshot.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { LOOK_AGAIN_MS = 5000 };

struct host {
    struct str name;
    struct addr addr;
};
struct hosts {
    struct arena arena;
    struct host *at;
    size_t n, cap;
};

static struct {
    struct snapshot now; /* struct hosts */
    pthread_mutex_t lock;
    _Atomic(int64_t) looked_ms;
    const char *path;
    struct timespec changed;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER, .path = "/etc/hosts" };

static void hosts_free(void *arg)
{
    struct hosts *h = arg;

    mem_free(MEM_NET, h->at);
    arena_free(&h->arena);
    mem_free(MEM_NET, h);
}

static void add(struct hosts *h, struct str name, const struct addr *a)
{
    if (h->n == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 16;
        h->at = mem_realloc(MEM_NET, h->at, h->cap * sizeof *h->at);
    }
    h->at[h->n++] = (struct host){ arena_dup(&h->arena, name), *a };
}

static struct str word(struct str *line)
{
    size_t n = 0;
    struct str w;

    *line = str_trim(*line);
    while (n < line->n && line->p[n] != ' ' && line->p[n] != '\t')
        n++;
    w = str_cut(*line, 0, n);
    *line = str_skip(*line, n);
    return w;
}

static void read_line(struct hosts *h, struct str line)
{
    struct addr a;
    struct str w;

    line = str_cut(line, 0, str_find(line, '#'));
    if (addr_parse(word(&line), 0, &a))
        return;
    while ((w = word(&line)).n)
        add(h, w, &a);
}

static void read_again(void)
{
    struct hosts *h = mem_zalloc(MEM_NET, sizeof *h);
    FILE *f = fopen(self.path, "re");
    char line[2048];

    arena_init(&h->arena, MEM_NET, 1024);
    while (f && fgets(line, sizeof line, f))
        read_line(h, str_of(line));
    if (f)
        fclose(f);
    snapshot_publish(&self.now, h, hosts_free);
}

static void look(void)
{
    int64_t now = clock_ms(), looked = atomic_load(&self.looked_ms);
    struct stat st;

    if (looked && now - looked < LOOK_AGAIN_MS)
        return;
    pthread_mutex_lock(&self.lock);
    memset(&st, 0, sizeof st);
    if (stat(self.path, &st) == 0 || !snapshot_read(&self.now)) {
        if (!snapshot_read(&self.now) || st.st_mtim.tv_sec != self.changed.tv_sec ||
            st.st_mtim.tv_nsec != self.changed.tv_nsec)
            read_again();
        self.changed = st.st_mtim;
    }
    atomic_store(&self.looked_ms, now ? now : 1);
    pthread_mutex_unlock(&self.lock);
}

err_t dns_hosts_find(struct str name, struct addr *out, size_t max, size_t *n)
{
    const struct hosts *h;

    look();
    h = snapshot_read(&self.now);
    *n = 0;
    for (size_t i = 0; i < h->n && *n < max; i++)
        if (str_ieq(h->at[i].name, name))
            out[(*n)++] = h->at[i].addr;
    return *n ? ERR_OK : ERR_NOT_FOUND;
}

void dns_hosts_use(const char *path)
{
    self.path = path;
    atomic_store(&self.looked_ms, 0);
    memset(&self.changed, 0xff, sizeof self.changed);
}

void dns_hosts_end(void)
{
    struct hosts *h = atomic_exchange(&self.now.now, NULL);

    if (h)
        hosts_free(h);
    atomic_store(&self.looked_ms, 0);
}
