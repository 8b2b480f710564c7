/* emulator.c - a tiny emulator that serves its guest's memory.
 *
 *   cc -I memaccess/c -o emulator memaccess/c/examples/emulator.c memaccess/c/volint_memory.c -lpthread
 *   ./emulator SOCKET [pumped|threaded]
 *
 * and then, elsewhere, `volint run -f SOCKET ...`, or Volatility by itself. The guest
 * counts in its memory while it runs; SOCKET goes when the standard input ends.
 *
 * What an author of an emulator takes from here: describe the memory (make_host), then
 *
 *   pumped    put the server's descriptor beside the others that the main loop waits
 *             for (run_pumped). Callbacks run in the main loop, under whatever lock that
 *             holds, and nothing else runs beside them.
 *   threaded  start it once (run_threaded). The emulator's loop stays as it is, and
 *             callbacks take the lock that the guest's memory has.
 */
#include "volint_memory.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LOW = 1 << 20, HIGH = 1 << 20 };

#define FOUR_GIB ((uint64_t)4 << 30)

typedef struct emulator {
    unsigned char *ram; /* LOW bytes at 0, then HIGH bytes at 4 GiB, as a PC has them */
    bool runs;
    pthread_mutex_t lock; /* around the guest, where there are threads */
} emulator;

/* ---- what the server asks for ---- */

/* The server asks for what lies in the runs alone, and up to their end. */
static unsigned char *at(emulator *e, uint64_t address)
{
    return address >= FOUR_GIB ? e->ram + LOW + (address - FOUR_GIB) : e->ram + address;
}

static bool read_guest(void *opaque, uint64_t address, void *buffer, size_t length)
{
    emulator *e = (emulator *)opaque;
    (void)pthread_mutex_lock(&e->lock);
    memcpy(buffer, at(e, address), length);
    (void)pthread_mutex_unlock(&e->lock);
    return true;
}

static bool write_guest(void *opaque, uint64_t address, const void *data, size_t length)
{
    emulator *e = (emulator *)opaque;
    (void)pthread_mutex_lock(&e->lock);
    memcpy(at(e, address), data, length);
    (void)pthread_mutex_unlock(&e->lock);
    return true;
}

/* A guest that stands already is not to be continued for a client. */
static volint_mem_paused pause_guest(void *opaque)
{
    emulator *e = (emulator *)opaque;
    volint_mem_paused how;
    (void)pthread_mutex_lock(&e->lock);
    how = e->runs ? VOLINT_MEM_STOPPED : VOLINT_MEM_STOOD;
    e->runs = false;
    (void)pthread_mutex_unlock(&e->lock);
    return how;
}

static void resume_guest(void *opaque)
{
    emulator *e = (emulator *)opaque;
    (void)pthread_mutex_lock(&e->lock);
    e->runs = true;
    (void)pthread_mutex_unlock(&e->lock);
}

static void make_host(volint_mem_host *host, emulator *e)
{
    static const volint_mem_run runs[2] = {{0, LOW}, {FOUR_GIB, HIGH}};
    memset(host, 0, sizeof *host);
    host->opaque = e;
    host->read = read_guest;
    host->write = write_guest; /* leave it out, and memory can only be read */
    host->pause = pause_guest;
    host->resume = resume_guest;
    host->runs = runs;
    host->run_count = 2;
    host->name = "a tiny emulator";
}

/* ---- the emulator ---- */

/* Lets the guest run a little: it counts. */
static void run_guest(emulator *e)
{
    uint32_t count;
    (void)pthread_mutex_lock(&e->lock);
    if (e->runs) {
        memcpy(&count, e->ram + 0x1000, sizeof count);
        count++;
        memcpy(e->ram + 0x1000, &count, sizeof count);
    }
    (void)pthread_mutex_unlock(&e->lock);
}

/* Whether the standard input has ended; waits for it, and for the server's clients
 * where it is pumped, for a millisecond. */
static bool wait_a_little(int server)
{
    struct pollfd p[2];
    p[0].fd = 0;
    p[1].fd = server; /* poll passes over -1 */
    p[0].events = p[1].events = POLLIN;
    p[0].revents = p[1].revents = 0;
    return poll(p, 2, 1) > 0 && p[0].revents != 0;
}

static void run_pumped(emulator *e, volint_mem_server *server)
{
    while (!wait_a_little(volint_mem_server_fd(server))) {
        if (volint_mem_server_poll(server, 0) < 0)
            return;
        run_guest(e);
    }
}

static void run_threaded(emulator *e, volint_mem_server *server)
{
    volint_mem_error error;
    if (!volint_mem_server_start(server, &error)) {
        fprintf(stderr, "error: %s\n", error.message);
        return;
    }
    while (!wait_a_little(-1))
        run_guest(e);
}

int main(int argc, char **argv)
{
    volint_mem_host host;
    volint_mem_error error;
    volint_mem_server *server;
    emulator e;
    if (argc < 2) {
        fprintf(stderr, "usage: emulator SOCKET [pumped|threaded]\n");
        return 2;
    }
    e.ram = (unsigned char *)calloc(1, LOW + HIGH);
    e.runs = true;
    (void)pthread_mutex_init(&e.lock, NULL);
    make_host(&host, &e);
    server = e.ram == NULL ? NULL : volint_mem_server_open(argv[1], &host, NULL, &error);
    if (server == NULL) {
        fprintf(stderr, "error: %s\n", e.ram == NULL ? "no memory" : error.message);
        return 1;
    }
    printf("serving on %s\n", argv[1]);
    (void)fflush(stdout);
    if (argc > 2 && strcmp(argv[2], "threaded") == 0)
        run_threaded(&e, server);
    else
        run_pumped(&e, server);
    volint_mem_server_close(server);
    free(e.ram);
    return 0;
}
