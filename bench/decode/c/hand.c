/* hand.c - the loop that one writes for one message: the fields in their order,
 * each in line, and around again where another order wants it. It checks what
 * generated code checks: bounds, UTF-8 where the schema asks for it.
 */
#include "hand.h"

/* linux_pslist_task of schema/panda_vol_int.proto */
enum {
    task_offset = 1 << 0, task_name = 1 << 1, task_pid = 1 << 2, task_uid = 1 << 3,
    task_gid = 1 << 4, task_dtb = 1 << 5, task_start_time = 1 << 6
};

typedef struct task {
    uint64_t offset;
    text name;
    uint32_t pid;
    uint32_t uid;
    uint32_t gid;
    uint64_t dtb;
    uint64_t start_time;
    uint32_t has;
} task;

INLINE bool read_task(task *row, unsigned char *p, const unsigned char *end, bool in_place)
{
    uint32_t has = 0;
    uint64_t v;
    unsigned tag = p < end ? *p : 0;
    memset(row, 0, sizeof *row);
    row->name.data = "";
    while (p < end) {
        const unsigned char *start = p;
        if (tag == (1 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->offset = v;
            tag = p < end ? *p : 0;
            has |= task_offset;
        }
        if (tag == (2 << 3 | 2)) {
            if (!(p = blob(p + 1, end, &row->name)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
            has |= task_name;
        }
        if (tag == (3 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->pid = (uint32_t)v;
            tag = p < end ? *p : 0;
            has |= task_pid;
        }
        if (tag == (4 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->uid = (uint32_t)v;
            tag = p < end ? *p : 0;
            has |= task_uid;
        }
        if (tag == (5 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->gid = (uint32_t)v;
            tag = p < end ? *p : 0;
            has |= task_gid;
        }
        if (tag == (6 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->dtb = v;
            tag = p < end ? *p : 0;
            has |= task_dtb;
        }
        if (tag == (7 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->start_time = v;
            tag = p < end ? *p : 0;
            has |= task_start_time;
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

/* Mixed of proto/rows.proto */
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

/* Symbol of proto/rows.proto */
enum {
    symbol_size = 1 << 0
};

typedef struct symbol {
    uint64_t address;
    text kind;
    uint64_t size;
    bool exported;
    text subsystem;
    text module;
    text name;
    text description;
    uint32_t has;
} symbol;

INLINE bool read_symbol(symbol *row, unsigned char *p, const unsigned char *end, bool in_place)
{
    uint32_t has = 0;
    uint64_t v;
    unsigned tag = p < end ? *p : 0;
    memset(row, 0, sizeof *row);
    row->kind.data = row->subsystem.data = row->module.data = row->name.data = row->description.data = "";
    while (p < end) {
        const unsigned char *start = p;
        if (tag == (1 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->address = v;
            tag = p < end ? *p : 0;
        }
        if (tag == (2 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->kind)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (3 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->size = v;
            tag = p < end ? *p : 0;
            has |= symbol_size;
        }
        if (tag == (4 << 3)) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->exported = v != 0;
            tag = p < end ? *p : 0;
        }
        if (tag == (5 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->subsystem)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (6 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->module)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (7 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->name)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
        }
        if (tag == (8 << 3 | 2)) {
            if (!(p = utf8(p + 1, end, &row->description)))
                return false;
            tag = p < end ? *p : 0;
            if (in_place)
                *p = 0;
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
static __attribute__((noinline)) size_t put_task(unsigned char *to, const task *row)
{
    unsigned char *p = to;
    if (row->has & task_offset) {
        *p++ = 1 << 3;
        p = put_varint(p, row->offset);
    }
    if (row->has & task_name) {
        *p++ = 2 << 3 | 2;
        p = put_text(p, row->name);
    }
    if (row->has & task_pid) {
        *p++ = 3 << 3;
        p = put_varint(p, row->pid);
    }
    if (row->has & task_uid) {
        *p++ = 4 << 3;
        p = put_varint(p, row->uid);
    }
    if (row->has & task_gid) {
        *p++ = 5 << 3;
        p = put_varint(p, row->gid);
    }
    if (row->has & task_dtb) {
        *p++ = 6 << 3;
        p = put_varint(p, row->dtb);
    }
    if (row->has & task_start_time) {
        *p++ = 7 << 3;
        p = put_varint(p, row->start_time);
    }
    return (size_t)(p - to);
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

/* Writes to where there is room for the longest row of the set. */
static __attribute__((noinline)) size_t put_symbol(unsigned char *to, const symbol *row)
{
    unsigned char *p = to;
    if (row->address) {
        *p++ = 1 << 3;
        p = put_varint(p, row->address);
    }
    if (row->kind.size) {
        *p++ = 2 << 3 | 2;
        p = put_text(p, row->kind);
    }
    if (row->has & symbol_size) {
        *p++ = 3 << 3;
        p = put_varint(p, row->size);
    }
    if (row->exported) {
        *p++ = 4 << 3;
        *p++ = 1;
    }
    if (row->subsystem.size) {
        *p++ = 5 << 3 | 2;
        p = put_text(p, row->subsystem);
    }
    if (row->module.size) {
        *p++ = 6 << 3 | 2;
        p = put_text(p, row->module);
    }
    if (row->name.size) {
        *p++ = 7 << 3 | 2;
        p = put_text(p, row->name);
    }
    if (row->description.size) {
        *p++ = 8 << 3 | 2;
        p = put_text(p, row->description);
    }
    return (size_t)(p - to);
}

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

#define HAS(field) ((row.has & task_##field) != 0)
WAYS(pslist, task, PSLIST_FIELDS)
#undef HAS
#define HAS(field) ((row.has & mixed_##field) != 0)
WAYS(mixed, mixed, MIXED_FIELDS)
#undef HAS
#define HAS(field) ((row.has & symbol_##field) != 0)
WAYS(kallsyms, symbol, KALLSYMS_FIELDS)

const peer hand_peers[] = {
    {"pslist", "by hand", false, pslist_const, pslist_const_sums, pslist_prepare, pslist_encode},
    {"pslist", "by hand, in place", true, pslist_inplace, pslist_inplace_sums, NULL, NULL},
    {"mixed", "by hand", false, mixed_const, mixed_const_sums, mixed_prepare, mixed_encode},
    {"mixed", "by hand, in place", true, mixed_inplace, mixed_inplace_sums, NULL, NULL},
    {"kallsyms", "by hand", false, kallsyms_const, kallsyms_const_sums, kallsyms_prepare, kallsyms_encode},
    {"kallsyms", "by hand, in place", true, kallsyms_inplace, kallsyms_inplace_sums, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
