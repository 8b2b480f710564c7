/* volatility_interface.h - Volatility's results for a C or C++ program.
 *
 * vol_run_cmd() runs one command of Volatility on a memory image or on the
 * socket of a running machine and returns its rows: a list of protobuf
 * messages, to be unpacked by protobuf-c or by the decoders that
 * protoc-gen-volrender writes (see volint.h).
 *
 * Build volint.c with the program; no other library is needed. At run time it
 * starts the `volint` binary: no shell, no temporary file, rows over a pipe.
 * volint keeps Volatility loaded and the kernel found, so that the first command
 * on some memory takes seconds and each one after it takes milliseconds; memory
 * of a running machine is read afresh by each.
 *
 *   vol_session *session = vol_open(NULL, "mem.lime", NULL);
 *   vol_rows *rows = vol_start(session, "linux_pslist");
 *   void *frame;
 *   size_t size;
 *   vol_result result;
 *   while (vol_next(rows, &frame, &size) > 0)
 *       ..._decode_inplace(&task, frame, size);
 *   if (vol_end(rows, &result) != 0)
 *       fputs(result.error, stderr);
 *   vol_close(session);
 *
 * vol_run, vol_run_list and vol_run_cmd do the same on sessions that they keep.
 *
 * Where things are comes from vol_options or, for what is NULL there, from the
 * environment:
 *   VOLINT_BIN         the volint binary; else `volint` on the PATH
 *   VOLINT_PYTHON      the Python that has Volatility
 *   VOLINT_VOLATILITY  2 or 3
 *   VOLINT_PLUGINS     a folder of plugins and profiles
 *   VOLINT_SYMBOLS     a folder of symbol files, for Volatility 3
 *
 * Threads: every function may be called from several threads at once, several
 * commands may run side by side on one session, and each has a vol_rows of its
 * own, which is for one thread at a time (but for vol_cancel).
 *
 * Processes: no signal handler is set and none is relied on. A program that ignores
 * SIGCHLD or SIGPIPE, or that waits for all its children elsewhere, gets the same
 * results: volint is a child only while it starts, in the first command of a
 * session. It ends when the program does, however that is, and no descriptor is left
 * open in other programs that this one starts. After fork() the child may use a
 * session, which starts another volint for it, and may end or close what it
 * inherited, which does not disturb the parent.
 */
#ifndef VOLATILITY_INTERFACE_H
#define VOLATILITY_INTERFACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row: data_size bytes at data_ptr, one protobuf message. The byte after
 * them, data_ptr[data_size], is 0 and may be written, so that a generated
 * ..._decode_inplace() can be used on it.
 */
struct _vol_ll_node {
    size_t data_size;
    void *data_ptr;
    struct _vol_ll_node *next_ptr;
};
typedef struct _vol_ll_node vol_ll_node;

/* Where Volatility is and how it runs. All zero means the defaults. */
typedef struct vol_options {
    const char *volint;     /* the volint binary */
    const char *python;     /* the Python that has Volatility */
    const char *volatility; /* "2" or "3"; NULL: by the profile, see below */
    const char *plugins;    /* a folder of plugins and profiles */
    const char *symbols;    /* a folder of symbol files */
    size_t frame_limit;     /* the largest row in bytes; 0 means 64 MiB */
    unsigned timeout;       /* seconds until a command is ended; 0 means never */
    int strict;             /* not 0: a column that the plugin lacks is an error */
} vol_options;

/* ---- sessions ---- */

/* Volatility on one memory: a process of volint's, and below it one that has
 * Volatility loaded. */
typedef struct vol_session vol_session;

/* A command that runs, and its rows. */
typedef struct vol_rows vol_rows;

/* How a command went. */
typedef struct vol_result {
    uint64_t rows;        /* that vol_next gave */
    int whole;            /* not 0: they are all there are */
    int complete;         /* not 0: whole, and no column or value was missing in them */
    const char *error;    /* why they are not whole, as vol_last_error() says it; or NULL */
    const char *warnings; /* as vol_last_warnings() says them; or NULL */
} vol_result;

/* Opens a session on memory: a dump, a socket, or another location that `volint run -f`
 * takes. A profile means Volatility 2; NULL or "" means Volatility 3.
 * VOLINT_VOLATILITY and options override that, and a profile is then not used by
 * Volatility 3.
 *
 * Nothing is started before the first command, so that the memory may come later. NULL
 * is a failure, with the reason in vol_last_error(). All that the parameters point to
 * may go after the call.
 *
 * A dump must not be written to while a session is open on it: open another then. Of a
 * socket the memory may change at any time.
 */
vol_session *vol_open(const vol_options *options, const char *memory, const char *profile);

/* Starts a command, with options of its own, split at white space: "linux_pslist -p 1".
 * It runs while the caller does something else, until pipes are full. NULL is a
 * failure, with the reason in vol_last_error(). Where the session's volint had ended,
 * another is started.
 */
vol_rows *vol_start(vol_session *session, const char *command);

