/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An SK_REUSEPORT program, made here instruction by instruction: it looks for the first Call-ID
 * header in a datagram's first 1,280 bytes (eight bytes at a time; of two line ends among them it
 * sees the first), computes home_hash of its value and selects the socket
 * of that worker. When it finds none, the kernel chooses as it would without.
 *
 * Three things please the verifier. The scan runs over a copy on the stack at places it knows as
 * constants. The usual way through it never jumps, so that few ways are left to be looked at later.
 * And what follows a find uses the found place only as an offset handed to a helper, so
 * that all places look the same to it; hence loads of fixed sizes there.
 */
#include "net/steer.h"
#include "base/log.h"
#include "net/home.h"
#include "rt/worker.h"
#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    UDP_HEADER = 8,
    CHUNK = 256,             /* bytes looked at before the next are fetched */
    OVERLAP = 16,            /* and what a name at their end may need beyond */
    SPACE = CHUNK + OVERLAP, /* on the stack, at its top */
    SELECTED = SPACE + 8,    /* below it, the chosen index */
    CHUNKS = 5,
    BLANKS = 4,
    VALUE = HOME_BYTES + 8, /* with the blanks before it */
    PROGRAM_MAX = 256,
};

struct program {
    struct bpf_insn code[PROGRAM_MAX];
    int n;
};

/* Jumps whose target is not known yet. */
struct jumps {
    int at[40];
    int n;
};

static int put(struct program *p, uint8_t code, unsigned dst, unsigned src, int off, int imm)
{
    ASSERT(p->n < PROGRAM_MAX);
    p->code[p->n] = (struct bpf_insn){
        .code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = (int16_t)off, .imm = imm
    };
    return p->n++;
}

