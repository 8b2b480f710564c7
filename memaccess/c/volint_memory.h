/* volint_memory.h - a machine's memory on a UNIX socket: client and server.
 *
 * This header and volint_memory.c are whole: C99, also C++11 and later, no
 * library but the system's. docs/memory-protocol.md has the protocol.
 *
 * A server, in an emulator or a plug-in of one:
 *
 *   volint_mem_host host;
 *   memset(&host, 0, sizeof host);
 *   host.opaque = machine;
 *   host.read = read_memory;
 *   host.runs = runs;                        (where memory is)
 *   host.run_count = 2;
 *   server = volint_mem_server_open("/tmp/pmem", &host, NULL, &error);
 *   if (server == NULL)
 *       ...error.message
 *
 * and then one of two ways to run it:
 *
 *   threaded   volint_mem_server_start(server, &error)
 *              Each client has a thread, in which the callbacks run: several may
 *              run at once, beside the caller's own threads.
 *   pumped     volint_mem_server_poll(server, 0)
 *              answers what has been asked, in the calling thread, and returns.
 *              volint_mem_server_fd(server) can be read, for poll(2) or the host's
 *              main loop, when there is something to do. No thread is made.
 *
 * A callback must not wait for a lock whose holder waits for a client: an emulator
 * that runs a command under its lock, a command that reads memory by this server,
 * and whose read callback takes that lock, stands still for ever. Such a host pumps:
 * while it waits it calls volint_mem_server_wait, the callbacks run in its own
 * thread, under the lock that this thread holds, and take none.
 *
 * A client:
 *
 *   volint_mem_client *memory = volint_mem_open("/tmp/pmem", NULL, &error);
 *   if (memory == NULL)
 *       ...error.message
 *   if (volint_mem_read(memory, 0x1000, page, sizeof page, &error) != VOLINT_MEM_OK)
 *       ...error.message
 *   volint_mem_close(memory);
 *
 * Nothing is kept in variables of the program, no signal's handling is changed, and
 * SIGPIPE never comes of these functions. Every descriptor is closed when another
 * program is executed. After fork() the child may only close what its parent
 * opened, which does not disturb the parent.
 */
#ifndef VOLINT_MEMORY_H
#define VOLINT_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#if defined(__GNUC__)
#define VOLINT_MEM_MUST_CHECK __attribute__((warn_unused_result))
#else
#define VOLINT_MEM_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- results ---- */

typedef enum volint_mem_status {
    VOLINT_MEM_OK = 0,
    VOLINT_MEM_ERR_MEMORY,     /* memory can't be read or written at error.address */
    VOLINT_MEM_ERR_UNABLE,     /* the server does not do that, or refuses to */
    VOLINT_MEM_ERR_TIMEOUT,    /* the server did not answer in time */
    VOLINT_MEM_ERR_CLOSED,     /* the server closed the connection, or it is of no more use */
    VOLINT_MEM_ERR_PROTOCOL,   /* the server's answer makes no sense */
    VOLINT_MEM_ERR_PATH,       /* no path for a socket, or something else is there */
    VOLINT_MEM_ERR_ARGUMENT,   /* the caller asks for what there can't be */
    VOLINT_MEM_ERR_SYSTEM      /* a call of the system failed: error.number is its errno */
} volint_mem_status;

/* Why something failed. Functions that take one write it only when they fail; NULL
 * is fine. */
typedef struct volint_mem_error {
    volint_mem_status status;
    int number;        /* an errno, or 0 */
    uint64_t address;  /* of VOLINT_MEM_ERR_MEMORY: the range's first byte */
    char message[256]; /* a sentence without a full stop, for people */
} volint_mem_error;

/* A stretch of guest-physical memory. */
typedef struct volint_mem_run {
    uint64_t start, length; /* in bytes */
} volint_mem_run;

/* The most bytes that a socket's path can have. */
#define VOLINT_MEM_PATH 107

