/* hand_task.c - the loop that one writes for linux_pslist_task of panda_vol_int.proto alone: the
 * fields in their order, each in line, and around again where another order wants
 * it. It checks what generated code checks: bounds, UTF-8 where the schema asks.
 */
#include "hand_ways.h"

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

#define HAS(field) ((row.has & task_##field) != 0)
WAYS(pslist, task, PSLIST_FIELDS)
PEERS(pslist)
