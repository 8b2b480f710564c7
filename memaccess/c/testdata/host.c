/* host.c - a server of the machine that the tests of the protocol know.
 *
 *   host PATH {pumped|threaded} [OPTION...]
 *
 * It says "ready" when it serves, then answers a line on its standard input by one
 * on its standard output, and ends with that input. PATH may be "-" for none.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* memfd_create */
#endif

#include "volint_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)
#define GIB ((uint64_t)1 << 30)
#define BAD UINT64_C(0x90000)

enum { RUNS = 3 };

static const volint_mem_run runs[RUNS + 1] = {{0x1000, MIB}, {4 * GIB, MIB}, {4 * GIB + MIB, MIB}, {8 * GIB, MIB}};

typedef struct machine {
    unsigned char *bytes; /* the runs, one behind the other */
    int file;
    bool good;
    pthread_mutex_t guest; /* around what follows */
    bool stands;
    int stops, starts;
    volint_mem_server *server; /* to be called from inside a callback */
} machine;

/* The byte of the machine at an address, as the Go side of the tests has it. */
static unsigned char content(uint64_t address) { return (unsigned char)(address * 7 + (address >> 8) + 1); }

static unsigned char *byte_at(const machine *m, uint64_t address)
{
    if (address >= 4 * GIB)
        return address - 4 * GIB < 2 * MIB ? m->bytes + MIB + (address - 4 * GIB) : NULL;
    return address - 0x1000 < MIB ? m->bytes + (address - 0x1000) : NULL;
}

static bool touches_bad(uint64_t address, size_t length) { return address <= BAD && BAD - address < length; }

static bool read_machine(void *opaque, uint64_t address, void *buffer, size_t length)
{
    machine *m = (machine *)opaque;
    const unsigned char *from = byte_at(m, address);
    if (m->server != NULL && volint_mem_server_poll(m->server, 0) != 0)
        abort(); /* from inside a callback it does nothing */
    if (from == NULL || byte_at(m, address + length - 1) != from + length - 1 || (!m->good && touches_bad(address, length)))
        return false;
    memcpy(buffer, from, length);
    return true;
}

static bool write_machine(void *opaque, uint64_t address, const void *data, size_t length)
{
    const machine *m = (const machine *)opaque;
    unsigned char *to = byte_at(m, address);
    if (to == NULL || byte_at(m, address + length - 1) != to + length - 1 || touches_bad(address, length))
        return false;
    memcpy(to, data, length);
    return true;
}

static volint_mem_paused pause_machine(void *opaque)
{
    machine *m = (machine *)opaque;
    volint_mem_paused how = VOLINT_MEM_STOOD;
    (void)pthread_mutex_lock(&m->guest);
    if (!m->stands) {
        m->stands = true;
        m->stops++;
        how = VOLINT_MEM_STOPPED;
    }
    (void)pthread_mutex_unlock(&m->guest);
    return how;
}

static void resume_machine(void *opaque)
{
    machine *m = (machine *)opaque;
    (void)pthread_mutex_lock(&m->guest);
    m->stands = false;
    m->starts++;
    (void)pthread_mutex_unlock(&m->guest);
}

static void say_guest(machine *m)
{
    (void)pthread_mutex_lock(&m->guest);
    printf("%s %d %d\n", m->stands ? "stands" : "runs", m->stops, m->starts);
    (void)pthread_mutex_unlock(&m->guest);
}

static void make_machine(machine *m)
{
    uint64_t i;
    memset(m, 0, sizeof *m);
    (void)pthread_mutex_init(&m->guest, NULL);
    m->file = memfd_create("machine", MFD_CLOEXEC);
    if (m->file < 0 || ftruncate(m->file, 3 * MIB) != 0 || fchmod(m->file, 0600) != 0)
        abort();
    m->bytes = (unsigned char *)mmap(NULL, 3 * MIB, PROT_READ | PROT_WRITE, MAP_SHARED, m->file, 0);
    if (m->bytes == MAP_FAILED)
        abort();
    for (i = 0; i < 3 * MIB; i++)
        m->bytes[i] = content(i < MIB ? 0x1000 + i : 4 * GIB + i - MIB);
}

static volint_mem_file files[RUNS];
static uid_t users[1];

