/* SPDX-License-Identifier: BSD-2-Clause */
/* mem.*, core.shmmem: memory by subsystem. There are no pools; where the packaged server tells of a
 * pool, its size is the cap, or when there is none the machine's memory. */
#include "control/memory.h"
#include "control/methods.h"
#include <unistd.h>

size_t memory_total(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    if (mem_cap())
        return mem_cap();
    return pages > 0 && size > 0 ? (size_t)pages * (size_t)size : 0;
}

size_t memory_resident(void)
{
    FILE *f = fopen("/proc/self/statm", "re");
    unsigned long all, resident = 0;
    long size = sysconf(_SC_PAGESIZE);

    if (f) {
        if (fscanf(f, "%lu %lu", &all, &resident) != 2)
            resident = 0;
        fclose(f);
    }
    return resident * (size_t)size;
}

size_t memory_peak(void)
{
    FILE *f = fopen("/proc/self/status", "re");
    unsigned long peak = 0;
    char line[128];

    while (f && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lu kB", &peak) == 1)
            break;
    if (f)
        fclose(f);
    return peak * 1024;
}

void memory_put_pool(struct rpc_node *s)
{
    size_t total = memory_total(), used = mem_used_all(), real = memory_resident();

    rpc_put_int(s, "total", (int64_t)total);
    rpc_put_int(s, "free", (int64_t)(total > real ? total - real : 0));
    rpc_put_int(s, "used", (int64_t)used);
    rpc_put_int(s, "real_used", (int64_t)real);
    rpc_put_int(s, "max_used", (int64_t)memory_peak());
    rpc_put_int(s, "fragments", 0);
}

static err_t core_shmmem(struct rpc *r, const void *args)
{
    (void)args;
    memory_put_pool(rpc_struct(rpc_root(r)));
    return ERR_OK;
}

static err_t mem_usage(struct rpc *r, const void *args)
{
    struct rpc_node *s = rpc_struct(rpc_root(r)), *by;

    (void)args;
    rpc_put_int(s, "used", (int64_t)mem_used_all());
    rpc_put_int(s, "cap", (int64_t)mem_cap());
    rpc_put_int(s, "over_cap", mem_over_cap());
    rpc_put_int(s, "resident", (int64_t)memory_resident());
    rpc_put_int(s, "peak", (int64_t)memory_peak());
    by = rpc_put_struct(s, "subsystems");
    for (int m = 0; m < MEM_COUNT; m++)
        rpc_put_int(by, mem_name((enum mem)m), (int64_t)mem_used((enum mem)m));
    return ERR_OK;
}

struct cap_args {
    int64_t bytes;
};
static const struct field cap_args_fields[] = {
    FIELD(cap_args, bytes, "The new cap in bytes; 0 removes it.", .min = 0, .max = INT64_MAX),
    { 0 },
};

static err_t mem_cap_set(struct rpc *r, const void *args)
{
    const struct cap_args *a = args;

    (void)r;
    mem_set_cap((size_t)a->bytes);
    return ERR_OK;
}

static err_t core_sfmalloc(struct rpc *r, const void *args)
{
    (void)args;
    return rpc_fail(r, 501, "there is no such allocator; mem.usage tells what is used");
}

const struct rpc_method methods_memory[] = {
    { .name = "mem.usage",
      .run = mem_usage,
      .doc = "Bytes in use by each subsystem, the cap, and what the system sees." },
    { .name = "mem.cap",
      .run = mem_cap_set,
      .args = cap_args_fields,
      .args_size = sizeof(struct cap_args),
      .doc = "Sets how much memory may be used before new work is refused with 503." },
    { .name = "core.shmmem",
      .run = core_shmmem,
      .doc = "Memory in the form of one pool, whose size is the cap or the machine's memory." },
    { .name = "core.sfmalloc",
      .run = core_sfmalloc,
      .doc = "For an allocator of the packaged server; answers that there is none." },
    { 0 },
};
