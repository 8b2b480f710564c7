/* Plays volint and says in its error which signals it got ignored or blocked. It
 * is C because a shell or a Go program sets them anew before it could look.
 */
#define _POSIX_C_SOURCE 200809L

#include <signal.h>
#include <stdio.h>

static void look(const char *name, int number)
{
    struct sigaction action;
    sigset_t blocked;
    sigaction(number, NULL, &action);
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    fprintf(stderr, "%s %s, ", name, action.sa_handler == SIG_IGN ? "ignored" : "default");
    fprintf(stderr, "%s; ", sigismember(&blocked, number) ? "blocked" : "open");
}

int main(void)
{
    fputs("error: ", stderr);
    look("CHLD", SIGCHLD);
    look("PIPE", SIGPIPE);
    fputs("\n", stderr);
    return 1;
}