/* ---- client ---- */

typedef struct volint_mem_client volint_mem_client;

/* How a client works. All zero means the defaults. */
typedef struct volint_mem_client_options {
    unsigned timeout;    /* milliseconds that the server may be silent while it owes an
                          * answer; 0 means 60000 */
    bool no_descriptors; /* ask the server for all memory */
    bool no_mapping;     /* pread(2) what the server passes, in place of mmap(2). A dump
                          * that is cut short while it is mapped ends the program with
                          * SIGBUS, as any mapped file does */
} volint_mem_client_options;

enum {
    VOLINT_MEM_VECTORED = 1,   /* volint_mem_read_many is one request */
    VOLINT_MEM_DESCRIPTOR = 2, /* memory lies in files that the server passes */
    VOLINT_MEM_PAUSE = 4,      /* the guest can be stopped */
    VOLINT_MEM_WRITABLE = 8,
    VOLINT_MEM_LIVE = 16       /* the guest may be running: no byte stays what it was */
};

/* What a server says of itself and of its memory. */
typedef struct volint_mem_about {
    bool original;      /* it says nothing: the rest is 0 */
    uint32_t features;  /* VOLINT_MEM_VECTORED, ... */
    uint64_t longest;   /* the longest request, in bytes */
    const volint_mem_run *runs; /* by address */
    size_t run_count;
    uint64_t process;   /* of a live guest: the process that it runs in, on that machine */
    uint64_t started;   /* and when that was started, as the system counts */
    const char *image;  /* of a dump: the same for the same bytes; "" is unknown */
    const char *name;   /* for people */
    const char *change; /* what made the memory another's since the client connected: "the
                         * guest was reset"; "" for nothing. volint_mem_refresh asks anew */
} volint_mem_about;

/* A part of memory, for volint_mem_read_many. */
typedef struct volint_mem_range {
    uint64_t address;
    void *buffer;
    size_t length;
    bool ok;  /* set by the read: whether all of it was read. Else the buffer is zeros */
} volint_mem_range;

/* Connects to a server, volint's or an original one. NULL is a failure. A client is
 * for one thread at a time; a program may have any number of them.
 */
VOLINT_MEM_MUST_CHECK volint_mem_client *volint_mem_open(const char *path, const volint_mem_client_options *options,
                                                         volint_mem_error *error);

/* The same by a socket that is connected, which the client then owns; on failure
 * it stays the caller's. */
VOLINT_MEM_MUST_CHECK volint_mem_client *volint_mem_open_socket(int connected, const volint_mem_client_options *options,
                                                                volint_mem_error *error);

/* Leaves the server and frees the client with all that it gave. NULL is fine. */
void volint_mem_close(volint_mem_client *client);

/* What the server said last; it is the client's, and lasts until the next
 * volint_mem_refresh. */
const volint_mem_about *volint_mem_ask(const volint_mem_client *client);

/* Asks the server again: memory may have been plugged in, or the guest been reset.
 * VOLINT_MEM_ERR_UNABLE from an original server. Pointers that volint_mem_pointer
 * gave end here.
 */
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_refresh(volint_mem_client *client, volint_mem_error *error);

/* Reads all of a range or fails; then the buffer holds nothing of use. What lies in none
 * of the server's runs can't be read. An original server tells no runs, and may give
 * zeros for a page or less of what is not there.
 *
 * An original server does not tell why a read failed. One that follows LibVMI's
 * patch for QEMU answers a failed read by one byte 0: where nothing but that comes
 * in 200 milliseconds it is taken for that, and from then on at once, so that a
 * server of this kind is never to send an answer in pieces.
 */
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_read(volint_mem_client *client, uint64_t address, void *buffer,
                                                        size_t length, volint_mem_error *error);

