/* Plays an emulator that runs a command at many checkpoints, with its lock held and its
 * guest's memory in this process alone:
 *
 *   checkpoint IMAGE PROFILE COUNT
 *
 * Between two checkpoints the guest runs: a process gets another name. At each, the
 * emulator takes its lock, which is not recursive and which the memory's callback needs
 * to be held by this very thread, runs linux_pslist, and finds the new name among the
 * rows and the guest's memory as it was. It aborts where that is not so, and is killed
 * where it takes too long.
 */
#define _XOPEN_SOURCE 700 /* mutexes that tell who holds them */

#include "panda_vol_int.volrender.h"
#include "volatility_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct emulator {
    unsigned char *ram;
    size_t size;
    pthread_mutex_t lock;
    pthread_t owner;
    unsigned long reads;
} emulator;

static void must(bool ok, const char *what)
{
    const char *error = vol_last_error();
    if (ok)
        return;
    fprintf(stderr, "%s\n%s", what, error == NULL ? "" : error);
    abort();
}

/* The lock is held by this very thread: to take it would be to wait for oneself. */
static bool read_guest(void *opaque, uint64_t address, void *buffer, size_t length)
{
    emulator *e = (emulator *)opaque;
    must(pthread_mutex_lock(&e->lock) == EDEADLK && pthread_equal(pthread_self(), e->owner), "another thread reads memory");
    memcpy(buffer, e->ram + address, length);
    e->reads++;
    return true;
}

static void load(emulator *e, const char *path)
{
    struct stat s;
    size_t done = 0;
    int fd = open(path, O_RDONLY);
    must(fd >= 0 && fstat(fd, &s) == 0, "there is no image");
    e->size = (size_t)s.st_size;
    e->ram = (unsigned char *)malloc(e->size);
    must(e->ram != NULL, "no memory");
    while (done < e->size) {
        ssize_t n = read(fd, e->ram + done, e->size - done);
        must(n > 0, "the image can't be read");
        done += (size_t)n;
    }
    close(fd);
}

static uint64_t checksum(const emulator *e)
{
    uint64_t sum = 0, word;
    size_t i;
    for (i = 0; i + sizeof word <= e->size; i += sizeof word) {
        memcpy(&word, e->ram + i, sizeof word);
        sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    }
    return sum;
}

/* The guest runs: what is called from has another name now. */
static void rename_process(emulator *e, const char *from, const char *to)
{
    unsigned char *at = e->ram, *end = e->ram + e->size - 16;
    int found = 0;
    size_t size = strlen(from) + 1;
    for (; (at = (unsigned char *)memchr(at, from[0], (size_t)(end - at))) != NULL; at++) {
        if (memcmp(at, from, size) == 0) {
            memcpy(at, to, size);
            found++;
        }
    }
    must(found > 0, "there is no such process");
}

static bool has(vol_ll_node *list, const char *name, size_t *rows)
{
    bool found = false;
    *rows = 0;
    for (; list != NULL; list = list->next_ptr) {
        volatility_render_linux_pslist_task task;
        must(volatility_render_linux_pslist_task_decode_inplace(&task, list->data_ptr, list->data_size) == VOLINT_OK, "a bad row");
        found = found || strcmp(task.name.data, name) == 0;
        ++*rows;
    }
    return found;
}

/* What the emulator calls under its lock; returns how many rows there are. */
static size_t checkpoint(emulator *e, vol_session *session, const char *name)
{
    uint64_t before = checksum(e);
    unsigned long reads = e->reads;
    vol_ll_node *list = vol_list(session, "linux_pslist");
    size_t rows;
    must(list != NULL, "the command failed");
    must(has(list, name, &rows), "the rows are those of another moment");
    must(e->reads > reads, "memory was not read");
    must(checksum(e) == before, "the guest has changed");
    vol_free_list(list);
    return rows;
}

int main(int argc, char **argv)
{
    pthread_mutexattr_t checked;
    volint_mem_host host;
    volint_mem_run run;
    vol_session *session;
    emulator e;
    char name[8] = "alphad", next[8];
    size_t rows = 0;
    int i, count;
    must(argc == 4, "usage: checkpoint IMAGE PROFILE COUNT");
    count = atoi(argv[3]);
    alarm(600);
    memset(&e, 0, sizeof e);
    load(&e, argv[1]);
    must(pthread_mutexattr_init(&checked) == 0 && pthread_mutexattr_settype(&checked, PTHREAD_MUTEX_ERRORCHECK) == 0 &&
             pthread_mutex_init(&e.lock, &checked) == 0,
         "no lock");
    e.owner = pthread_self();
    memset(&host, 0, sizeof host);
    run.start = 0;
    run.length = e.size;
    host.opaque = &e;
    host.read = read_guest;
    host.runs = &run;
    host.run_count = 1;
    host.name = "an emulator's guest";
    session = vol_open_memory(NULL, &host, argv[2]);
    must(session != NULL, "no session");
    for (i = 0; i < count; i++) {
        snprintf(next, sizeof next, "a%05d", i % 100000);
        rename_process(&e, name, next);
        memcpy(name, next, sizeof name);
        must(pthread_mutex_lock(&e.lock) == 0, "the lock is held");
        rows = checkpoint(&e, session, name);
        must(pthread_mutex_unlock(&e.lock) == 0, "the lock is not held");
    }
    vol_close(session);
    printf("%d checkpoints, %zu rows\n", count, rows);
    free(e.ram);
    return 0;
}
