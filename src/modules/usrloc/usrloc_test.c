/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/arena.h"
#include "base/clock.h"
#include "base/test.h"
#include "modules/usrloc/inner.h"
#include <malloc.h>

static const struct usrloc_conf conf = { .timer_interval = 60, .cseq_delay = 20 };
static int64_t now_us = 1000000000;
static atomic_uint told;

static int64_t fake_now(void)
{
    return now_us;
}
static void note_change(enum location_event what, struct location *l, struct str aor,
                        struct contact *c)
{
    (void)l;
    (void)aor;
    (void)c;
    told |= (unsigned)what;
}

static struct contact_info sample(const char *uri)
{
    return (struct contact_info){
        .text = { [CONTACT_URI] = str_of(uri),
                  [CONTACT_CALL_ID] = STR("7d3f1a02-6b7c-4c2e-9f10-2f8e6f0a1b2c@192.0.2.17"),
                  [CONTACT_USER_AGENT] = STR("baresip v1.0.0 (x86_64/linux)"),
                  [CONTACT_RECEIVED] = STR("sip:203.0.113.200:34567;transport=udp"),
                  [CONTACT_INSTANCE] = STR("<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>"),
                  [CONTACT_RUID] = STR("uloc-66f5a0e0-348e-1") },
        .expires = clock_unix() + 600,
        .modified = clock_unix(),
        .methods = CONTACT_ALL_METHODS,
        .q = -1,
    };
}

static void keeps_all_texts_of_a_contact(void **state)
{
    struct contact_info in = sample("sip:alice@192.0.2.1"), out;
    struct contact *c = contact_new(&in);

    (void)state;
    contact_read(c, &out);
    for (size_t i = 0; i < CONTACT_TEXTS; i++)
        assert_str(out.text[i], in.text[i]);
    assert_int_equal(out.expires, in.expires);
    assert_false(contact_is_expired(c, in.expires - 1));
    assert_true(contact_is_expired(c, in.expires));
    obj_drop(c);
}

static err_t put(struct aor_edit *edit, void *arg)
{
    aor_insert(edit, contact_new(arg));
    return ERR_OK;
}
static err_t refresh(struct aor_edit *edit, void *arg)
{
    aor_replace(edit, aor_first(edit), contact_new(arg));
    return ERR_OK;
}
static err_t clear(struct aor_edit *edit, void *arg)
{
    (void)arg;
    while (aor_first(edit))
        aor_remove(edit, aor_first(edit));
    return ERR_OK;
}
static err_t do_nothing(struct aor_edit *edit, void *arg)
{
    (void)edit;
    (void)arg;
    return ERR_DENIED;
}

static void lists_contacts_best_first(void **state)
{
    struct location *l = location_open(STR("order"));
    struct contact_info info = sample("sip:low@192.0.2.1");
    struct contact_list list;
    struct arena a;

    (void)state;
    arena_init(&a, MEM_OTHER, 512);
    info.q = 100;
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    info = sample("sip:high@192.0.2.1");
    info.q = 900;
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    assert_err(location_get(l, STR("alice"), &a, &list), ERR_OK);
    assert_int_equal(list.n, 2);
    assert_text(contact_text(list.at[0], CONTACT_URI), "sip:high@192.0.2.1");
    contact_list_drop(&list);
    assert_err(location_get(l, STR("bob"), &a, &list), ERR_NOT_FOUND);
    assert_err(location_update(l, STR("alice"), clear, NULL), ERR_OK);
    arena_free(&a);
}

static void tells_changes_and_leaves_no_empty_record(void **state)
{
    struct location *l = location_open(STR("changes"));
    struct contact_info info = sample("sip:alice@192.0.2.1");

    (void)state;
    location_on_change(note_change);
    told = 0;
    assert_err(location_update(l, STR("alice"), do_nothing, NULL), ERR_DENIED);
    assert_int_equal(location_aors(l), 0);
    assert_int_equal(told, 0);
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    assert_int_equal(told, LOCATION_INSERT);
    assert_err(location_update(l, STR("alice"), refresh, &info), ERR_OK);
    assert_int_equal(told, LOCATION_INSERT | LOCATION_UPDATE);
    assert_int_equal(stat_read(l->stats + LOCATION_USERS), 1);
    assert_int_equal(stat_read(l->stats + LOCATION_CONTACTS), 1);
    assert_err(location_update(l, STR("alice"), clear, NULL), ERR_OK);
    assert_int_equal(told, LOCATION_INSERT | LOCATION_UPDATE | LOCATION_DELETE);
    assert_int_equal(location_aors(l), 0);
    assert_int_equal(stat_read(l->stats + LOCATION_USERS), 0);
    assert_int_equal(stat_read(l->stats + LOCATION_CONTACTS), 0);
}

