/* volatility_interface.h - Volatility's results for a C or C++ program.
 *
 * vol_run_cmd() runs one command of Volatility on a memory image or on the
 * socket of a running machine and returns its rows: a list of protobuf
 * messages, to be unpacked by protobuf-c or by the decoders that
 * protoc-gen-volrender writes (see volint.h).
 *
 * Build volint.c with the program; no other library is needed. At run time it
 * starts the `volint` binary: no shell, no temporary file, rows over a pipe.
 *
 * Where things are comes from vol_options or, for what is NULL there, from the
 * environment:
 *   VOLINT_BIN         the volint binary; else `volint` on the PATH
 *   VOLINT_PYTHON      the Python that has Volatility
 *   VOLINT_VOLATILITY  2 or 3
 *   VOLINT_PLUGINS     a folder of plugins and profiles
 *   VOLINT_SYMBOLS     a folder of symbol files, for Volatility 3
 *
 * Every function may be called from several threads at once. No signal handler
 * is set and none is relied on: a program that ignores SIGCHLD, or that waits
 * for all its children elsewhere, gets the same results.
 */
#ifndef VOLATILITY_INTERFACE_H
#define VOLATILITY_INTERFACE_H

#include <stddef.h>

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
    unsigned timeout;       /* seconds until the command is ended; 0 means never */
    int strict;             /* not 0: a column that the plugin lacks is an error */
} vol_options;

/* Runs command on the memory at unix_socket, which may be a socket or a dump,
 * and returns the rows in order; free them with vol_free_list().
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

#ifdef __cplusplus
}
#endif

#endif