/* Gives the next row: 1, and frame and size are set. 0 is the end, and all rows have
 * arrived. -1 is a failure, with the reason in vol_last_error(); rows given before are
 * then a part. It stays so in later calls.
 *
 * The frame is the caller's to write, frame[size] too, which is 0, until the next call
 * of vol_next or vol_end with these rows. NULL for rows gives -1, and leaves the reason
 * that vol_start gave.
 */
int vol_next(vol_rows *rows, void **frame, size_t *size);

/* Ends the command at once if it still runs, and frees the rows. Returns 0 where all
 * rows had arrived and vol_next had said so, else -1; result, unless it is NULL, says
 * more. Its texts are valid until this thread's next run. NULL for rows is fine: -1.
 */
int vol_end(vol_rows *rows, vol_result *result);

/* Ends the command at once, from any thread: vol_next, which another thread may wait
 * in, gives -1. vol_end must not be called before this returns.
 */
void vol_cancel(vol_rows *rows);

/* Runs a command to its end and returns its rows as a list, or NULL: see vol_run_cmd. */
vol_ll_node *vol_list(vol_session *session, const char *command);

/* Ends the session with all that still runs on it, and returns when volint has ended:
 * in milliseconds mostly, in 3 seconds at the latest. Rows that are left give what has
 * arrived and then fail; they are still to be freed by vol_end. NULL is fine. No other
 * thread may use the session in or after this call.
 */
void vol_close(vol_session *session);

/* ---- commands without a session ---- */

/* Runs command on the memory at unix_socket, which may be a socket or a dump,
 * and returns the rows in order; free them with vol_free_list().
 *
 * The session is kept, and used again by calls with the same memory, profile and
 * options (timeout and frame_limit apart) and the same environment, also side by side:
 * calling this at a hundred checkpoints costs one start. A dump that was written to or
 * replaced gets another session. Four sessions that nobody uses are kept at most, for
 * five minutes (VOLINT_IDLE_SESSIONS and VOLINT_IDLE_SECONDS, when volint.c is
 * compiled); vol_close_idle() ends them.
 *
 * command may carry options of its own, split at white space:
 * "linux_pslist -p 1". A profile means Volatility 2; NULL or "" means
 * Volatility 3. VOLINT_VOLATILITY overrides that, and a profile is then not
 * used by Volatility 3.
 *
 * NULL means failure, or no rows: vol_last_error() tells which. Where anything
 * fails there is no list at all, so that part of a result never looks like the
 * whole.
 */
vol_ll_node *vol_run_cmd(const char *command, const char *unix_socket,
                         const char *profile);

/* The same with options; NULL stands for the defaults. */
vol_ll_node *vol_run_list(const vol_options *options, const char *command,
                          const char *unix_socket, const char *profile);

/* Called for each row as it arrives. The frame is the callee's to write,
 * frame[size] too, until it returns. A result other than 0 ends the command.
 */
typedef int (*vol_row_fn)(void *user, void *frame, size_t size);

/* Runs a command and gives each row to row_fn, in the calling thread; memory
 * stays bounded by the largest row. Returns 0 when all rows arrived, else -1
 * with the reason in vol_last_error(): rows given before are then a part.
 */
int vol_run(const vol_options *options, const char *command,
            const char *unix_socket, const char *profile, vol_row_fn row_fn,
            void *user);

/* Ends the sessions that are kept and that no call uses now, and returns when they have
 * ended. A program's end does the same; what is unloaded from a program that goes on,
 * as a plug-in is, calls this.
 */
void vol_close_idle(void);

/* Frees a list with its rows. NULL is fine. */
void vol_free_list(vol_ll_node *list);

/* Why the last run of this thread failed: a line `error: ...`, mostly a line
 * `hint: ...` that says what to do, then whatever else was said. NULL when it
 * did not fail. Valid until this thread's next run.
 */
const char *vol_last_error(void);

/* Warnings of this thread's last run, a line `warning: ...` each (a column that
 * the installed plugin does not have, values that could not be written), or
 * NULL. The rows are whole, but some of their fields may be unset. Valid until
 * this thread's next run.
 */
const char *vol_last_warnings(void);

/* ---- memory that the program has: see volatility_memory.h ---- */

/* The functions of a server of memory, which is called in the thread that waits. */
typedef struct vol_server {
    int (*fd)(void *server);                 /* can be read when there is something to do */
    void (*poll)(void *server);              /* does it, without waiting */
    int (*add)(void *server, int connected); /* takes a connection; 0 is a failure */
    void (*close)(void *server);
} vol_server;

/* Opens a session on what the server serves, which is then the session's, also where
 * this fails. Without a server error says why there is none. */
vol_session *vol_open_server(const vol_options *options, const char *name, const char *profile,
                             const vol_server *functions, void *server, const char *error);

/* The server of a session; NULL where it has none. */
void *vol_server_of(const vol_session *session);

#ifdef __cplusplus
}
#endif

#endif
