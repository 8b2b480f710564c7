/* hand_nested.c - the loop by hand for a row with others in it: lists of a known
 * greatest length, in the row itself.
 */
#include "hand.h"

enum { MOST_THREADS = 8, MOST_ARGS = 8, MOST_PAGES = 16, MOST_LIMITS = 8 };

typedef struct thread {
    uint32_t tid;
    uint64_t address;
} thread;

typedef struct credentials {
    uint32_t uid, gid;
    uint64_t capabilities;
} credentials;

typedef struct limit {
    text key;
    uint64_t value;
} limit;

typedef struct process {
    uint64_t offset;
    text name;
    uint32_t pid;
    bool has_cred;
    credentials cred;
    unsigned threads_count, args_count, pages_count, limits_count;
    thread threads[MOST_THREADS];
    text args[MOST_ARGS];
    uint64_t pages[MOST_PAGES];
    limit limits[MOST_LIMITS];
} process;

static bool read_thread(thread *t, text in)
{
    unsigned char *p = (unsigned char *)in.data, *end = p + in.size;
    uint64_t v;
    memset(t, 0, sizeof *t);
    while (p < end) {
        const unsigned char *start = p;
        if (*p == 1 << 3) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            t->tid = (uint32_t)v;
        }
        if (p < end && *p == 2 << 3 && !(p = varint(p + 1, end, &t->address)))
            return false;
        if (p == start && !(p = unknown(p, end, *p)))
            return false;
    }
    return true;
}

static bool read_credentials(credentials *c, text in)
{
    unsigned char *p = (unsigned char *)in.data, *end = p + in.size;
    uint64_t v;
    while (p < end) {
        const unsigned char *start = p;
        if (*p == 1 << 3) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            c->uid = (uint32_t)v;
        }
        if (p < end && *p == 2 << 3) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            c->gid = (uint32_t)v;
        }
        if (p < end && *p == 3 << 3 && !(p = varint(p + 1, end, &c->capabilities)))
            return false;
        if (p == start && !(p = unknown(p, end, *p)))
            return false;
    }
    return true;
}

static bool read_limit(limit *l, text in)
{
    unsigned char *p = (unsigned char *)in.data, *end = p + in.size;
    l->key.data = "";
    l->key.size = 0;
    l->value = 0;
    while (p < end) {
        const unsigned char *start = p;
        if (*p == (1 << 3 | 2) && !(p = utf8(p + 1, end, &l->key)))
            return false;
        if (p < end && *p == 2 << 3 && !(p = varint(p + 1, end, &l->value)))
            return false;
        if (p == start && !(p = unknown(p, end, *p)))
            return false;
    }
    return true;
}

static bool read_pages(process *row, text in)
{
    unsigned char *p = (unsigned char *)in.data, *end = p + in.size;
    while (p < end) {
        if (row->pages_count == MOST_PAGES || !(p = varint(p, end, &row->pages[row->pages_count++])))
            return false;
    }
    return true;
}

static __attribute__((noinline)) bool read_process(process *row, unsigned char *p, size_t size)
{
    unsigned char *end = p + size;
    uint64_t v;
    text in;
    memset(row, 0, offsetof(process, threads));
    row->name.data = "";
    while (p < end) {
        const unsigned char *start = p;
        if (*p == 1 << 3 && !(p = varint(p + 1, end, &row->offset)))
            return false;
        if (p < end && *p == (2 << 3 | 2) && !(p = utf8(p + 1, end, &row->name)))
            return false;
        if (p < end && *p == 3 << 3) {
            if (!(p = varint(p + 1, end, &v)))
                return false;
            row->pid = (uint32_t)v;
        }
        while (p < end && *p == (4 << 3 | 2)) {
            if (row->threads_count == MOST_THREADS || !(p = blob(p + 1, end, &in)) ||
                !read_thread(&row->threads[row->threads_count++], in))
                return false;
        }
        while (p < end && *p == (5 << 3 | 2)) {
            if (row->args_count == MOST_ARGS || !(p = utf8(p + 1, end, &row->args[row->args_count++])))
                return false;
        }
        while (p < end && *p == (6 << 3 | 2)) {
            if (!(p = blob(p + 1, end, &in)) || !read_pages(row, in))
                return false;
        }
        if (p < end && *p == (7 << 3 | 2)) {
            if (!(p = blob(p + 1, end, &in)) || !read_credentials(&row->cred, in))
                return false;
            row->has_cred = true;
        }
        while (p < end && *p == (8 << 3 | 2)) {
            if (row->limits_count == MOST_LIMITS || !(p = blob(p + 1, end, &in)) ||
                !read_limit(&row->limits[row->limits_count++], in))
                return false;
        }
        if (p == start && !(p = unknown(p, end, *p)))
            return false;
    }
    return true;
}

static bool nested(const set *s)
{
    process row;
    for (size_t i = 0; i < s->count; i++) {
        if (!read_process(&row, s->frame[i], s->length[i]))
            return false;
        keep(&row);
    }
    return true;
}

#define NUMBER(field) row->field
#define TEXT(field) hash_text(row->field.data, row->field.size)

static void add_process(const process *row, uint64_t *sums)
{
    uint64_t list = row->threads_count;
    ADD(UNSIGNED, offset, ALWAYS)
    ADD(TEXT, name, ALWAYS)
    ADD(UNSIGNED, pid, ALWAYS)
    for (size_t i = 0; i < row->threads_count; i++)
        list = fold_thread(list, row->threads[i].tid, row->threads[i].address);
    *sums = fold(*sums, there(list));
    list = row->args_count;
    for (size_t i = 0; i < row->args_count; i++)
        list = fold(list, hash_text(row->args[i].data, row->args[i].size));
    sums++, *sums = fold(*sums, there(list));
    list = row->pages_count;
    for (size_t i = 0; i < row->pages_count; i++)
        list = fold(list, row->pages[i]);
    sums++, *sums = fold(*sums, there(list));
    sums++, *sums = fold(*sums, row->has_cred ? there(sum_credentials(row->cred.uid, row->cred.gid,
                                                                     row->cred.capabilities)) : 0);
    list = row->limits_count;
    for (size_t i = 0; i < row->limits_count; i++)
        list += limit_sum(hash_text(row->limits[i].key.data, row->limits[i].key.size), row->limits[i].value);
    sums++, *sums = fold(*sums, there(list));
}

static bool nested_sums(const set *s, size_t rows, uint64_t *sums)
{
    process row;
    for (size_t i = 0; i < rows; i++) {
        if (!read_process(&row, s->frame[i], s->length[i]))
            return false;
        add_process(&row, sums);
    }
    return true;
}

const peer hand_nested_peers[] = {
    {"nested", "by hand", false, nested, nested_sums, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
