/* Tries what sessions promise, against a fake volint, for session_test.go: the first
 * argument says what. A command is the name of a fake there. It prints what comes of it.
 */
#define _GNU_SOURCE

#include "volatility_interface.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *folder; /* for files */

static void must(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "%s\n%s", what, vol_last_error() == NULL ? "" : vol_last_error());
    abort();
}

static vol_session *open_session(void)
{
    vol_session *s = vol_open(NULL, "/image", NULL);
    must(s != NULL, "no session");
    return s;
}

static vol_rows *start(vol_session *s, const char *command)
{
    vol_rows *rows = vol_start(s, command);
    must(rows != NULL, command);
    return rows;
}

/* The number of the volint that the only row of a list tells. */
static pid_t pid_of(vol_ll_node *list)
{
    pid_t pid;
    must(list != NULL && list->next_ptr == NULL, "not one row");
    pid = (pid_t)atol((char *)list->data_ptr);
    vol_free_list(list);
    return pid;
}

static pid_t volint_of(vol_session *s) { return pid_of(vol_list(s, "pid")); }

static pid_t run_pid(const vol_options *o, const char *image, const char *profile)
{
    return pid_of(vol_run_list(o, "pid", image, profile));
}

static void pause_ms(long ms)
{
    struct timespec t;
    t.tv_sec = ms / 1000;
    t.tv_nsec = ms % 1000 * 1000000;
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

/* Whether a process ends, within 20 seconds. */
static int ends(pid_t pid)
{
    int i;
    for (i = 0; i < 2000; i++) {
        if (kill(pid, 0) != 0 && errno == ESRCH)
            return 1;
        pause_ms(10);
    }
    return 0;
}

static void print_end(vol_rows *rows)
{
    vol_result r;
    int status = vol_end(rows, &r);
    printf("status %d, %lu rows, whole %d, complete %d\n", status, (unsigned long)r.rows, r.whole, r.complete);
    if (r.error != NULL)
        printf("%s", r.error);
    if (r.warnings != NULL)
        printf("%s", r.warnings);
}

/* Takes all rows, spends each, and prints how it ended. */
static void drain(vol_rows *rows)
{
    void *frame;
    size_t size;
    int status;
    while ((status = vol_next(rows, &frame, &size)) > 0) {
        must(((char *)frame)[size] == 0, "no byte behind the row");
        memset(frame, 'x', size + 1);
    }
    must(vol_next(rows, &frame, &size) == status && frame == NULL && size == 0, "another end");
    printf("next %d, ", status);
    print_end(rows);
}

static void ends_of_commands(void)
{
    static const char *const commands[] = {"good", "empty", "lacks", "fails", "dies", "good", "panics", "gives_more"};
    vol_session *s = open_session();
    size_t i;
    for (i = 0; i < sizeof commands / sizeof commands[0]; i++)
        drain(start(s, commands[i]));
    must(vol_start(s, " ") == NULL, "no command, and rows");
    printf("%s", vol_last_error());
    drain(vol_start(s, ""));
    must(vol_list(NULL, "good") == NULL, "no session, and rows");
    printf("%s", vol_last_error());
    vol_close(s);
    vol_close(NULL);
    must(vol_open(NULL, "", NULL) == NULL, "no memory, and a session");
    printf("%s", vol_last_error());
}

/* Two commands on one session, whose rows are taken in turn. */
static void side_by_side(void)
{
    vol_session *s = open_session();
    vol_rows *a = start(s, "slow"), *b = start(s, "many");
    void *frame;
    size_t size;
    int i;
    for (i = 0; i < 50; i++)
        must(vol_next(a, &frame, &size) == 1 && vol_next(b, &frame, &size) == 1, "no row");
    drain(b);
    drain(a);
    vol_close(s);
}

static void *run_often(void *opened)
{
    int i;
    for (i = 0; i < 10; i++) {
        vol_ll_node *list = opened == NULL ? vol_run_cmd(i % 2 ? "many" : "good", "/image", NULL)
                                           : vol_list((vol_session *)opened, i % 2 ? "many" : "good");
        must(list != NULL, "a run failed");
        vol_free_list(list);
        must(vol_run_cmd("fails", "/image", NULL) == NULL, "a run did not fail");
        must(strncmp(vol_last_error(), "error: there are no symbols", 27) == 0, "another error");
    }
    return NULL;
}

static void in_threads(void)
{
    vol_session *s = open_session();
    pthread_t t[8];
    int i;
    for (i = 0; i < 8; i++)
        must(pthread_create(&t[i], NULL, run_often, i % 2 ? s : NULL) == 0, "no thread");
    for (i = 0; i < 8; i++)
        pthread_join(t[i], NULL);
    vol_close(s);
    printf("well\n");
}

static void *cancel(void *rows)
{
    pause_ms(50);
    vol_cancel((vol_rows *)rows);
    return NULL;
}

static void cancelled(void)
{
    vol_session *s = open_session();
    vol_rows *rows = start(s, "hangs");
    pthread_t t;
    must(pthread_create(&t, NULL, cancel, rows) == 0, "no thread");
    while (pthread_join(t, NULL) != 0)
        ;
    drain(rows);
    rows = start(s, "hangs");
    must(pthread_create(&t, NULL, cancel, rows) == 0, "no thread");
    {
        void *frame;
        size_t size;
        while (vol_next(rows, &frame, &size) > 0)
            ;
    }
    pthread_join(t, NULL);
    drain(rows);
    drain(start(s, "good"));
    vol_close(s);
}

/* Who leaves early ends the command alone. */
static void left_early(void)
{
    vol_session *s = open_session();
    pid_t pid = volint_of(s);
    void *frame;
    size_t size;
    vol_rows *rows = start(s, "hangs");
    must(vol_next(rows, &frame, &size) == 1, "no row");
    print_end(rows);
    rows = start(s, "many");
    must(vol_next(rows, &frame, &size) == 1, "no row");
    print_end(rows);
    print_end(start(s, "good"));
    must(volint_of(s) == pid, "another volint");
    vol_close(s);
}

/* A volint that was killed is replaced, and what it ran is an error. */
static void killed(void)
{
    vol_session *s = open_session();
    void *frame;
    size_t size;
    vol_rows *rows, *other;
    pid_t first = volint_of(s), second;
    kill(first, SIGKILL);
    must(ends(first), "it was killed");
    second = volint_of(s);
    must(first != second, "the same volint");
    rows = start(s, "hangs");
    other = start(s, "hangs");
    must(vol_next(rows, &frame, &size) == 1 && vol_next(other, &frame, &size) == 1, "no row");
    kill(second, SIGKILL);
    drain(rows);
    must(ends(second), "it was killed");
    must(volint_of(s) != second, "the same volint");
    drain(other);
    drain(start(s, "good"));
    vol_close(s);
}

/* Stops a process and waits until all its threads stand. */
static void stop(pid_t pid)
{
    char path[64], state = 0;
    kill(pid, SIGSTOP);
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    while (state != 'T') {
        FILE *f = fopen(path, "r");
        must(f != NULL && fscanf(f, "%*d %*s %c", &state) == 1, path);
        fclose(f);
    }
}

/* A volint that is stopped neither hangs its program nor outlives it. */
static void stopped(void)
{
    vol_options o;
    vol_session *s;
    pid_t pid;
    memset(&o, 0, sizeof o);
    o.timeout = 10; /* for the first command, too */
    s = vol_open(&o, "/image", NULL);
    pid = volint_of(s);
    stop(pid);
    drain(start(s, "good"));
    vol_close(s);
    printf("ends %d\n", ends(pid));
}

static void print_status(pid_t child)
{
    int status = 0;
    pid_t p;
    do
        p = waitpid(child, &status, 0);
    while (p < 0 && errno == EINTR);
    printf("child %s\n", p == child && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "well" : "failed");
}

/* A child has volints of its own, and does not disturb its parent's. */
static void forked(void)
{
    vol_session *s = open_session();
    pid_t pid = volint_of(s), kept = run_pid(NULL, "/image", NULL), child, in_child;
    vol_rows *rows = start(s, "slow");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        void *frame;
        size_t size;
        must(vol_next(rows, &frame, &size) == -1 && vol_last_error() != NULL, "the parent's rows");
        must(vol_end(rows, NULL) == -1, "the parent's end");
        in_child = volint_of(s);
        must(in_child != pid && run_pid(NULL, "/image", NULL) != kept, "the parent's volint");
        vol_close(s);
        vol_close_idle();
        must(ends(in_child), "the child's volint");
        exit(0);
    }
    print_status(child);
    must(volint_of(s) == pid && run_pid(NULL, "/image", NULL) == kept, "another volint");
    drain(rows);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        vol_close(s);
        exit(0);
    }
    print_status(child);
    must(volint_of(s) == pid, "another volint");
    vol_close(s);
}

