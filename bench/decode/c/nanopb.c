/* nanopb.c - nanopb, which copies all into a struct with room for the longest text
 * (nanopb.options). Built with PB_BUFFER_ONLY.
 */
#include "bench.h"

#include <pb_decode.h>
#include <pb_encode.h>

#include "nanopb_nested.pb.h"
#include "nanopb_panda_vol_int.pb.h"
#include "nanopb_rows.pb.h"

#define NUMBER(field) row.field
#define TEXT(field) hash_text(row.field, strlen(row.field))
#define DATA(field) hash_text(row.field.bytes, row.field.size)
#define HAS(field) row.has_##field
#define HAS_TEXT(field) HAS(field)

#define WAY(set_name, type, add)                                                                   \
    static bool set_name(const set *s)                                                             \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            pb_istream_t in = pb_istream_from_buffer(s->frame[i], s->length[i]);                   \
            if (!pb_decode(&in, type##_fields, &row))                                              \
                return false;                                                                      \
            keep(&row);                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_sums(const set *s, size_t rows, uint64_t *first)                        \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < rows; i++) {                                                        \
            uint64_t *sums = first;                                                                \
            pb_istream_t in = pb_istream_from_buffer(s->frame[i], s->length[i]);                   \
            if (!pb_decode(&in, type##_fields, &row))                                              \
                return false;                                                                      \
            add;                                                                                   \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static type set_name##_rows[ENCODED];                                                          \
    static bool set_name##_prepare(const set *s)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < ENCODED; i++) {                                                     \
            pb_istream_t in = pb_istream_from_buffer(s->frame[i], s->length[i]);                   \
            if (!pb_decode(&in, type##_fields, &set_name##_rows[i]))                               \
                return false;                                                                      \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static const void *set_name##_encode(size_t row, size_t *size)                                 \
    {                                                                                              \
        static pb_byte_t bytes[MOST_BYTES];                                                        \
        pb_ostream_t out = pb_ostream_from_buffer(bytes, sizeof bytes);                            \
        bool good = pb_encode(&out, type##_fields, &set_name##_rows[row]);                         \
        *size = out.bytes_written;                                                                 \
        return good ? bytes : NULL;                                                                \
    }

WAY(pslist, nanopb_volatility_render_linux_pslist_task, PSLIST_FIELDS(ADD))
WAY(mixed, nanopb_bench_Mixed, MIXED_FIELDS(ADD))
WAY(kallsyms, nanopb_bench_Symbol, KALLSYMS_FIELDS(ADD))

static void add_process(const nanopb_bench_Process *process, uint64_t *sums)
{
#define row (*process)
    uint64_t list = row.threads_count;
    ADD(UNSIGNED, offset, ALWAYS)
    ADD(TEXT, name, ALWAYS)
    ADD(UNSIGNED, pid, ALWAYS)
    for (size_t i = 0; i < row.threads_count; i++)
        list = fold_thread(list, row.threads[i].tid, row.threads[i].address);
    *sums = fold(*sums, there(list));
    list = row.args_count;
    for (size_t i = 0; i < row.args_count; i++)
        list = fold(list, hash_text(row.args[i], strlen(row.args[i])));
    sums++, *sums = fold(*sums, there(list));
    list = row.pages_count;
    for (size_t i = 0; i < row.pages_count; i++)
        list = fold(list, row.pages[i]);
    sums++, *sums = fold(*sums, there(list));
    sums++, *sums = fold(*sums, row.has_cred ? there(sum_credentials(row.cred.uid, row.cred.gid,
                                                                     row.cred.capabilities)) : 0);
    list = row.limits_count;
    for (size_t i = 0; i < row.limits_count; i++)
        list += limit_sum(hash_text(row.limits[i].key, strlen(row.limits[i].key)), row.limits[i].value);
    sums++, *sums = fold(*sums, there(list));
#undef row
}

WAY(nested, nanopb_bench_Process, add_process(&row, sums))

const peer nanopb_peers[] = {
    {"pslist", "nanopb", false, pslist, pslist_sums, pslist_prepare, pslist_encode},
    {"mixed", "nanopb", false, mixed, mixed_sums, mixed_prepare, mixed_encode},
    {"nested", "nanopb", false, nested, nested_sums, nested_prepare, nested_encode},
    {"kallsyms", "nanopb", false, kallsyms, kallsyms_sums, kallsyms_prepare, kallsyms_encode},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
