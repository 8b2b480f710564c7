/* main.c - runs the peers: bench-c DATA check | bench-c DATA measure ROUNDS [SET...]
 *
 * A round has each peer decode all rows of a set once, one after the other. A line
 * of JSON says how long each took.
 */
#include "bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* In the order of the tables. What was not built is NULL. */
#pragma weak protobufc_peers
#pragma weak nanopb_peers
#pragma weak upb_peers
#pragma weak cpp_peers

static const peer *const all[] = {
    protobufc_peers, nanopb_peers, upb_peers, cpp_peers,
    hand_pslist_peers, hand_mixed_peers, hand_nested_peers, hand_kallsyms_peers,
    volint_peers, volint_nested_peers, copy_peers,
};
enum { KINDS = sizeof all / sizeof *all, ROWS_CHECKED = 20000 };

static const char *const set_names[] = {"pslist", "mixed", "nested", "kallsyms"};
enum { SETS = sizeof set_names / sizeof *set_names };

/* ---- allocations: counted in front of glibc's own, for libraries too ---- */

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
static uint64_t allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations++;
    return __libc_realloc(old, size);
}

/* ---- the data ---- */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "error: %s: %s\nhint: `make bench-decode` makes what this needs\n", what, why);
    exit(1);
}

static void *need(size_t size)
{
    void *p = malloc(size);
    if (!p)
        die("the benchmark", "no memory");
    return p;
}

static uint32_t load32(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Reads DIR/NAME.frames; false where there is none. */
static bool load(set *s, const char *dir, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.frames", dir, name);
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    fseek(file, 0, SEEK_END);
    s->name = name;
    s->size = (size_t)ftell(file);
    rewind(file);
    s->bytes = need(s->size + 1);
    if (fread(s->bytes, 1, s->size, file) != s->size)
        die(path, "it can't be read");
    fclose(file);
    s->count = s->total = 0;
    for (size_t at = 0; at < s->size; at += 4 + load32(s->bytes + at))
        s->count++;
    s->frame = need(s->count * sizeof *s->frame);
    s->length = need(s->count * sizeof *s->length);
    size_t i = 0;
    for (size_t at = 0; at < s->size; at += 4 + s->length[i], i++) {
        s->frame[i] = s->bytes + at + 4;
        s->length[i] = load32(s->bytes + at);
        s->total += s->length[i];
    }
    return true;
}

/* ---- check ---- */

enum { MOST_FIELDS = 32 };

static size_t expected(const char *dir, const char *name, uint64_t *sums)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.sums", dir, name);
    FILE *file = fopen(path, "r");
    if (!file)
        die(path, "there is none");
    size_t n = 0;
    while (n < MOST_FIELDS && fscanf(file, "%" SCNx64, &sums[n]) == 1)
        n++;
    fclose(file);
    return n;
}

/* Whether a peer reads what the set was made of. */
static bool check(const peer *p, set *s, const unsigned char *pristine, const uint64_t *want, size_t fields)
{
    uint64_t got[MOST_FIELDS] = {0};
    bool good;
    memcpy(s->bytes, pristine, s->size);
    if (!p->sums)
        return true;
    if (!p->sums(s, s->count < ROWS_CHECKED ? s->count : ROWS_CHECKED, got)) {
        fprintf(stderr, "error: %s refuses a row of %s\n", p->name, s->name);
        return false;
    }
    good = true;
    for (size_t i = 0; i < fields; i++) {
        if (got[i] != want[i]) {
            fprintf(stderr, "error: %s reads field %zu of %s otherwise\n", p->name, i + 1, s->name);
            good = false;
        }
    }
    return good;
}

/* Whether what a peer encodes has the bytes that it was decoded from; of a map, whose
 * order is free, as many.
 */
static bool check_encoder(const peer *p, set *s, const unsigned char *pristine)
{
    memcpy(s->bytes, pristine, s->size);
    if (!p->encode)
        return true;
    if (!p->prepare(s))
        die(p->name, "it refuses a row");
    for (size_t row = 0; row < ENCODED; row++) {
        size_t size = 0;
        const void *bytes = p->encode(row, &size);
        if (!bytes || size != s->length[row] ||
            (strcmp(s->name, "nested") != 0 && memcmp(bytes, s->frame[row], size) != 0)) {
            fprintf(stderr, "error: %s encodes row %zu of %s otherwise\n", p->name, row + 1, s->name);
            return false;
        }
    }
    return true;
}

/* ---- measure ---- */

/* The time that this process had a processor: what others take is not counted. */
static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void report(const char *way, const peer *p, const set *s, double ns, uint64_t allocated)
{
    printf("{\"way\": \"%s\", \"set\": \"%s\", \"name\": \"%s\", \"ns\": %.3f, ", way, s->name, p->name,
           ns / (double)s->count);
    printf("\"allocations\": %.3g, \"bytes\": %.3f}\n", (double)allocated / (double)s->count,
           (double)s->total / (double)s->count);
}

static void measure(const peer *p, set *s, const unsigned char *pristine)
{
    /* For all, so that the caches are alike. */
    memcpy(s->bytes, pristine, s->size);
    uint64_t before = allocations;
    double start = now();
    bool good = p->decode(s);
    double ns = now() - start;
    if (!good)
        die(p->name, "it refuses a row");
    report("decode", p, s, ns, allocations - before);
}

/* Encodes as many rows as the set has, a few again and again. */
static void measure_encoder(const peer *p, set *s, const unsigned char *pristine, bool first)
{
    memcpy(s->bytes, pristine, s->size);
    if (!p->encode)
        return;
    if (first && !p->prepare(s))
        die(p->name, "it refuses a row");
    uint64_t before = allocations;
    double start = now();
    for (size_t i = 0, row = 0; i < s->count; i++, row = row + 1 == ENCODED ? 0 : row + 1) {
        size_t size;
        const void *bytes = p->encode(row, &size);
        if (!bytes)
            die(p->name, "it can't encode a row");
        keep(bytes);
    }
    report("encode", p, s, now() - start, allocations - before);
}

static bool wanted(const char *name, char **chosen, int count)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(chosen[i], name) == 0)
            return true;
    }
    return count == 0;
}

int main(int argc, char **argv)
{
    bool good = true;
    if (argc < 3 || (strcmp(argv[2], "check") && (strcmp(argv[2], "measure") || argc < 4)))
        die("bench-c", "its arguments are DATA check, or DATA measure ROUNDS [SET...]");
    bool checks = strcmp(argv[2], "check") == 0;
    int rounds = checks ? 1 : atoi(argv[3]);
    for (size_t n = 0; n < SETS; n++) {
        set s;
        uint64_t sums[MOST_FIELDS];
        if (!wanted(set_names[n], argv + 4, checks ? 0 : argc - 4) || !load(&s, argv[1], set_names[n]))
            continue;
        size_t fields = expected(argv[1], s.name, sums);
        unsigned char *pristine = need(s.size);
        memcpy(pristine, s.bytes, s.size);
        for (int round = 0; round < rounds; round++) {
            for (size_t k = 0; k < KINDS; k++) {
                for (const peer *p = all[k]; p && p->name; p++) {
                    if (strcmp(p->of, s.name) != 0)
                        continue;
                    if (checks) {
                        good = check(p, &s, pristine, sums, fields) && good;
                        good = check_encoder(p, &s, pristine) && good;
                    } else {
                        measure(p, &s, pristine);
                        measure_encoder(p, &s, pristine, round == 0);
                    }
                }
            }
        }
    }
    return good ? 0 : 1;
}
