/* volint.c - volint's generated decoders. */
#include "bench.h"

#include "panda_vol_int.volrender.h"
#include "rows.volrender.h"

#define NUMBER(field) row.field
#define TEXT(field) hash_text(row.field.data, row.field.size)
#define DATA(field) TEXT(field)
#define HAS_TEXT(field) HAS(field)

/* Defines what a peer does with a set, from const memory and in place. */
#define WAYS(set_name, type, fields)                                                               \
    static bool set_name##_const(const set *s)                                                     \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            if (type##_decode(&row, s->frame[i], s->length[i]) != VOLINT_OK)                       \
                return false;                                                                      \
            keep(&row);                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_inplace(const set *s)                                                   \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            if (type##_decode_inplace(&row, s->frame[i], s->length[i]) != VOLINT_OK)               \
                return false;                                                                      \
            keep(&row);                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_const_sums(const set *s, size_t rows, uint64_t *first)                  \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < rows; i++) {                                                        \
            uint64_t *sums = first;                                                                \
            if (type##_decode(&row, s->frame[i], s->length[i]) != VOLINT_OK)                       \
                return false;                                                                      \
            fields(ADD)                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_inplace_sums(const set *s, size_t rows, uint64_t *first)                \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < rows; i++) {                                                        \
            uint64_t *sums = first;                                                                \
            if (type##_decode_inplace(&row, s->frame[i], s->length[i]) != VOLINT_OK)               \
                return false;                                                                      \
            fields(ADD)                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }

#define ENCODER(set_name, type)                                                                    \
    static type set_name##_rows[ENCODED];                                                          \
    static bool set_name##_prepare(const set *s)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < ENCODED; i++) {                                                     \
            if (type##_decode(&set_name##_rows[i], s->frame[i], s->length[i]) != VOLINT_OK)        \
                return false;                                                                      \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static const void *set_name##_encode(size_t row, size_t *size)                                 \
    {                                                                                              \
        static unsigned char bytes[MOST_BYTES];                                                    \
        return type##_encode(&set_name##_rows[row], bytes, sizeof bytes, size) ? NULL : bytes;     \
    }

ENCODER(pslist, volatility_render_linux_pslist_task)
ENCODER(mixed, bench_Mixed)
ENCODER(kallsyms, bench_Symbol)

/* The number that stands for "no value" is a value on the wire. */
#define HAS(field) (volatility_render_linux_pslist_task_has_##field(&row) || row.field == UINT64_MAX)
#undef HAS_TEXT
#define HAS_TEXT(field) volatility_render_linux_pslist_task_has_##field(&row)
WAYS(pslist, volatility_render_linux_pslist_task, PSLIST_FIELDS)
#undef HAS
#undef HAS_TEXT
#define HAS(field) bench_Mixed_has_##field(&row)
#define HAS_TEXT(field) HAS(field)
WAYS(mixed, bench_Mixed, MIXED_FIELDS)
#undef HAS
#define HAS(field) bench_Symbol_has_##field(&row)
WAYS(kallsyms, bench_Symbol, KALLSYMS_FIELDS)

const peer volint_peers[] = {
    {"pslist", "volint", false, pslist_const, pslist_const_sums, pslist_prepare, pslist_encode},
    {"pslist", "volint, in place", true, pslist_inplace, pslist_inplace_sums, NULL, NULL},
    {"mixed", "volint", false, mixed_const, mixed_const_sums, mixed_prepare, mixed_encode},
    {"mixed", "volint, in place", true, mixed_inplace, mixed_inplace_sums, NULL, NULL},
    {"kallsyms", "volint", false, kallsyms_const, kallsyms_const_sums, kallsyms_prepare, kallsyms_encode},
    {"kallsyms", "volint, in place", true, kallsyms_inplace, kallsyms_inplace_sums, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
