/* Tries sessions on the program's own memory, against a fake volint, for
 * memory_test.go: the first argument says what. It prints what comes of it.
 */
#define _GNU_SOURCE

#include "volatility_memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

static unsigned char ram[SIZE];
static vol_session *session;
static int reads, by_others, depth;
static pthread_t owner;
static const char *nested_error;

static void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n%s", what, vol_last_error() == NULL ? "" : vol_last_error());
    abort();
}

/* It is called in one thread at a time. The first word of memory, which the commands
 * read, counts the calls; at 0x2000 nothing can be read. */
static bool read_ram(void *opaque, uint64_t address, void *buffer, size_t length)
{
    (void)opaque;
    must(depth++ == 0, "two callbacks at once");
    reads++;
    by_others += !pthread_equal(pthread_self(), owner);
    if (address == 0)
        memcpy(ram, &reads, sizeof reads);
    memcpy(buffer, ram + address, length);
    depth--;
    return address != 0x2000;
}

/* A command in the callback of the memory that it would need. */
static bool nested_read(void *opaque, uint64_t address, void *buffer, size_t length)
{
    must(vol_start(session, "reads") == NULL, "a command in a callback");
    if (nested_error == NULL)
        nested_error = strdup(vol_last_error());
    return read_ram(opaque, address, buffer, length);
}

static void open_session(bool (*callback)(void *, uint64_t, void *, size_t))
{
    static const volint_mem_run runs[1] = {{0, SIZE}};
    volint_mem_host host;
    memset(&host, 0, sizeof host);
    host.read = callback;
    host.runs = runs;
    host.run_count = 1;
    host.name = "ram";
    owner = pthread_self();
    session = vol_open_memory(NULL, &host, NULL);
    must(session != NULL, "no session");
}

static void print_rows(const char *command)
{
    vol_ll_node *list = vol_list(session, command), *n;
    printf("%s:", command);
    for (n = list; n != NULL; n = n->next_ptr)
        printf(" %.*s", (int)n->data_size, (char *)n->data_ptr);
    printf("\n%s", vol_last_error() == NULL ? "" : vol_last_error());
    vol_free_list(list);
}

static void read_by_the_caller(void)
{
    int before;
    open_session(read_ram);
    print_rows("reads");
    print_rows("reads");
    print_rows("can't_read");
    print_rows("arguments");
    before = reads;
    printf("%s server\n", vol_memory_server(session) != NULL ? "a" : "no");
    vol_close(session);
    printf("%d reads by others, %d later\n", by_others, reads - before);
}

static void killed(void)
{
    open_session(read_ram);
    print_rows("dies_after_reads");
    print_rows("reads");
    vol_close(session);
}

/* Rows are left, and the command with them, in the middle of reading. */
static void left(void)
{
    void *frame;
    size_t size;
    vol_rows *rows;
    open_session(read_ram);
    rows = vol_start(session, "reads_for_ever");
    must(vol_next(rows, &frame, &size) == 1, "no row");
    must(vol_end(rows, NULL) == -1, "all rows");
    print_rows("reads");
    vol_close(session);
}

static void *run_some(void *unused)
{
    int i;
    (void)unused;
    for (i = 0; i < 10; i++) {
        vol_ll_node *list = vol_list(session, "reads");
        must(list != NULL, "a run failed");
        vol_free_list(list);
    }
    return NULL;
}

static void in_threads(void)
{
    pthread_t t[4];
    int i;
    open_session(read_ram);
    for (i = 0; i < 4; i++)
        must(pthread_create(&t[i], NULL, run_some, NULL) == 0, "no thread");
    for (i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    vol_close(session);
    printf("%d reads\n", reads);
}

static void nested(void)
{
    open_session(nested_read);
    print_rows("reads");
    printf("%s", nested_error);
    vol_close(session);
}

static void forked(void)
{
    pid_t child;
    open_session(read_ram);
    print_rows("reads");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        print_rows("reads");
        vol_close(session);
        exit(0);
    }
    must(waitpid(child, NULL, 0) == child, "no child");
    print_rows("reads");
    vol_close(session);
}

static void no_server(void)
{
    volint_mem_host host;
    must(vol_open_memory(NULL, NULL, NULL) == NULL, "a session without memory");
    printf("%s", vol_last_error());
    memset(&host, 0, sizeof host);
    host.read = read_ram;
    host.dump = true;
    session = vol_open_memory(NULL, &host, NULL);
    print_rows("arguments");
    vol_close(session);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {
        {"caller", read_by_the_caller}, {"killed", killed}, {"left", left}, {"threads", in_threads},
        {"nested", nested}, {"forked", forked}, {"no server", no_server},
    };
    size_t i;
    must(argc == 3, "usage: memory NAME FOLDER");
    alarm(300);
    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(argv[1], all[i].name) == 0)
            all[i].run();
    return 0;
}