/* Sessions end with their program, though a child of it has all that it had open. */
static void with_a_child(void)
{
    vol_session *s = open_session();
    pid_t pid = volint_of(s), child;
    vol_rows *rows = start(s, "hangs");
    fflush(stdout);
    child = fork();
    if (child == 0) {
        pause();
        _exit(1);
    }
    print_end(rows); /* though the child could still read its pipes */
    vol_close(s);
    printf("ends %d\n", ends(pid));
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    /* A program in the middle of a command, whose child lives on, is killed. */
    fflush(stdout);
    child = fork();
    if (child == 0) {
        pid_t other;
        must((other = run_pid(NULL, "/image", NULL)) > 0, "no volint");
        (void)start(open_session(), "hangs");
        printf("%ld\n", (long)other);
        fflush(stdout);
        if (fork() == 0) {
            pause_ms(3000);
            _exit(0);
        }
        kill(getpid(), SIGKILL);
    }
    waitpid(child, NULL, 0);
}

/* Many threads are in the middle of everything while one forks. */
static int busy;

static void *be_busy(void *unused)
{
    (void)unused;
    while (__atomic_load_n(&busy, __ATOMIC_ACQUIRE))
        vol_free_list(vol_run_cmd("good", "/image", NULL));
    return NULL;
}

