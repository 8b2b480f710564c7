/* protobufc.c - protobuf-c: a message is allocated, and all that it holds. Its
 * generator refuses proto3's `optional`; it gets the same messages as proto2.
 */
#include "bench.h"

#include "pbc_nested.pb-c.h"
#include "pbc_panda_vol_int.pb-c.h"
#include "pbc_rows.pb-c.h"

#define NUMBER(field) row->field
#define TEXT(field) hash_text(row->field, strlen(row->field))
#define DATA(field) hash_text(row->field.data, row->field.len)
#define HAS(field) row->has_##field
#define HAS_TEXT(field) (row->field != NULL)

/* What is not there has no text in proto2. */
#undef VALUE_TEXT
#define VALUE_TEXT(field) (row->field ? TEXT(field) : hash_text("", 0))

#define WAY(set_name, type, function, add)                                                         \
    static bool set_name(const set *s)                                                             \
    {                                                                                              \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            type *row = function##__unpack(NULL, s->length[i], s->frame[i]);                       \
            if (!row)                                                                              \
                return false;                                                                      \
            keep(row);                                                                             \
            function##__free_unpacked(row, NULL);                                                  \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_sums(const set *s, size_t rows, uint64_t *first)                        \
    {                                                                                              \
        for (size_t i = 0; i < rows; i++) {                                                        \
            uint64_t *sums = first;                                                                \
            type *row = function##__unpack(NULL, s->length[i], s->frame[i]);                       \
            if (!row)                                                                              \
                return false;                                                                      \
            add;                                                                                   \
            function##__free_unpacked(row, NULL);                                                  \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static type *set_name##_rows[ENCODED];                                                         \
    static bool set_name##_prepare(const set *s)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < ENCODED; i++) {                                                     \
            if (!(set_name##_rows[i] = function##__unpack(NULL, s->length[i], s->frame[i])))       \
                return false;                                                                      \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static const void *set_name##_encode(size_t row, size_t *size)                                 \
    {                                                                                              \
        static uint8_t bytes[MOST_BYTES];                                                          \
        *size = function##__pack(set_name##_rows[row], bytes);                                     \
        return bytes;                                                                              \
    }

WAY(pslist, PbcVolatilityRender__LinuxPslistTask, pbc_volatility_render__linux_pslist_task, PSLIST_FIELDS(ADD))
WAY(mixed, PbcBench__Mixed, pbc_bench__mixed, MIXED_FIELDS(ADD))
WAY(kallsyms, PbcBench__Symbol, pbc_bench__symbol, KALLSYMS_FIELDS(ADD))

static void add_process(const PbcBench__Process *row, uint64_t *sums)
{
    uint64_t list = row->n_threads;
    ADD(UNSIGNED, offset, ALWAYS)
    ADD(TEXT, name, ALWAYS)
    ADD(UNSIGNED, pid, ALWAYS)
    for (size_t i = 0; i < row->n_threads; i++)
        list = fold_thread(list, row->threads[i]->tid, row->threads[i]->address);
    *sums = fold(*sums, there(list));
    list = row->n_args;
    for (size_t i = 0; i < row->n_args; i++)
        list = fold(list, hash_text(row->args[i], strlen(row->args[i])));
    sums++, *sums = fold(*sums, there(list));
    list = row->n_pages;
    for (size_t i = 0; i < row->n_pages; i++)
        list = fold(list, row->pages[i]);
    sums++, *sums = fold(*sums, there(list));
    sums++, *sums = fold(*sums, row->cred ? there(sum_credentials(row->cred->uid, row->cred->gid,
                                                                  row->cred->capabilities)) : 0);
    list = row->n_limits;
    for (size_t i = 0; i < row->n_limits; i++)
        list += limit_sum(hash_text(row->limits[i]->key, strlen(row->limits[i]->key)), row->limits[i]->value);
    sums++, *sums = fold(*sums, there(list));
}

WAY(nested, PbcBench__Process, pbc_bench__process, add_process(row, sums))

const peer protobufc_peers[] = {
    {"pslist", "protobuf-c", false, pslist, pslist_sums, pslist_prepare, pslist_encode},
    {"mixed", "protobuf-c", false, mixed, mixed_sums, mixed_prepare, mixed_encode},
    {"nested", "protobuf-c", false, nested, nested_sums, nested_prepare, nested_encode},
    {"kallsyms", "protobuf-c", false, kallsyms, kallsyms_sums, kallsyms_prepare, kallsyms_encode},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
