/* bench.h - what each peer gives the program, and the sums by which all are held
 * to have read the same.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The messages of a data set. All peers take them by address and size, so that a
 * decoder may write its terminator over the byte behind a message.
 */
typedef struct set {
    const char *name;
    unsigned char *bytes; /* all frames; one more byte is writable */
    size_t size;
    size_t count;
    unsigned char **frame;
    uint32_t *length;
    size_t total; /* of the messages alone */
} set;

/* One way to decode one set. */
typedef struct peer {
    const char *of, *name; /* the set, and what it is called */
    bool spoils; /* writes into the frames: they are copied anew for each round */
    bool (*decode)(const set *s);                  /* every row; false where it refuses one */
    bool (*sums)(const set *s, size_t rows, uint64_t *sums); /* NULL: it reads no values */

    /* Keeps the first ENCODED rows as its own structs; and encodes one of them into
     * memory that lasts until the next. NULL: it encodes nothing of this set. */
    bool (*prepare)(const set *s);
    const void *(*encode)(size_t row, size_t *size);
} peer;

/* As many as stay in the caches, as they do where a row is made, encoded and
 * forgotten.
 */
enum { ENCODED = 1000, MOST_BYTES = 4096 };

/* Each ends with one whose name is NULL. */
extern const peer copy_peers[], volint_peers[], volint_nested_peers[];
extern const peer hand_pslist_peers[], hand_mixed_peers[], hand_nested_peers[], hand_kallsyms_peers[];
extern const peer protobufc_peers[], nanopb_peers[], upb_peers[], cpp_peers[];

/* Lets nobody optimise a row away. */
static inline void keep(const void *row) { __asm__ volatile("" : : "r"(row) : "memory"); }

/* ---- sums: the same as rows/sums.go ---- */

#define PRIME UINT64_C(0x100000001b3)
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

static inline uint64_t there(uint64_t value) { return value * GOLDEN + 1; }
static inline uint64_t fold(uint64_t sum, uint64_t value) { return sum * PRIME + value; }

static inline uint64_t hash_text(const void *data, size_t size)
{
    const unsigned char *p = (const unsigned char *)data;
    uint64_t sum = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size; i++)
        sum = (sum ^ p[i]) * PRIME;
    return sum;
}

static inline uint64_t hash_float(float f)
{
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static inline uint64_t hash_double(double d)
{
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    return u;
}

/* The fields of each set that lie in the row itself: X(kind, name, presence). A
 * peer that says how it gives a number, a text, bytes and presence has all sums.
 * TEXT and DATA are kinds of their own, and so is the presence of a text, since
 * some peers tell it by the pointer.
 */
#define PSLIST_FIELDS(X)                                                                           \
    X(UNSIGNED, offset, MAYBE) X(TEXT, name, MAYBE_TEXT) X(UNSIGNED, pid, MAYBE)                   \
    X(UNSIGNED, uid, MAYBE) X(UNSIGNED, gid, MAYBE) X(UNSIGNED, dtb, MAYBE) X(UNSIGNED, start_time, MAYBE)

#define MIXED_FIELDS(X)                                                                            \
    X(DOUBLE, load, ALWAYS) X(FLOAT, share, ALWAYS) X(SIGNED, nice, ALWAYS)                        \
    X(SIGNED, delta, ALWAYS) X(UNSIGNED, pid, ALWAYS) X(UNSIGNED, address, ALWAYS)                 \
    X(SIGNED, priority, ALWAYS) X(SIGNED, drift, ALWAYS) X(UNSIGNED, checksum, ALWAYS)             \
    X(UNSIGNED, cookie, ALWAYS) X(SIGNED, score, ALWAYS) X(SIGNED, skew, ALWAYS)                   \
    X(UNSIGNED, traced, ALWAYS) X(TEXT, comm, ALWAYS) X(DATA, stack, ALWAYS)                       \
    X(SIGNED, state, ALWAYS) X(TEXT, path, MAYBE_TEXT) X(UNSIGNED, parent, MAYBE)                  \
    X(SIGNED, exit_code, MAYBE) X(UNSIGNED, kernel, ALWAYS)

#define KALLSYMS_FIELDS(X)                                                                         \
    X(UNSIGNED, address, ALWAYS) X(TEXT, kind, ALWAYS) X(UNSIGNED, size, MAYBE)                    \
    X(UNSIGNED, exported, ALWAYS) X(TEXT, subsystem, ALWAYS) X(TEXT, module, ALWAYS)               \
    X(TEXT, name, ALWAYS) X(TEXT, description, ALWAYS)

#define VALUE_UNSIGNED(name) ((uint64_t)NUMBER(name))
#define VALUE_SIGNED(name) ((uint64_t)(int64_t)NUMBER(name))
#define VALUE_FLOAT(name) hash_float(NUMBER(name))
#define VALUE_DOUBLE(name) hash_double(NUMBER(name))
#define VALUE_TEXT(name) TEXT(name)
#define VALUE_DATA(name) DATA(name)
#define HAS_ALWAYS(name) true
#define HAS_MAYBE(name) HAS(name)
#define HAS_MAYBE_TEXT(name) HAS_TEXT(name)

/* Adds a field to *sums and moves on. */
#define ADD(kind, name, presence)                                                                  \
    *sums = fold(*sums, HAS_##presence(name) ? there(VALUE_##kind(name)) : 0);                     \
    sums++;

/* A message of the nested set. */
static inline uint64_t fold_thread(uint64_t list, uint64_t tid, uint64_t address)
{
    return fold(list, fold(there(tid), there(address)));
}

static inline uint64_t sum_credentials(uint64_t uid, uint64_t gid, uint64_t capabilities)
{
    return fold(fold(there(uid), there(gid)), there(capabilities));
}

static inline uint64_t limit_sum(uint64_t key, uint64_t value) { return key * PRIME + value; }

#ifdef __cplusplus
}
#endif

#endif