static void forked_in_threads(void)
{
    pthread_t t[4];
    int i, good = 0;
    __atomic_store_n(&busy, 1, __ATOMIC_RELEASE);
    for (i = 0; i < 4; i++)
        pthread_create(&t[i], NULL, be_busy, NULL);
    for (i = 0; i < 20; i++) {
        int status = 1;
        pid_t child = fork();
        if (child == 0) {
            vol_ll_node *list = vol_run_cmd("good", "/image", NULL);
            _exit(list == NULL);
        }
        waitpid(child, &status, 0);
        good += status == 0;
    }
    __atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
    for (i = 0; i < 4; i++)
        pthread_join(t[i], NULL);
    vol_close_idle();
    printf("%d children well\n", good);
}

static void touch(const char *path, const char *content)
{
    FILE *f = fopen(path, "w");
    must(f != NULL && fputs(content, f) >= 0 && fclose(f) == 0, path);
}

/* What is the same session, and what is another. */
static void keys(void)
{
    vol_options o;
    char path[1000], link[1000];
    pid_t pid = run_pid(NULL, "/image", NULL), first;
    memset(&o, 0, sizeof o);
    o.timeout = 60;
    o.frame_limit = 1000;
    printf("same:");
    printf(" again %d", run_pid(NULL, "/image", NULL) == pid);
    printf(" empty-profile %d", run_pid(NULL, "/image", "") == pid);
    printf(" limits %d\nother:", run_pid(&o, "/image", NULL) == pid);
    printf(" memory %d", run_pid(NULL, "/image2", NULL) != pid);
    printf(" profile %d", run_pid(NULL, "/image", "LinuxX") != pid);
    o.strict = 1;
    printf(" strict %d", run_pid(&o, "/image", NULL) != pid);
    vol_close_idle();
    pid = run_pid(NULL, "/image", NULL);
    setenv("VOLINT_SYMBOLS", "/symbols", 1);
    printf(" environment %d", run_pid(NULL, "/image", NULL) != pid);
    snprintf(path, sizeof path, "%s/dump", folder);
    snprintf(link, sizeof link, "lime:%s/dump", folder);
    touch(path, "one");
    first = run_pid(NULL, path, NULL);
    printf(" format %d", run_pid(NULL, link, NULL) != first);
    must(run_pid(NULL, path, NULL) == first, "the same file, and another session");
    touch(path, "three");
    printf(" written %d", (pid = run_pid(NULL, path, NULL)) != first);
    must(remove(path) == 0, "it can't be removed");
    touch(path, "three");
    printf(" replaced %d", run_pid(NULL, path, NULL) != pid);
    must(chdir("/") == 0, "no folder");
    first = run_pid(NULL, "image", NULL);
    must(chdir(folder) == 0, "no folder");
    printf(" folder %d\n", run_pid(NULL, "image", NULL) != first);
    vol_close_idle();
}