/* Reads many ranges, in one request for each 65536 of them where the server can. The
 * result tells of the connection; each range's ok tells of the range.
 */
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_read_many(volint_mem_client *client, volint_mem_range *ranges,
                                                             size_t count, volint_mem_error *error);

/* Writes all of a range. After VOLINT_MEM_ERR_MEMORY part of a range of more than
 * 64 KiB may have been written.
 */
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_write(volint_mem_client *client, uint64_t address, const void *data,
                                                         size_t length, volint_mem_error *error);

/* The memory itself, where the server passed the file of a dump and it is mapped;
 * else NULL. It lasts until volint_mem_refresh or volint_mem_close.
 */
const void *volint_mem_pointer(volint_mem_client *client, uint64_t address, size_t length);

/* Stops the guest for this client, for so many milliseconds at most (0: as long as
 * the server allows), or continues it. VOLINT_MEM_ERR_UNABLE: it is not stopped, or
 * was not any more, and may have run. It continues by itself when the client is
 * closed or the program ends, and stays stopped where somebody else stopped it.
 */
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_pause(volint_mem_client *client, uint64_t milliseconds,
                                                         volint_mem_error *error);
VOLINT_MEM_MUST_CHECK volint_mem_status volint_mem_continue(volint_mem_client *client, volint_mem_error *error);

/* ---- server ---- */

/* It takes Linux: elsewhere there is the client alone. */
#if !defined(__linux__) && !defined(VOLINT_MEM_NO_SERVER)
#define VOLINT_MEM_NO_SERVER 1
#endif

#ifndef VOLINT_MEM_NO_SERVER

typedef struct volint_mem_server volint_mem_server;

/* Where a run lies in a file. */
typedef struct volint_mem_file {
    int fd;          /* -1: in none. It stays the host's and may be closed after the call */
    uint64_t offset; /* of the run's first byte */
} volint_mem_file;

typedef enum volint_mem_paused {
    VOLINT_MEM_REFUSED = 0, /* the guest runs on */
    VOLINT_MEM_STOPPED,     /* it stands by this call: resume is called later */
    VOLINT_MEM_STOOD        /* it stood already: resume is not called */
} volint_mem_paused;

/* The memory and the machine that it belongs to. What is NULL or 0 is not there.
 * The callbacks get opaque. They are called with a length of 256 KiB at most; in which
 * thread is said above. None may close the server.
 */
typedef struct volint_mem_host {
    void *opaque;

    /* Reads all of a range, or returns false. */
    bool (*read)(void *opaque, uint64_t address, void *buffer, size_t length);

    /* Writes all of a range, or returns false. NULL: clients can't write. */
    bool (*write)(void *opaque, uint64_t address, const void *data, size_t length);

    /* Where memory is: in the order of addresses, not overlapping. What lies outside
     * is answered without a callback. NULL means that the host does not know: then
     * the callbacks alone decide, and clients take the server for an original one,
     * which serves single reads.
     */
    const volint_mem_run *runs;
    size_t run_count;

    /* For each run the file that it lies in, to be read by clients themselves, 64
     * files at most. They get it opened for reading only, and only where they run as
     * the same user or root, or where the file belongs to another user than theirs
     * and its mode lets its owner alone write. NULL: no files.
     */
    const volint_mem_file *files;

    /* Stops the guest, and continues what pause stopped. */
    volint_mem_paused (*pause)(void *opaque);
    void (*resume)(void *opaque);

    bool dump;         /* the memory does not change; else it is that of this process's guest */
    const char *image; /* of a dump: what is the same for the same bytes only */
    const char *name;  /* for people */
} volint_mem_host;

