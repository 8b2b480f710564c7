/* volint_nested.c - volint's generated decoder of a row with others in it, which
 * puts them into an arena that is used again for each row.
 */
#include "bench.h"

#include "nested.volrender.h"

static unsigned char memory[1 << 16];

#define NUMBER(field) row->field
#define TEXT(field) hash_text(row->field.data, row->field.size)

static void add_process(const bench_Process *row, uint64_t *sums)
{
    uint64_t list = row->threads.count;
    ADD(UNSIGNED, offset, ALWAYS)
    ADD(TEXT, name, ALWAYS)
    ADD(UNSIGNED, pid, ALWAYS)
    for (size_t i = 0; i < row->threads.count; i++)
        list = fold_thread(list, row->threads.items[i].tid, row->threads.items[i].address);
    *sums = fold(*sums, there(list));
    list = row->args.count;
    for (size_t i = 0; i < row->args.count; i++)
        list = fold(list, hash_text(row->args.items[i].data, row->args.items[i].size));
    sums++, *sums = fold(*sums, there(list));
    list = row->pages.count;
    for (size_t i = 0; i < row->pages.count; i++)
        list = fold(list, row->pages.items[i]);
    sums++, *sums = fold(*sums, there(list));
    sums++, *sums = fold(*sums, row->cred ? there(sum_credentials(row->cred->uid, row->cred->gid,
                                                                  row->cred->capabilities)) : 0);
    list = row->limits.count;
    for (size_t i = 0; i < row->limits.count; i++)
        list += limit_sum(hash_text(row->limits.items[i].key.data, row->limits.items[i].key.size),
                          row->limits.items[i].value);
    sums++, *sums = fold(*sums, there(list));
}

#define WAY(name, decode)                                                                          \
    static bool name(const set *s)                                                                 \
    {                                                                                              \
        bench_Process row;                                                                         \
        volint_arena arena;                                                                        \
        volint_arena_init(&arena, memory, sizeof memory);                                          \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            volint_arena_reset(&arena);                                                            \
            if (decode(&row, s->frame[i], s->length[i], &arena) != VOLINT_OK)                      \
                return false;                                                                      \
            keep(&row);                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool name##_sums(const set *s, size_t rows, uint64_t *sums)                             \
    {                                                                                              \
        bench_Process row;                                                                         \
        volint_arena arena;                                                                        \
        volint_arena_init(&arena, memory, sizeof memory);                                          \
        for (size_t i = 0; i < rows; i++) {                                                        \
            volint_arena_reset(&arena);                                                            \
            if (decode(&row, s->frame[i], s->length[i], &arena) != VOLINT_OK)                      \
                return false;                                                                      \
            add_process(&row, sums);                                                               \
        }                                                                                          \
        return true;                                                                               \
    }

WAY(nested_const, bench_Process_decode)
WAY(nested_inplace, bench_Process_decode_inplace)

/* ---- encode ---- */

static bench_Process kept[ENCODED];

static bool prepare(const set *s)
{
    static unsigned char parts[ENCODED << 10];
    volint_arena arena;
    volint_arena_init(&arena, parts, sizeof parts);
    for (size_t i = 0; i < ENCODED; i++) {
        if (bench_Process_decode(&kept[i], s->frame[i], s->length[i], &arena) != VOLINT_OK)
            return false;
    }
    return true;
}

static const void *encode(size_t row, size_t *size)
{
    static unsigned char bytes[MOST_BYTES];
    return bench_Process_encode(&kept[row], bytes, sizeof bytes, size) == VOLINT_OK ? bytes : NULL;
}

const peer volint_nested_peers[] = {
    {"nested", "volint", false, nested_const, nested_const_sums, prepare, encode},
    {"nested", "volint, in place", true, nested_inplace, nested_inplace_sums, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