/* Takes one option; false if there is none of that name. */
static bool take_option(const char *word, machine *m, volint_mem_host *host, volint_mem_options *options)
{
    const char *equal = strchr(word, '=');
    uint64_t value = equal == NULL ? 0 : strtoull(equal + 1, NULL, 0);
    size_t size = equal == NULL ? strlen(word) : (size_t)(equal - word);
#define IS(name) (size == sizeof(name) - 1 && memcmp(word, name, size) == 0)
    if (IS("limit"))
        options->longest = value;
    else if (IS("clients"))
        options->clients = (unsigned)value;
    else if (IS("idle"))
        options->idle = (unsigned)value;
    else if (IS("slow"))
        options->slow = (unsigned)value;
    else if (IS("hold"))
        options->hold = (unsigned)value;
    else if (IS("user")) {
        users[0] = (uid_t)value;
        options->users = users;
        options->user_count = 1;
    } else if (IS("fail-holes"))
        options->fail_holes = true;
    else if (IS("one-at-a-time"))
        options->one_at_a_time = true;
    else if (IS("writable"))
        host->write = write_machine;
    else if (IS("dump"))
        host->dump = true;
    else if (IS("no-runs")) {
        host->runs = NULL;
        host->run_count = 0;
    } else if (IS("pause")) {
        host->pause = pause_machine;
        host->resume = resume_machine;
    } else if (IS("stands"))
        m->stands = true;
    else if (IS("good"))
        m->good = true;
    else if (IS("mode"))
        (void)fchmod(m->file, (mode_t)strtoul(equal + 1, NULL, 8));
    else if (IS("image"))
        host->image = equal + 1;
    else if (IS("files")) {
        size_t i;
        for (i = 0; i < RUNS; i++) {
            files[i].fd = i == 2 && value == 2 ? -1 : m->file;
            files[i].offset = i * MIB;
        }
        host->files = files;
    } else
        return false;
    return true;
}

/* The child of a fork closes the server, which must not disturb its parent. */
static void fork_and_close(volint_mem_server *server)
{
    pid_t child = fork();
    if (child == 0) {
        volint_mem_server_close(server);
        _exit(0);
    }
    (void)waitpid(child, NULL, 0);
}

static void answer(machine *m, volint_mem_server *server, char *line)
{
    volint_mem_counters c = volint_mem_server_counters(server);
    volint_mem_error error;
    if (strcmp(line, "counters") == 0)
        printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", c.clients, c.accepted, c.refused,
               c.requests, c.failures, c.sent, c.written);
    else if (strcmp(line, "guest") == 0)
        say_guest(m);
    else if (strcmp(line, "fork") == 0) {
        fork_and_close(server);
        printf("forked\n");
    } else if (strcmp(line, "plug") == 0)
        printf("%s\n", volint_mem_server_set_runs(server, runs, NULL, RUNS + 1, &error) ? "plugged" : error.message);
    else if (strcmp(line, "overlap") == 0) {
        static const volint_mem_run twice[2] = {{0, 0x2000}, {0x1000, 0x1000}};
        printf("%s\n", volint_mem_server_set_runs(server, twice, NULL, 2, &error) ? "plugged" : error.message);
    } else if (strncmp(line, "change ", 7) == 0) {
        volint_mem_server_changed(server, line + 7);
        printf("changed\n");
    } else if (strcmp(line, "add") == 0)
        printf("%s\n", volint_mem_server_add(server, 3, &error) ? "added" : error.message);
    else if (strcmp(line, "nested") == 0) {
        m->server = server;
        printf("nested\n");
    } else
        printf("what is %s?\n", line);
    (void)fflush(stdout);
}

/* Serves and answers lines until the standard input ends. */
static int serve(machine *m, volint_mem_server *server, bool pumped)
{
    char line[256];
    size_t size = 0;
    for (;;) {
        char byte;
        if (pumped && volint_mem_server_wait(server, 0, -1) != 1)
            return 1;
        if (read(0, &byte, 1) != 1)
            return 0;
        if (byte != '\n' && size < sizeof line - 1) {
            line[size++] = byte;
            continue;
        }
        line[size] = 0;
        size = 0;
        answer(m, server, line);
    }
}

int main(int argc, char **argv)
{
    volint_mem_server *server;
    volint_mem_host host;
    volint_mem_options options;
    volint_mem_error error;
    machine m;
    bool pumped = argc > 2 && strcmp(argv[2], "pumped") == 0;
    int i, result;
    if (argc < 3)
        return 2;
    memset(&host, 0, sizeof host);
    memset(&options, 0, sizeof options);
    make_machine(&m);
    host.opaque = &m;
    host.read = read_machine;
    host.runs = runs;
    host.run_count = RUNS;
    host.name = "test";
    for (i = 3; i < argc; i++) {
        if (!take_option(argv[i], &m, &host, &options)) {
            fprintf(stderr, "there is no option %s\n", argv[i]);
            return 2;
        }
    }
    server = volint_mem_server_open(strcmp(argv[1], "-") == 0 ? NULL : argv[1], &host, &options, &error);
    if (server == NULL || (!pumped && !volint_mem_server_start(server, &error))) {
        printf("%s\n", error.message);
        return 1;
    }
    printf("ready\n");
    (void)fflush(stdout);
    result = serve(&m, server, pumped);
    volint_mem_server_close(server);
    if (m.stops != m.starts)
        return 3; /* a guest that nobody would continue */
    (void)munmap(m.bytes, 3 * MIB);
    (void)close(m.file);
    return result;
}
