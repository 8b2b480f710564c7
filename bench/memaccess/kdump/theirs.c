/*
 * Reads a kdump by libkdumpfile:
 *
 *     theirs DUMP LENGTH sum            the CRC of all memory
 *     theirs DUMP LENGTH PATTERN SIZE   nanoseconds for each byte: processor, clock
 *
 * LENGTH bytes from address 0 on. PATTERN is "sequential" or "random".
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zlib.h>

#include <libkdumpfile/kdumpfile.h>

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "error: %s: %s\n", what, why);
    exit(1);
}

static void get(kdump_ctx_t *dump, uint64_t address, void *buffer, size_t size)
{
    size_t length = size;
    if (kdump_read(dump, KDUMP_MACHPHYSADDR, address, buffer, &length) != KDUMP_OK || length != size)
        fail("reading", kdump_get_err(dump));
}

static void read_all(kdump_ctx_t *dump, uint64_t length, uint64_t size, int random)
{
    unsigned char *buffer = malloc(size);
    uint64_t pieces = length / size, state = 1;
    for (uint64_t i = 0; i < pieces; i++) {
        uint64_t at = i;
        if (random) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            at = state % pieces;
        }
        get(dump, at * size, buffer, size);
    }
    free(buffer);
}

static void print_sum(kdump_ctx_t *dump, uint64_t length)
{
    unsigned char page[4096];
    uLong sum = crc32(0, NULL, 0);
    for (uint64_t at = 0; at < length; at += sizeof page) {
        get(dump, at, page, sizeof page);
        sum = crc32(sum, page, sizeof page);
    }
    printf("%lu\n", sum);
}

static double processor(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static double wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

int main(int count, char **arguments)
{
    if (count != 4 && count != 5)
        fail("usage", "theirs DUMP LENGTH sum | theirs DUMP LENGTH PATTERN SIZE");
    uint64_t length = strtoull(arguments[2], NULL, 10);
    int file = open(arguments[1], O_RDONLY);
    kdump_ctx_t *dump = kdump_new();
    if (file < 0 || !dump)
        fail(arguments[1], "can't open it");
    if (kdump_open_fd(dump, file) != KDUMP_OK)
        fail(arguments[1], kdump_get_err(dump));
    if (count == 4) {
        print_sum(dump, length);
        return 0;
    }
    uint64_t size = strtoull(arguments[4], NULL, 10);
    double used = processor(), began = wall();
    read_all(dump, length, size, strcmp(arguments[3], "random") == 0);
    printf("%g %g\n", (processor() - used) / (double)length, (wall() - began) / (double)length);
    kdump_free(dump);
    return 0;
}