static void sweeps_what_ran_out(void **state)
{
    struct location *l = location_open(STR("sweep"));
    struct contact_info info;
    struct contact_list list;
    struct arena a;

    (void)state;
    clock_simulate(fake_now, 1700000000000000);
    arena_init(&a, MEM_OTHER, 512);
    info = sample("sip:short@192.0.2.1");
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    info = sample("sip:long@192.0.2.1");
    info.expires += 600;
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    told = 0;
    now_us += 700 * 1000000LL;
    for (unsigned i = 0; i < table_shards(l->aors); i++)
        sweep_shard(l, i);
    assert_int_equal(told, LOCATION_EXPIRE);
    assert_err(location_get(l, STR("alice"), &a, &list), ERR_OK);
    assert_int_equal(list.n, 1);
    contact_list_drop(&list);
    now_us += 600 * 1000000LL;
    for (unsigned i = 0; i < table_shards(l->aors); i++)
        sweep_shard(l, i);
    assert_err(location_get(l, STR("alice"), &a, &list), ERR_NOT_FOUND);
    assert_int_equal(stat_read(l->stats + LOCATION_EXPIRES), 2);
    arena_free(&a);
    clock_simulate(NULL, 0);
}

static void finds_by_unique_id(void **state)
{
    struct location *l = location_open(STR("ruid"));
    struct contact_info info = sample("sip:alice@192.0.2.1");
    struct contact *found;
    struct str aor;
    struct arena a;

    (void)state;
    arena_init(&a, MEM_OTHER, 512);
    assert_err(location_update(l, STR("alice"), put, &info), ERR_OK);
    assert_err(location_find_ruid(l, info.text[CONTACT_RUID], &a, &aor, &found), ERR_OK);
    assert_text(aor, "alice");
    obj_drop(found);
    assert_err(location_find_ruid(l, STR("uloc-0-0-0"), &a, &aor, &found), ERR_NOT_FOUND);
    assert_err(location_update(l, STR("alice"), clear, NULL), ERR_OK);
    arena_free(&a);
}

/* The promise: at most 700 bytes per stored contact, everything included. */
static void stays_small(void **state)
{
    enum { CONTACTS = 200000, BYTES_MAX = 700 };
    struct location *l = location_open(STR("many"));
    size_t before = mem_used(MEM_LOCATION) + mem_used(MEM_TABLE_DATA), bytes;
    size_t heap = mallinfo2().uordblks;
    char aor[32], uri[64];

    (void)state;
    for (int i = 0; i < CONTACTS; i++) {
        struct contact_info info;

        snprintf(aor, sizeof aor, "user%06d", i);
        snprintf(uri, sizeof uri, "sip:user%06d@192.0.2.17:5060;transport=udp", i);
        info = sample(uri);
        assert_err(location_update(l, str_of(aor), put, &info), ERR_OK);
    }
    bytes = (mem_used(MEM_LOCATION) + mem_used(MEM_TABLE_DATA) - before) / CONTACTS;
    heap = mallinfo2().uordblks > heap ? (mallinfo2().uordblks - heap) / CONTACTS : 0;
    print_message("%zu bytes per contact counted, %zu of the heap\n", bytes, heap);
    assert_true(bytes <= BYTES_MAX && heap <= BYTES_MAX);
    for (int i = 0; i < CONTACTS; i++) {
        snprintf(aor, sizeof aor, "user%06d", i);
        assert_err(location_update(l, str_of(aor), clear, NULL), ERR_OK);
    }
}

/* Registers, refreshes, reads, removes and sweeps the same few users. */
static void *hammer(void *arg)
{
    struct location *l = arg;
    struct contact_info info = sample("sip:alice@192.0.2.1");
    struct contact_list list;
    struct arena a;
    char aor[32];

    arena_init(&a, MEM_OTHER, 512);
    for (int i = 0; i < 5000; i++) {
        snprintf(aor, sizeof aor, "user%d", i % 13);
        if (i % 3 == 0)
            (void)!location_update(l, str_of(aor), clear, NULL);
        info.expires = clock_unix() + (i % 5 == 0 ? -1 : 600);
        (void)!location_update(l, str_of(aor), put, &info);
        if (location_get(l, str_of(aor), &a, &list) == ERR_OK) {
            for (size_t k = 0; k < list.n; k++)
                assert_text(contact_text(list.at[k], CONTACT_URI), "sip:alice@192.0.2.1");
            contact_list_drop(&list);
        }
        if (i % 50 == 0) {
            for (unsigned shard = 0; shard < table_shards(l->aors); shard++)
                sweep_shard(l, shard);
        }
        arena_reset(&a);
    }
    arena_free(&a);
    return NULL;
}

static void bears_many_threads(void **state)
{
    struct location *l = location_open(STR("threads"));
    pthread_t threads[3];
    char aor[32];

    (void)state;
    for (size_t i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, hammer, l);
    for (size_t i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < 13; i++) {
        snprintf(aor, sizeof aor, "user%d", i);
        assert_err(location_update(l, str_of(aor), clear, NULL), ERR_OK);
    }
    assert_int_equal(location_aors(l), 0);
    assert_int_equal(stat_read(l->stats + LOCATION_USERS), 0);
    assert_int_equal(stat_read(l->stats + LOCATION_CONTACTS), 0);
}

int main(void)
{
    usrloc_test_conf(&conf);
    TEST_RUN(keeps_all_texts_of_a_contact, lists_contacts_best_first,
             tells_changes_and_leaves_no_empty_record, sweeps_what_ran_out, finds_by_unique_id,
             bears_many_threads, stays_small);
}