/* Of sessions that nobody uses some are kept, for some time. */
static void idle(void)
{
    pid_t pid[4];
    char image[20];
    int i;
    for (i = 0; i < 4; i++) {
        snprintf(image, sizeof image, "/image%d", i);
        pid[i] = run_pid(NULL, image, NULL);
    }
    printf("too many: %d %d\n", ends(pid[0]), ends(pid[1]));
    printf("too old: %d %d\n", ends(pid[2]), ends(pid[3]));
    printf("again: %d\n", run_pid(NULL, "/image3", NULL) != pid[3]);
    vol_close_idle();
}

/* Rows outlive their session, and fail. */
static void closed_before_the_end(void)
{
    vol_session *s = open_session();
    vol_rows *a = start(s, "hangs"), *b = start(s, "hangs");
    void *frame;
    size_t size;
    must(vol_next(a, &frame, &size) == 1 && vol_next(b, &frame, &size) == 1, "no row");
    vol_close(s);
    drain(a);
    drain(b);
}

static int nested_row(void *user, void *frame, size_t size)
{
    int *rows = (int *)user;
    vol_ll_node *list = vol_run_cmd("good", "/image", NULL);
    (void)frame;
    (void)size;
    must(list != NULL, "no rows in a row");
    vol_free_list(list);
    return ++*rows == 0;
}

static void nested(void)
{
    int rows = 0, status = vol_run(NULL, "slow", "/image", NULL, nested_row, &rows);
    printf("status %d, %d rows\n", status, rows);
    vol_close_idle();
}

static void on_alarm(int number) { (void)number; }

/* Every call of the system is interrupted by signals. */
static void interrupted(void)
{
    struct sigaction action;
    struct itimerval often;
    vol_session *s;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
    memset(&often, 0, sizeof often);
    often.it_interval.tv_usec = often.it_value.tv_usec = 300;
    setitimer(ITIMER_REAL, &often, NULL);
    s = open_session();
    drain(start(s, "many"));
    drain(start(s, "slow"));
    drain(start(s, "big"));
    vol_close(s);
    memset(&often, 0, sizeof often);
    setitimer(ITIMER_REAL, &often, NULL);
}

/* A program that waits for whatever child it has waits for none of these. */
static void waits_for_all(void)
{
    vol_session *s = open_session();
    drain(start(s, "good"));
    printf("wait %d\n", wait(NULL) == -1 && errno == ECHILD);
    vol_close(s);
}