static void move(struct program *p, unsigned dst, unsigned src)
{
    put(p, BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0);
}
static void set(struct program *p, unsigned dst, int value)
{
    put(p, BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value);
}
static void alu(struct program *p, uint8_t op, unsigned dst, unsigned src)
{
    put(p, BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}
static void alu_imm(struct program *p, uint8_t op, unsigned dst, int value)
{
    put(p, BPF_ALU64 | op | BPF_K, dst, 0, 0, value);
}
static void add(struct program *p, unsigned dst, int value)
{
    alu_imm(p, BPF_ADD, dst, value);
}
static void set_long(struct program *p, unsigned dst, unsigned kind, uint64_t value)
{
    put(p, BPF_LD | BPF_IMM | BPF_DW, dst, kind, 0, (int)(uint32_t)value);
    put(p, 0, 0, 0, 0, (int)(uint32_t)(value >> 32));
}
static void load_byte(struct program *p, unsigned dst, unsigned src, int off)
{
    put(p, BPF_LDX | BPF_MEM | BPF_B, dst, src, off, 0);
}
static void call(struct program *p, int helper)
{
    put(p, BPF_JMP | BPF_CALL, 0, 0, 0, helper);
}
static int jump_if(struct program *p, uint8_t op, unsigned dst, int value, int to)
{
    return put(p, BPF_JMP | op | BPF_K, dst, 0, to - p->n - 1, value);
}
static void later(struct jumps *j, int at)
{
    ASSERT(j->n < (int)(sizeof j->at / sizeof *j->at));
    j->at[j->n++] = at;
}
static void land(struct program *p, const struct jumps *j)
{
    for (int i = 0; i < j->n; i++)
        p->code[j->at[i]].off = (int16_t)(p->n - j->at[i] - 1);
}

/* r3 = the stack's copy. */
static void point_to_space(struct program *p)
{
    move(p, BPF_REG_3, BPF_REG_10);
    add(p, BPF_REG_3, -SPACE);
}

static void clear_space(struct program *p, int bytes)
{
    for (int i = 0; i < bytes; i += 8)
        put(p, BPF_ST | BPF_MEM | BPF_DW, BPF_REG_10, 0, i - SPACE, 0);
}

/* Registers: 6 the context, 7 the offset of the copy in the datagram, 8 the place in the copy, 9
 * the line end in the eight bytes there. */
static int fetch_chunk(struct program *p, struct jumps *none)
{
    int again = p->n;

    put(p, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_6,
        (int)offsetof(struct sk_reuseport_md, len), 0);
    later(none, put(p, BPF_JMP | BPF_JLE | BPF_X, BPF_REG_4, BPF_REG_7, 0, 0));
    alu(p, BPF_SUB, BPF_REG_4, BPF_REG_7);
    jump_if(p, BPF_JLE, BPF_REG_4, SPACE, p->n + 2);
    set(p, BPF_REG_4, SPACE);
    move(p, BPF_REG_1, BPF_REG_6);
    move(p, BPF_REG_2, BPF_REG_7);
    point_to_space(p);
    call(p, BPF_FUNC_skb_load_bytes);
    later(none, jump_if(p, BPF_JNE, BPF_REG_0, 0, 0));
    set(p, BPF_REG_8, 0);
    return again;
}

/* At a line's end: is "Call-ID" or "i" next, and a colon? Then r2 counts the bytes to behind it. */
static void match_name(struct program *p, struct jumps *next, struct jumps *found)
{
    static const char rest[] = "all-id";
    int short_name, colon;

    load_byte(p, BPF_REG_1, BPF_REG_3, 1);
    alu_imm(p, BPF_OR, BPF_REG_1, 0x20);
    short_name = jump_if(p, BPF_JEQ, BPF_REG_1, 'i', 0);
    later(next, jump_if(p, BPF_JNE, BPF_REG_1, 'c', 0));
    for (int i = 0; rest[i]; i++) {
        load_byte(p, BPF_REG_1, BPF_REG_3, 2 + i);
        alu_imm(p, BPF_OR, BPF_REG_1, 0x20);
        later(next, jump_if(p, BPF_JNE, BPF_REG_1, rest[i], 0));
    }
    set(p, BPF_REG_2, 8);
    colon = put(p, BPF_JMP | BPF_JA, 0, 0, 0, 0);
    p->code[short_name].off = (int16_t)(p->n - short_name - 1);
    set(p, BPF_REG_2, 2);
    p->code[colon].off = (int16_t)(p->n - colon - 1);
    alu(p, BPF_ADD, BPF_REG_3, BPF_REG_2);
    for (int blanks = 0; blanks < 4; blanks++) {
        int space;

        load_byte(p, BPF_REG_1, BPF_REG_3, blanks);
        add(p, BPF_REG_2, 1);
        later(found, jump_if(p, BPF_JEQ, BPF_REG_1, ':', 0));
        space = jump_if(p, BPF_JEQ, BPF_REG_1, ' ', p->n + 2);
        ASSERT(space + 1 == p->n);
        later(next, jump_if(p, BPF_JNE, BPF_REG_1, '\t', 0));
    }
}

/* Of eight bytes at r3: r1 gets the highest bit of each byte that is a line end (and perhaps of
 * others above the first), 0 when there is none. r2 and r4 are lost. */
static void look_for_line_end(struct program *p)
{
    put(p, BPF_LDX | BPF_MEM | BPF_DW, BPF_REG_1, BPF_REG_3, 0, 0);
    set_long(p, BPF_REG_2, 0, 0x0a0a0a0a0a0a0a0aULL);
    alu(p, BPF_XOR, BPF_REG_1, BPF_REG_2);
    move(p, BPF_REG_4, BPF_REG_1);
    set_long(p, BPF_REG_2, 0, 0x0101010101010101ULL);
    alu(p, BPF_SUB, BPF_REG_1, BPF_REG_2);
    alu_imm(p, BPF_XOR, BPF_REG_4, -1);
    alu(p, BPF_AND, BPF_REG_1, BPF_REG_4);
    set_long(p, BPF_REG_2, 0, 0x8080808080808080ULL);
    alu(p, BPF_AND, BPF_REG_1, BPF_REG_2);
}

/* r3 and r9: on to the first of them. (On big-endian machines it would be the last.) */
static void point_to_line_end(struct program *p)
{
    move(p, BPF_REG_2, BPF_REG_1);
    put(p, BPF_ALU64 | BPF_NEG, BPF_REG_2, 0, 0, 0);
    alu(p, BPF_AND, BPF_REG_1, BPF_REG_2);
    alu_imm(p, BPF_RSH, BPF_REG_1, 7);
    set_long(p, BPF_REG_2, 0, 0x0001020304050607ULL);
    alu(p, BPF_MUL, BPF_REG_1, BPF_REG_2);
    alu_imm(p, BPF_RSH, BPF_REG_1, 56);
    alu_imm(p, BPF_AND, BPF_REG_1, 7);
    move(p, BPF_REG_9, BPF_REG_1);
    alu(p, BPF_ADD, BPF_REG_3, BPF_REG_1);
}

static void find_name(struct program *p, struct jumps *none, struct jumps *found)
{
    struct jumps line_end = { .n = 0 }, next = { .n = 0 };
    int chunk = fetch_chunk(p, none), scan = p->n, other;

    point_to_space(p);
    alu(p, BPF_ADD, BPF_REG_3, BPF_REG_8);
    look_for_line_end(p);
    later(&line_end, jump_if(p, BPF_JNE, BPF_REG_1, 0, 0));
    other = p->n;
    add(p, BPF_REG_8, 8);
    jump_if(p, BPF_JLT, BPF_REG_8, CHUNK, scan);
    add(p, BPF_REG_7, CHUNK);
    jump_if(p, BPF_JLT, BPF_REG_7, UDP_HEADER + CHUNKS * CHUNK, chunk);
    later(none, put(p, BPF_JMP | BPF_JA, 0, 0, 0, 0));

    land(p, &line_end);
    point_to_line_end(p);
    match_name(p, &next, found);
    land(p, &next);
    put(p, BPF_JMP | BPF_JA, 0, 0, other - p->n - 1, 0);
}

/* r0 = 0 when `bytes` at r7 could be copied to r8. */
static void fetch(struct program *p, int bytes)
{
    move(p, BPF_REG_1, BPF_REG_6);
    move(p, BPF_REG_2, BPF_REG_7);
    move(p, BPF_REG_3, BPF_REG_8);
    set(p, BPF_REG_4, bytes);
    call(p, BPF_FUNC_skb_load_bytes);
}

/* Fetches the value at r7, or as much of it as the datagram has: in pieces of 64, 32, … 1. */
static void fetch_value(struct program *p)
{
    struct jumps there = { .n = 0 };

    clear_space(p, VALUE + 8);
    point_to_space(p);
    move(p, BPF_REG_8, BPF_REG_3);
    fetch(p, VALUE);
    later(&there, jump_if(p, BPF_JEQ, BPF_REG_0, 0, 0));
    for (int bytes = HOME_BYTES / 2; bytes > 0; bytes /= 2) {
        fetch(p, bytes);
        jump_if(p, BPF_JNE, BPF_REG_0, 0, p->n + 3);
        add(p, BPF_REG_7, bytes);
        add(p, BPF_REG_8, bytes);
    }
    land(p, &there);
}

/* r0 = home_hash of the value. */
static void hash_value(struct program *p)
{
    struct home_key key = home_key();
    struct jumps done = { .n = 0 };
    int blank, byte;

    set(p, BPF_REG_8, 0);
    point_to_space(p);
    blank = p->n;
    load_byte(p, BPF_REG_1, BPF_REG_3, 0);
    jump_if(p, BPF_JEQ, BPF_REG_1, ' ', p->n + 2);
    later(&done, jump_if(p, BPF_JNE, BPF_REG_1, '\t', 0));
    add(p, BPF_REG_3, 1);
    add(p, BPF_REG_8, 1);
    jump_if(p, BPF_JLT, BPF_REG_8, BLANKS, blank);
    land(p, &done);
    done.n = 0;

    set_long(p, BPF_REG_0, 0, key.start);
    set_long(p, BPF_REG_5, 0, HOME_STEP);
    set(p, BPF_REG_4, 0);
    byte = p->n;
    load_byte(p, BPF_REG_1, BPF_REG_3, 0);
    later(&done, jump_if(p, BPF_JLE, BPF_REG_1, ' ', 0));
    alu(p, BPF_XOR, BPF_REG_0, BPF_REG_1);
    alu(p, BPF_MUL, BPF_REG_0, BPF_REG_5);
    add(p, BPF_REG_3, 1);
    add(p, BPF_REG_4, 1);
    jump_if(p, BPF_JLT, BPF_REG_4, HOME_BYTES, byte);
    land(p, &done);

    move(p, BPF_REG_1, BPF_REG_0);
    alu_imm(p, BPF_RSH, BPF_REG_1, 32);
    alu(p, BPF_XOR, BPF_REG_0, BPF_REG_1);
    set_long(p, BPF_REG_1, 0, key.multiplier);
    alu(p, BPF_MUL, BPF_REG_0, BPF_REG_1);
    move(p, BPF_REG_1, BPF_REG_0);
    alu_imm(p, BPF_RSH, BPF_REG_1, 29);
    alu(p, BPF_XOR, BPF_REG_0, BPF_REG_1);
}

static void write_program(struct program *p, int map, unsigned workers)
{
    struct jumps none = { .n = 0 }, found = { .n = 0 };

    p->n = 0;
    move(p, BPF_REG_6, BPF_REG_1);
    clear_space(p, SPACE);
    set(p, BPF_REG_7, UDP_HEADER);
    find_name(p, &none, &found);
    land(p, &found);
    alu(p, BPF_ADD, BPF_REG_7, BPF_REG_8);
    alu(p, BPF_ADD, BPF_REG_7, BPF_REG_9);
    alu(p, BPF_ADD, BPF_REG_7, BPF_REG_2);
    fetch_value(p);
    hash_value(p);
    alu_imm(p, BPF_MOD, BPF_REG_0, (int)workers);
    put(p, BPF_STX | BPF_MEM | BPF_W, BPF_REG_10, BPF_REG_0, -SELECTED, 0);
    move(p, BPF_REG_1, BPF_REG_6);
    set_long(p, BPF_REG_2, BPF_PSEUDO_MAP_FD, (uint32_t)map);
    move(p, BPF_REG_3, BPF_REG_10);
    add(p, BPF_REG_3, -SELECTED);
    set(p, BPF_REG_4, 0);
    call(p, BPF_FUNC_sk_select_reuseport);
    land(p, &none);
    set(p, BPF_REG_0, SK_PASS);
    put(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int bpf(enum bpf_cmd command, union bpf_attr *a)
{
    return (int)syscall(SYS_bpf, command, a, sizeof *a);
}

static int make_map(unsigned n)
{
    union bpf_attr a;

    memset(&a, 0, sizeof a);
    a.map_type = BPF_MAP_TYPE_REUSEPORT_SOCKARRAY;
    a.key_size = sizeof(uint32_t);
    a.value_size = sizeof(uint64_t);
    a.max_entries = n;
    return bpf(BPF_MAP_CREATE, &a);
}

static err_t fill_map(int map, const int *fds, unsigned n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t fd = (uint64_t)fds[i];
        union bpf_attr a;

        memset(&a, 0, sizeof a);
        a.map_fd = (uint32_t)map;
        a.key = (uint64_t)(uintptr_t)&i;
        a.value = (uint64_t)(uintptr_t)&fd;
        if (bpf(BPF_MAP_UPDATE_ELEM, &a) != 0)
            return err_of_errno(errno);
    }
    return ERR_OK;
}

static int load(const struct program *p)
{
    union bpf_attr a;
    int fd;

    memset(&a, 0, sizeof a);
    a.prog_type = BPF_PROG_TYPE_SK_REUSEPORT;
    a.insns = (uint64_t)(uintptr_t)p->code;
    a.insn_cnt = (uint32_t)p->n;
    a.license = (uint64_t)(uintptr_t) "BSD";
    memcpy(a.prog_name, "call_home", 10);
    fd = bpf(BPF_PROG_LOAD, &a);
    if (fd >= 0 || !log_on(LOG_DEBUG))
        return fd;

    char why[1024] = "";

    a.log_level = 4; /* figures only */
    a.log_buf = (uint64_t)(uintptr_t)why;
    a.log_size = sizeof why;
    fd = bpf(BPF_PROG_LOAD, &a);
    log_debug("net", "the verifier says: %s", why);
    return fd;
}

/* A program and its map, still without sockets. */
struct pair {
    int map, program; /* -1: none */
};

static void drop_pair(struct pair *p)
{
    if (p->program >= 0)
        close(p->program);
    if (p->map >= 0)
        close(p->map);
    *p = (struct pair){ -1, -1 };
}

static err_t make_pair(struct pair *out, unsigned n)
{
    struct program p;
    err_t e;

    *out = (struct pair){ make_map(n), -1 };
    if (out->map < 0)
        return err_of_errno(errno);
    write_program(&p, out->map, n);
    out->program = load(&p);
    if (out->program >= 0)
        return ERR_OK;
    e = err_of_errno(errno);
    drop_pair(out);
    return e;
}

/* The verifier takes tens of milliseconds: too long for a worker that reloads. So one pair is made
 * in advance, and the next in the background when that one is taken. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct pair spare;
    bool making;
    unsigned workers;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER,
           .changed = PTHREAD_COND_INITIALIZER,
           .spare = { -1, -1 } };

static void *make_spare(void *arg)
{
    struct pair p;

    (void)arg;
    (void)make_pair(&p, self.workers);
    pthread_mutex_lock(&self.lock);
    self.spare = p;
    self.making = false;
    pthread_cond_broadcast(&self.changed);
    pthread_mutex_unlock(&self.lock);
    return NULL;
}

static void take_spare(struct pair *out, unsigned n)
{
    pthread_t thread;

    pthread_mutex_lock(&self.lock);
    *out = self.spare;
    self.spare = (struct pair){ -1, -1 };
    self.workers = n;
    if (!self.making && pthread_create(&thread, NULL, make_spare, NULL) == 0) {
        pthread_detach(thread);
        self.making = true;
    }
    pthread_mutex_unlock(&self.lock);
}

void steer_end(void)
{
    pthread_mutex_lock(&self.lock);
    while (self.making)
        pthread_cond_wait(&self.changed, &self.lock);
    drop_pair(&self.spare);
    pthread_mutex_unlock(&self.lock);
}

err_t steer_attach(const int *fds, unsigned n)
{
    struct pair p = { -1, -1 };
    err_t e = ERR_OK;

    if (!worker_self())
        e = make_pair(&p, n);
    if (e)
        return e;
    if (p.program < 0)
        take_spare(&p, n);
    if (p.program < 0)
        return ERR_STATE;
    e = fill_map(p.map, fds, n);
    if (!e &&
        setsockopt(fds[0], SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &p.program, sizeof p.program) != 0)
        e = err_of_errno(errno);
    drop_pair(&p); /* the sockets hold the program, which holds the map */
    return e;
}
