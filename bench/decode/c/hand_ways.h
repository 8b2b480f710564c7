/* hand_ways.h - what is done with the rows of one set, by the loops that a file has
 * for them: read_TYPE, put_TYPE.
 */
#ifndef BENCH_HAND_WAYS_H
#define BENCH_HAND_WAYS_H

#include "hand.h"

#define NUMBER(field) row.field
#define TEXT(field) hash_text(row.field.data, row.field.size)
#define DATA(field) TEXT(field)
#define HAS_TEXT(field) HAS(field)

#define WAY(set_name, type, fields, way, in_place)                                                 \
    static __attribute__((noinline)) bool type##_##way##_row(type *row, unsigned char *p, size_t n) \
    {                                                                                              \
        return read_##type(row, p, p + n, in_place);                                               \
    }                                                                                              \
    static bool set_name##_##way(const set *s)                                                     \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < s->count; i++) {                                                    \
            if (!type##_##way##_row(&row, s->frame[i], s->length[i]))                                    \
                return false;                                                                      \
            keep(&row);                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static bool set_name##_##way##_sums(const set *s, size_t rows, uint64_t *first)                \
    {                                                                                              \
        type row;                                                                                  \
        for (size_t i = 0; i < rows; i++) {                                                        \
            uint64_t *sums = first;                                                                \
            if (!type##_##way##_row(&row, s->frame[i], s->length[i]))                                    \
                return false;                                                                      \
            fields(ADD)                                                                            \
        }                                                                                          \
        return true;                                                                               \
    }
#define WAYS(set_name, type, fields)                                                               \
    WAY(set_name, type, fields, const, false)                                                      \
    WAY(set_name, type, fields, inplace, true)                                                     \
    static type set_name##_rows[ENCODED];                                                          \
    static bool set_name##_prepare(const set *s)                                                   \
    {                                                                                              \
        for (size_t i = 0; i < ENCODED; i++) {                                                     \
            if (!type##_const_row(&set_name##_rows[i], s->frame[i], s->length[i]))                 \
                return false;                                                                      \
        }                                                                                          \
        return true;                                                                               \
    }                                                                                              \
    static const void *set_name##_encode(size_t row, size_t *size)                                 \
    {                                                                                              \
        static unsigned char bytes[MOST_BYTES];                                                    \
        *size = put_##type(bytes, &set_name##_rows[row]);                                          \
        return bytes;                                                                              \
    }

/* The table of a set's peers. */
#define PEERS(set_name)                                                                            \
    const peer hand_##set_name##_peers[] = {                                                       \
        {#set_name, "by hand", false, set_name##_const, set_name##_const_sums, set_name##_prepare, \
         set_name##_encode},                                                                       \
        {#set_name, "by hand, in place", true, set_name##_inplace, set_name##_inplace_sums, NULL,  \
         NULL},                                                                                    \
        {NULL, NULL, false, NULL, NULL, NULL, NULL},                                               \
    };

#endif
