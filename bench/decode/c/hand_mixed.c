/* hand_mixed.c - the loop that one writes for Mixed of rows.proto alone: the
 * fields in their order, each in line, and around again where another order wants
 * it. It checks what generated code checks: bounds, UTF-8 where the schema asks.
 */
#include "hand_ways.h"

enum {
    mixed_path = 1 << 0, mixed_parent = 1 << 1, mixed_exit_code = 1 << 2
};

typedef struct mixed {
    double load;
    float share;
    int32_t nice;
    int64_t delta;
    uint32_t pid;
    uint64_t address;
    int32_t priority;
    int64_t drift;
    uint32_t checksum;
    uint64_t cookie;
    int32_t score;
    int64_t skew;
    bool traced;
    text comm;
    text stack;
    int32_t state;
    text path;
    uint64_t parent;
    int32_t exit_code;
    bool kernel;
    uint32_t has;
} mixed;

INLINE bool read_mixed(mixed *row, unsigned char *p, const unsigned char *end, bool in_place)
{
    uint32_t has = 0;
    uint64_t v;
    unsigned tag = p < end ? *p : 0;
    memset(row, 0, sizeof *row);
    row->comm.data = row->stack.data = row->path.data = "";
    while (p < end) {
        const unsigned char *start = p;
        if (tag == (1 << 3 | 1)) {
            if (!(p = fixed64(p + 1, end, &v)))
                return false;
            row->load = to_double(v);
            tag = p < end ? *p : 0;
        }
        if (tag == (2 << 3 | 5)) {
            if (!(p = fixed32(p + 1, end, &v)))
                return false;
            row->share = to_float((uint32_t)v);
            tag = p < end ? *p : 0;
        }
        if (tag == (3 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->nice = (int32_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (4 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->delta = (int64_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (5 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->pid = (uint32_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (6 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->address = v;
            tag = p < end ? *p : 0;
        }
        if (tag == (7 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->priority = (int32_t)unzigzag((uint32_t)v);
            tag = p < end ? *p : 0;
        }
        if (tag == (8 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->drift = unzigzag(v);
            tag = p < end ? *p : 0;
        }
        if (tag == (9 << 3 | 5)) {
            if (!(p = fixed32(p + 1, end, &v)))
                return false;
            row->checksum = (uint32_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (10 << 3 | 1)) {
            if (!(p = fixed64(p + 1, end, &v)))
                return false;
            row->cookie = v;
            tag = p < end ? *p : 0;
        }
        if (tag == (11 << 3 | 5)) {
            if (!(p = fixed32(p + 1, end, &v)))
                return false;
            row->score = (int32_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (12 << 3 | 1)) {
            if (!(p = fixed64(p + 1, end, &v)))
                return false;
            row->skew = (int64_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == (13 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->traced = v != 0;
            tag = p < end ? *p : 0;
        }
        if (tag == (14 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->comm)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (15 << 3 | 2)) {
            if (!(p = blob(p + 1, end, &row->stack)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == ((16 << 3) & 127) + 128 && end - p > 1 && p[1] == 16 >> 4) {
            if (!(p = varint(p + 2, end, &v)))
                return false;
            row->state = (int32_t)v;
            tag = p < end ? *p : 0;
        }
        if (tag == ((17 << 3 | 2) & 127) + 128 && end - p > 1 && p[1] == 17 >> 4) {
            if (!(p = utf8(p + 2, end, &row->path)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
            has |= mixed_path;
        }
        if (tag == ((18 << 3) & 127) + 128 && end - p > 1 && p[1] == 18 >> 4) {
            if (!(p = varint(p + 2, end, &v)))
                return false;
            row->parent = v;
            tag = p < end ? *p : 0;
            has |= mixed_parent;
        }
        if (tag == ((19 << 3) & 127) + 128 && end - p > 1 && p[1] == 19 >> 4) {
            if (!(p = varint(p + 2, end, &v)))
                return false;
            row->exit_code = (int32_t)v;
            tag = p < end ? *p : 0;
            has |= mixed_exit_code;
        }
        if (tag == ((20 << 3) & 127) + 128 && end - p > 1 && p[1] == 20 >> 4) {
            if (!(p = varint(p + 2, end, &v)))
                return false;
            row->kernel = v != 0;
            tag = p < end ? *p : 0;
        }
        if (p == start) {
            if (!(p = unknown(p, end, tag)))
                return false;
            tag = p < end ? *p : 0;
        }
    }
    row->has = has;
    return true;
}

/* Writes to where there is room for the longest row of the set. */
static __attribute__((noinline)) size_t put_mixed(unsigned char *to, const mixed *row)
{
    unsigned char *p = to;
    if (from_double(row->load)) {
        *p++ = 1 << 3 | 1;
        p = put_fixed64(p, from_double(row->load));
    }
    if (from_float(row->share)) {
        *p++ = 2 << 3 | 5;
        p = put_fixed32(p, from_float(row->share));
    }
    if (row->nice) {
        *p++ = 3 << 3;
        p = put_varint(p, (uint64_t)(int64_t)row->nice);
    }
    if (row->delta) {
        *p++ = 4 << 3;
        p = put_varint(p, (uint64_t)row->delta);
    }
    if (row->pid) {
        *p++ = 5 << 3;
        p = put_varint(p, row->pid);
    }
    if (row->address) {
        *p++ = 6 << 3;
        p = put_varint(p, row->address);
    }
    if (row->priority) {
        *p++ = 7 << 3;
        p = put_varint(p, (uint32_t)zigzag(row->priority));
    }
    if (row->drift) {
        *p++ = 8 << 3;
        p = put_varint(p, zigzag(row->drift));
    }
    if (row->checksum) {
        *p++ = 9 << 3 | 5;
        p = put_fixed32(p, (uint32_t)row->checksum);
    }
    if (row->cookie) {
        *p++ = 10 << 3 | 1;
        p = put_fixed64(p, (uint64_t)row->cookie);
    }
    if (row->score) {
        *p++ = 11 << 3 | 5;
        p = put_fixed32(p, (uint32_t)row->score);
    }
    if (row->skew) {
        *p++ = 12 << 3 | 1;
        p = put_fixed64(p, (uint64_t)row->skew);
    }
    if (row->traced) {
        *p++ = 13 << 3;
        *p++ = 1;
    }
    if (row->comm.size) {
        *p++ = 14 << 3 | 2;
        p = put_text(p, row->comm);
    }
    if (row->stack.size) {
        *p++ = 15 << 3 | 2;
        p = put_text(p, row->stack);
    }
    if (row->state) {
        *p++ = ((16 << 3) & 127) | 128;
        *p++ = 16 >> 4;
        p = put_varint(p, (uint64_t)(int64_t)row->state);
    }
    if (row->has & mixed_path) {
        *p++ = ((17 << 3 | 2) & 127) | 128;
        *p++ = 17 >> 4;
        p = put_text(p, row->path);
    }
    if (row->has & mixed_parent) {
        *p++ = ((18 << 3) & 127) | 128;
        *p++ = 18 >> 4;
        p = put_varint(p, row->parent);
    }
    if (row->has & mixed_exit_code) {
        *p++ = ((19 << 3) & 127) | 128;
        *p++ = 19 >> 4;
        p = put_varint(p, (uint64_t)(int64_t)row->exit_code);
    }
    if (row->kernel) {
        *p++ = ((20 << 3) & 127) | 128;
        *p++ = 20 >> 4;
        *p++ = 1;
    }
    return (size_t)(p - to);
}

#define HAS(field) ((row.has & mixed_##field) != 0)
WAYS(mixed, mixed, MIXED_FIELDS)
PEERS(mixed)
