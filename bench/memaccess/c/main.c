/* main.c - volint's C server and C client for bench/memaccess.
 *
 *   c serve [-files] [-pumped] FILE SOCKET
 *   c read ROUNDS SIZES NAME=WAY:SOCKET...
 *
 * serve serves a raw dump; without -files it passes no descriptors, so that every
 * byte goes through the socket, and with -pumped it has no thread but the first. read
 * reads from servers in turns, in rounds, by single requests, vectored ones or passed
 * descriptors, and prints a line of JSON for each round, size and server:
 * {"name": ..., "size": bytes, "ns": nanoseconds of a read, "mb_s": megabytes a second}
 *
 *   gcc -O2 -pthread -I memaccess/c -o c bench/memaccess/c/main.c memaccess/c/volint_memory.c
 */
#include "volint_memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    RANGES = 64,      /* reads in a vectored one */
    TURN = 10000000,  /* nanoseconds that a server is read from before it is another's turn */
    PAGE = 4096,
    TARGETS = 32
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "error: %s: %s\n", what, why);
    exit(1);
}

/* ---- serve ---- */

typedef struct dump {
    const unsigned char *bytes;
    uint64_t size;
} dump;

static bool read_dump(void *opaque, uint64_t address, void *buffer, size_t length)
{
    const dump *d = (const dump *)opaque;
    memcpy(buffer, d->bytes + address, length); /* the server asks for what is in the run alone */
    return true;
}

static void serve(bool files, bool pumped, const char *path, const char *socket)
{
    volint_mem_error error;
    volint_mem_host host;
    volint_mem_run run;
    volint_mem_file file;
    volint_mem_server *server;
    struct stat s;
    dump d;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &s) != 0)
        fail(path, "it can't be opened");
    d.size = (uint64_t)s.st_size;
    d.bytes = (const unsigned char *)mmap(NULL, d.size, PROT_READ, MAP_SHARED, fd, 0);
    if (d.bytes == MAP_FAILED)
        fail(path, "it can't be mapped");
    run.start = 0;
    run.length = d.size;
    file.fd = fd;
    file.offset = 0;
    memset(&host, 0, sizeof host);
    host.opaque = &d;
    host.read = read_dump;
    host.runs = &run;
    host.run_count = 1;
    host.files = files ? &file : NULL;
    host.dump = true;
    server = volint_mem_server_open(socket, &host, NULL, &error);
    if (server == NULL || (!pumped && !volint_mem_server_start(server, &error)))
        fail(socket, error.message);
    for (;;) {
        if (!pumped)
            (void)pause();
        else if (volint_mem_server_poll(server, -1) < 0)
            fail(socket, "the server's poller failed");
    }
}

/* ---- read ---- */

/* A server and a way to read from it. */
typedef struct target {
    char name[128], way[32];
    volint_mem_client *memory;
    uint64_t seed;
} target;

static target targets[TARGETS];
static int target_count;
static uint64_t memory_size; /* which begins at 0, and is the same of all */
static unsigned char *buffer;
static volint_mem_error error;

static void open_target(const char *text)
{
    target *t = &targets[target_count];
    volint_mem_client_options options;
    char socket[VOLINT_MEM_PATH + 1];
    const volint_mem_about *about;
    bool descriptor;
    if (target_count == TARGETS || sscanf(text, "%127[^=]=%31[^:]:%107s", t->name, t->way, socket) != 3)
        fail(text, "it is not NAME=WAY:SOCKET, or one too many");
    descriptor = strcmp(t->way, "descriptor") == 0;
    memset(&options, 0, sizeof options);
    options.no_descriptors = !descriptor;
    t->memory = volint_mem_open(socket, &options, &error);
    if (t->memory == NULL)
        fail(text, error.message);
    t->seed = 1;
    about = volint_mem_ask(t->memory);
    if (about->run_count > 0)
        memory_size = about->runs[0].length;
    if (descriptor && (about->features & VOLINT_MEM_DESCRIPTOR) == 0)
        fail(text, "the server passes no descriptor");
    target_count++;
}

/* An address of some page: the same ones, in the same order, for all. */
static uint64_t next_address(target *t, size_t size)
{
    t->seed = t->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (t->seed >> 33) * PAGE % (memory_size - size);
}

/* Reads by one request, or by as many as take some microseconds, and returns how many
 * reads these were. */
static int once(target *t, size_t size)
{
    int i, n = (int)(PAGE * 16 / size);
    if (strcmp(t->way, "vectored") == 0) {
        volint_mem_range ranges[RANGES];
        for (i = 0; i < RANGES; i++) {
            ranges[i].address = next_address(t, size);
            ranges[i].buffer = buffer + (size_t)i * size;
            ranges[i].length = size;
        }
        if (volint_mem_read_many(t->memory, ranges, RANGES, &error) != VOLINT_MEM_OK || !ranges[RANGES - 1].ok)
            fail(t->name, error.message);
        return RANGES;
    }
    n = n < 1 ? 1 : n > 16 ? 16 : n;
    for (i = 0; i < n; i++)
        if (volint_mem_read(t->memory, next_address(t, size), buffer, size, &error) != VOLINT_MEM_OK)
            fail(t->name, error.message);
    return n;
}

static int64_t now_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Reads for a while and says what a read takes. */
static void turn(target *t, size_t size)
{
    int64_t start = now_ns(), spent = 0;
    uint64_t reads = 0;
    double ns;
    for (; spent < TURN; spent = now_ns() - start)
        reads += (uint64_t)once(t, size);
    ns = (double)spent / (double)reads;
    printf("{\"name\": \"%s\", \"size\": %zu, \"ns\": %.2f, \"mb_s\": %.1f}\n", t->name, size, ns, (double)size * 1000 / ns);
}

static int read_targets(const char *rounds, const char *sizes)
{
    for (;;) {
        char *end;
        size_t size = (size_t)strtoull(sizes, &end, 10);
        int round, i;
        if (size == 0 || size >= memory_size || (*end != ',' && *end != 0))
            fail(sizes, "these are no sizes");
        buffer = (unsigned char *)realloc(buffer, size * RANGES);
        if (buffer == NULL)
            fail(sizes, "there is no room");
        for (round = 0; round < atoi(rounds); round++)
            for (i = 0; i < target_count; i++)
                turn(&targets[i], size);
        if (*end == 0)
            return 0;
        sizes = end + 1;
    }
}

int main(int argc, char **argv)
{
    int i = 2;
    bool files = false, pumped = false;
    if (argc > 4 && strcmp(argv[1], "read") == 0) {
        for (i = 4; i < argc; i++)
            open_target(argv[i]);
        return read_targets(argv[2], argv[3]);
    }
    if (argc < 4 || strcmp(argv[1], "serve") != 0)
        fail("usage", "c serve [-files] [-pumped] FILE SOCKET | c read ROUNDS SIZES NAME=WAY:SOCKET...");
    for (; argv[i][0] == '-'; i++) {
        files = files || strcmp(argv[i], "-files") == 0;
        pumped = pumped || strcmp(argv[i], "-pumped") == 0;
    }
    if (argc - i != 2)
        fail("usage", "c serve [-files] [-pumped] FILE SOCKET");
    serve(files, pumped, argv[i], argv[i + 1]);
    return 0;
}