/* How a server works. All zero means the defaults. */
typedef struct volint_mem_options {
    uint64_t longest;       /* request, in bytes: 0 means 64 MiB. A client that asks for
                             * more is disconnected */
    unsigned clients;       /* at most: 0 means 256. More are disconnected */
    unsigned idle;          /* milliseconds without a request after which a client is
                             * disconnected: 0 means an hour */
    unsigned slow;          /* milliseconds that a client may take to send the next byte of
                             * a request, or to take 256 KiB of an answer: 0 means 60000 */
    unsigned hold;          /* milliseconds that the guest may stand at a time, however
                             * many clients want it: 0 means 60000 */
    bool fail_holes;        /* reads in a hole fail, which else are zeros, a page at most */
    bool one_at_a_time;     /* threaded: never two callbacks at once */
    const uid_t *users;     /* who may connect besides this user and root */
    size_t user_count;
} volint_mem_options;

/* What a server did so far. */
typedef struct volint_mem_counters {
    uint64_t clients;   /* connected now */
    uint64_t accepted;  /* ever */
    uint64_t refused;   /* another user's, or one too many */
    uint64_t requests;
    uint64_t failures;  /* reads and writes that failed; a vectored read counts once */
    uint64_t sent;      /* bytes of memory */
    uint64_t written;   /* bytes of memory */
} volint_mem_counters;

/* Makes a socket with mode 0600 (0666 where other users may connect; who does is
 * checked) and serves the host's memory on it. A socket that is there already is
 * replaced when nobody answers on it, and nothing else. All that host and options
 * point to may go after the call, but opaque. path may be NULL: then
 * volint_mem_server_add brings the clients. NULL is a failure.
 */
VOLINT_MEM_MUST_CHECK volint_mem_server *volint_mem_server_open(const char *path, const volint_mem_host *host,
                                                                const volint_mem_options *options,
                                                                volint_mem_error *error);

/* Disconnects all clients, continues a guest that they stopped, removes the socket
 * and frees the server. In the threaded way it waits for callbacks that run: the
 * caller holds no lock that they take. NULL is fine.
 */
void volint_mem_server_close(volint_mem_server *server);

/* Starts the threads, in which all signals are blocked. They end by
 * volint_mem_server_close.
 */
VOLINT_MEM_MUST_CHECK bool volint_mem_server_start(volint_mem_server *server, volint_mem_error *error);

/* A descriptor that can be read when volint_mem_server_poll has something to do. It
 * stays the server's.
 */
int volint_mem_server_fd(const volint_mem_server *server);

/* Pumped: waits up to so many milliseconds (0: not at all; -1: until there is some)
 * for something to do, does what can be done without waiting for any client, and
 * returns how many requests were taken up. -1 is a failure, with errno. Calls may
 * come from any thread, one at a time; one from inside a callback does nothing and
 * returns 0.
 */
int volint_mem_server_poll(volint_mem_server *server, int timeout);

/* Pumped: answers clients until fd can be read (or is at its end), which gives 1, or
 * so many milliseconds have passed (-1: no end), which gives 0. -1 is a failure, with
 * errno. This is how a host waits for what needs its memory.
 */
int volint_mem_server_wait(volint_mem_server *server, int fd, int timeout);

/* Takes a connected stream socket as a client, without asking whose it is. It is
 * then the server's; on failure it stays the caller's.
 */
VOLINT_MEM_MUST_CHECK bool volint_mem_server_add(volint_mem_server *server, int connected, volint_mem_error *error);

/* Memory was plugged in or taken away: host's runs and files anew. Clients learn it
 * when they say hello again. On failure all stays as it was.
 */
VOLINT_MEM_MUST_CHECK bool volint_mem_server_set_runs(volint_mem_server *server, const volint_mem_run *runs,
                                                      const volint_mem_file *files, size_t count,
                                                      volint_mem_error *error);

/* Tells clients that what they have read and what they read from now on is of
 * different machines: "the guest was reset". 200 bytes at most are kept.
 */
void volint_mem_server_changed(volint_mem_server *server, const char *what);

volint_mem_counters volint_mem_server_counters(volint_mem_server *server);

#endif /* VOLINT_MEM_NO_SERVER */

#ifdef __cplusplus
}
#endif

#endif
