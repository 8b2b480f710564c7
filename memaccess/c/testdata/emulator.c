/* emulator.c - a host that runs a command under its lock, as an emulator does.
 *
 *   emulator PATH {pumped|released|held} MILLISECONDS
 *
 * The main thread takes the emulator's lock, which is not recursive, as it would be
 * when the emulator calls a plug-in. In that callback it makes a call that needs memory
 * served: it says "call" on its standard output and waits, up to a deadline, for a line
 * on its standard input, which the command sends when it has read what it needs.
 *
 *   pumped    it serves while it waits, in this thread
 *   released  threads serve; it gives the lock away while it waits
 *   held      threads serve; it keeps the lock, and what must come of that comes
 *
 * It prints "ended" or "deadline", and how often memory was read under which lock.
 */
#define _XOPEN_SOURCE 700 /* mutexes that tell who holds them */

#include "volint_memory.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct emulator {
    pthread_mutex_t lock; /* tells who holds it */
    pthread_t owner;
    bool pumped;
    int by_owner, by_others; /* reads; under the lock */
} emulator;

enum { SIZE = 1 << 20 };

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void fill(uint64_t address, unsigned char *to, size_t length)
{
    size_t i;
    for (i = 0; i < length; i++)
        to[i] = (unsigned char)((address + i) * 7 + ((address + i) >> 8) + 1);
}

static bool read_memory(void *opaque, uint64_t address, void *buffer, size_t length)
{
    emulator *e = (emulator *)opaque;
    if (e->pumped) {
        /* The lock is held by this very thread: to take it would be to wait for
         * oneself, for ever. */
        must(pthread_mutex_lock(&e->lock) == EDEADLK && pthread_equal(pthread_self(), e->owner));
        e->by_owner++;
        fill(address, (unsigned char *)buffer, length);
        return true;
    }
    must(pthread_mutex_lock(&e->lock) == 0);
    e->by_others++;
    fill(address, (unsigned char *)buffer, length);
    must(pthread_mutex_unlock(&e->lock) == 0);
    return true;
}

/* Waits for the command; false at the deadline. */
static bool wait_for_command(volint_mem_server *server, bool pumped, int timeout)
{
    struct pollfd p;
    if (pumped)
        return volint_mem_server_wait(server, 0, timeout) == 1;
    p.fd = 0;
    p.events = POLLIN;
    return poll(&p, 1, timeout) == 1;
}

/* What the emulator calls under its lock. */
static bool callback(emulator *e, volint_mem_server *server, bool release, int timeout)
{
    bool ended;
    printf("call\n");
    (void)fflush(stdout);
    if (release)
        must(pthread_mutex_unlock(&e->lock) == 0);
    ended = wait_for_command(server, e->pumped, timeout);
    if (release)
        must(pthread_mutex_lock(&e->lock) == 0);
    return ended;
}

int main(int argc, char **argv)
{
    static const volint_mem_run memory[1] = {{0, SIZE}};
    pthread_mutexattr_t checked;
    volint_mem_host host;
    volint_mem_error error;
    volint_mem_server *server;
    emulator e;
    bool ended;
    must(argc == 4);
    memset(&e, 0, sizeof e);
    must(pthread_mutexattr_init(&checked) == 0 && pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK) == 0);
    must(pthread_mutex_init(&e.lock, &checked) == 0);
    e.owner = pthread_self();
    e.pumped = strcmp(argv[2], "pumped") == 0;
    memset(&host, 0, sizeof host);
    host.opaque = &e;
    host.read = read_memory;
    host.runs = memory;
    host.run_count = 1;
    server = volint_mem_server_open(argv[1], &host, NULL, &error);
    must(server != NULL && (e.pumped || volint_mem_server_start(server, &error)));

    must(pthread_mutex_lock(&e.lock) == 0);
    ended = callback(&e, server, strcmp(argv[2], "released") == 0, atoi(argv[3]));
    printf("%s %d %d\n", ended ? "ended" : "deadline", e.by_owner, e.by_others);
    (void)fflush(stdout);
    must(pthread_mutex_unlock(&e.lock) == 0);

    volint_mem_server_close(server); /* without the lock, which callbacks may wait for */
    return 0;
}
