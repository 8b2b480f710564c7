/* Runs commands through volatility_interface.h and prints what comes of it, for
 * run_test.go: the rows' sizes, or the error; then the warnings; then what is
 * left behind. The arguments are options of the kind name=value.
 */
#define _POSIX_C_SOURCE 200809L

#include "volatility_interface.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static vol_options options;
static const char *command = "linux_pslist", *image = "/image", *profile;
static int threads = 1, stop_at;

static int open_descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n;
}

static void reap_all(int signal_number)
{
    (void)signal_number;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

/* What the test's own parents left open would be handed down. */
static void close_inherited(void)
{
    int fd;
    for (fd = 3; fd < 1024; fd++)
        close(fd);
}

static void block_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
}

static void option(const char *name, const char *value)
{
    if (strcmp(name, "command") == 0) command = value;
    else if (strcmp(name, "image") == 0) image = value;
    else if (strcmp(name, "profile") == 0) profile = value;
    else if (strcmp(name, "volint") == 0) options.volint = value;
    else if (strcmp(name, "python") == 0) options.python = value;
    else if (strcmp(name, "volatility") == 0) options.volatility = value;
    else if (strcmp(name, "plugins") == 0) options.plugins = value;
    else if (strcmp(name, "symbols") == 0) options.symbols = value;
    else if (strcmp(name, "strict") == 0) options.strict = atoi(value);
    else if (strcmp(name, "limit") == 0) options.frame_limit = (size_t)atol(value);
    else if (strcmp(name, "timeout") == 0) options.timeout = (unsigned)atoi(value);
    else if (strcmp(name, "threads") == 0) threads = atoi(value);
    else if (strcmp(name, "stop") == 0) stop_at = atoi(value);
    else if (strcmp(name, "sigchld") == 0) signal(SIGCHLD, strcmp(value, "ignore") == 0 ? SIG_IGN : reap_all);
    else if (strcmp(name, "sigpipe") == 0) signal(SIGPIPE, SIG_IGN);
    else if (strcmp(name, "block") == 0) block_signals();
    else if (strcmp(name, "close") == 0) close_inherited();
    else abort();
}

/* Each row must be ended by a byte that may be written. */
static size_t spend(void *data, size_t size)
{
    if (((char *)data)[size] != 0)
        abort();
    memset(data, 1, size + 1);
    return size;
}

static int count_row(void *user, void *frame, size_t size)
{
    int *rows = (int *)user;
    spend(frame, size);
    return ++*rows == stop_at;
}

static void print_text(const char *what, const char *text)
{
    if (text != NULL)
        printf("%s: %s%s", what, text, text[0] != 0 && text[strlen(text) - 1] == '\n' ? "" : "\n");
}

static void run_list(void)
{
    vol_ll_node *list = vol_run_list(&options, command, image, profile), *n;
    size_t rows = 0, bytes = 0;
    for (n = list; n != NULL; n = n->next_ptr) {
        rows++;
        bytes += spend(n->data_ptr, n->data_size);
    }
    vol_free_list(list);
    printf("%zu rows, %zu bytes\n", rows, bytes);
}

static void run_rows(void)
{
    int rows = 0, status = vol_run(&options, command, image, profile, count_row, &rows);
    printf("status %d, %d rows\n", status, rows);
}

static void *run_often(void *bad)
{
    int i;
    for (i = 0; i < 5; i++) {
        vol_ll_node *list = vol_run_list(&options, command, image, profile);
        if (list == NULL || vol_last_error() != NULL)
            *(int *)bad = 1;
        vol_free_list(list);
    }
    return NULL;
}

static void run_threads(void)
{
    pthread_t t[16];
    int i, bad[16] = {0}, sum = 0;
    for (i = 0; i < threads; i++)
        pthread_create(&t[i], NULL, run_often, &bad[i]);
    for (i = 0; i < threads; i++) {
        pthread_join(t[i], NULL);
        sum += bad[i];
    }
    printf("%d of %d threads failed\n", sum, threads);
}

int main(int argc, char **argv)
{
    int i, before;
    for (i = 1; i < argc; i++) {
        char *value = strchr(argv[i], '=');
        *value = 0;
        option(argv[i], value + 1);
    }
    before = open_descriptors();
    if (threads > 1)
        run_threads();
    else if (stop_at != 0)
        run_rows();
    else
        run_list();
    print_text("error", vol_last_error());
    print_text("warnings", vol_last_warnings());
    vol_close_idle();
    if (open_descriptors() != before)
        printf("%d descriptors left\n", open_descriptors() - before);
    if (waitpid(-1, NULL, WNOHANG) >= 0)
        printf("a child left\n");
    return 0;
}