/* A program that is the parent of all orphans, as in a container, has no zombie. */
static void parent_of_orphans(void)
{
    vol_session *s = open_session();
    pid_t pid;
    must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0, "not the parent");
    pid = volint_of(s);
    kill(pid, SIGKILL);
    do { /* another is started when that one is seen to have ended, and then waited for */
        vol_ll_node *list = vol_list(s, "good");
        vol_free_list(list);
    } while (kill(pid, 0) == 0);
    drain(start(s, "good"));
    vol_close(s);
    printf("wait %d\n", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD);
}

/* With few descriptors left a run fails or is whole, and leaves none open. */
static void too_many_files(void)
{
    int taken[200], n = 0, free_ones, whole = 0;
    struct rlimit few;
    few.rlim_cur = few.rlim_max = 100;
    must(setrlimit(RLIMIT_NOFILE, &few) == 0, "no limit");
    while ((taken[n] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        n++;
    for (free_ones = 0; free_ones < 16; free_ones++) {
        int left = 0;
        vol_ll_node *list = vol_run_cmd("good", "/image", NULL);
        must(list != NULL || strstr(vol_last_error(), "too many files are open") != NULL, "another error");
        whole += list != NULL;
        vol_free_list(list);
        vol_close_idle();
        while ((taken[n] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0) {
            n++;
            left++;
        }
        must(left == free_ones, "descriptors are left open");
        while (left-- >= 0)
            close(taken[--n]);
    }
    printf("%d\n", whole > 0 && whole < free_ones);
}

/* ---- with a real volint, on the image that the environment names ---- */

static void close_from_to(int fd, int last)
{
    for (; fd <= last; fd++)
        close(fd);
}

/* A socket that the program leaves to its children is not held open by a session, also
 * where it has the number of one that volint looks for. */
static void hands_nothing_down(void)
{
    vol_session *s = vol_open(NULL, getenv("IMAGE"), NULL);
    int fd[2];
    char byte;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0, "no sockets");
    fd[0] = fcntl(fd[0], F_DUPFD, 20);
    fd[1] = fcntl(fd[1], F_DUPFD, 30);
    close_from_to(3, 19);
    must(dup2(fd[1], 4) == 4, "no descriptor 4");
    drain(start(s, "linux_pslist"));
    close(fd[1]);
    close(4);
    printf("read %ld\n", (long)read(fd[0], &byte, 1));
    vol_close(s);
}

/* Commands one after the other, until the standard input ends; one more then, whose
 * end says whether all is well again. */
static void runs_on(void)
{
    vol_session *s = vol_open(NULL, getenv("IMAGE"), NULL);
    char byte;
    ssize_t more;
    fcntl(0, F_SETFL, O_NONBLOCK);
    do {
        vol_rows *rows;
        void *frame;
        size_t size;
        vol_result r;
        more = read(0, &byte, 1);
        rows = vol_start(s, "linux_pslist");
        while (vol_next(rows, &frame, &size) > 0)
            ;
        if (vol_end(rows, &r) == 0)
            printf("ok %lu\n", (unsigned long)r.rows);
        else
            printf("%.*s\n", (int)strcspn(r.error, "\n"), r.error);
        fflush(stdout);
    } while (more < 0);
    vol_close(s);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } all[] = {
        {"ends", ends_of_commands}, {"side by side", side_by_side}, {"threads", in_threads}, {"cancelled", cancelled},
        {"left early", left_early}, {"killed", killed}, {"stopped", stopped}, {"forked", forked}, {"with a child", with_a_child},
        {"forked in threads", forked_in_threads}, {"keys", keys}, {"idle", idle}, {"closed", closed_before_the_end},
        {"nested", nested}, {"interrupted", interrupted}, {"waits for all", waits_for_all},
        {"parent of orphans", parent_of_orphans}, {"too many files", too_many_files},
        {"hands nothing down", hands_nothing_down}, {"runs on", runs_on},
    };
    size_t i;
    must(argc == 3, "usage: session NAME FOLDER");
    folder = argv[2];
    alarm(300);
    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(argv[1], all[i].name) == 0)
            all[i].run();
    vol_close_idle();
    return 0;
}
