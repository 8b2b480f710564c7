/* volint_memory.c - client and server of volint_memory.h, whole.
 *
 * The client takes POSIX, and the server Linux. VOLINT_MEM_NO_SERVER leaves out the
 * server; VOLINT_MEM_NO_THREAD leaves out its threaded way, and with it the need for
 * pthread.
 */
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* accept4, struct ucred */
#endif
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 /* dumps are longer than 2 GiB on 32-bit systems, too */
#endif

#include "volint_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#if !defined(SOCK_CLOEXEC)
#define SOCK_CLOEXEC 0 /* own_descriptor does it, a moment later */
#endif
#if !defined(MSG_CMSG_CLOEXEC)
#define MSG_CMSG_CLOEXEC 0
#endif
#if !defined(MSG_NOSIGNAL)
#define MSG_NOSIGNAL 0 /* SO_NOSIGPIPE does it */
#endif

#if defined(__GNUC__)
#define PRINTF_LIKE(text, values) __attribute__((format(printf, text, values)))
#else
#define PRINTF_LIKE(text, values)
#endif

/* ---- the wire ---- */

enum {
    TYPE_QUIT = 0,
    TYPE_READ = 1,
    TYPE_WRITE = 2,
    TYPE_HELLO = 0x80,
    TYPE_VECTORED = 0x81,
    TYPE_DESCRIPTOR = 0x82,
    TYPE_PAUSE = 0x83,
    TYPE_CONTINUE = 0x84
};

enum {
    HEADER_SIZE = 24,
    HELLO_VERSION = 1,
    HELLO_FIXED = 20,       /* after the length, before the runs */
    RUN_SIZE = 16,
    RANGE_SIZE = 16,
    MOST_RANGES = 1 << 16,  /* of a vectored read */
    DESCRIPTOR_VERSION = 1,
    DESCRIPTOR_FIXED = 8,   /* after the length, before the runs */
    DESCRIPTOR_RUN_SIZE = 32,
    MOST_FILES = 64
};

#define HELLO_MAGIC UINT64_C(0x544E494C4F56) /* "VOLINT" */
#define NO_FILE UINT32_MAX

static uint32_t load32(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t load16(const unsigned char *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8; }

static uint64_t load64(const unsigned char *p) { return (uint64_t)load32(p) | (uint64_t)load32(p + 4) << 32; }

/* Stores a number and returns the place behind it. */
static unsigned char *store(unsigned char *p, uint64_t value, size_t size)
{
    size_t i;
    for (i = 0; i < size; i++)
        p[i] = (unsigned char)(value >> (8 * i));
    return p + size;
}

static void store_header(unsigned char *p, unsigned char type, uint64_t address, uint64_t length)
{
    memset(p, 0, 8);
    p[0] = type;
    store(p + 8, address, 8);
    store(p + 16, length, 8);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* ---- errors ---- */

static volint_mem_status fail(volint_mem_error *error, volint_mem_status status, int number, const char *format, ...) PRINTF_LIKE(4, 5);

static volint_mem_status fail(volint_mem_error *error, volint_mem_status status, int number, const char *format, ...)
{
    va_list values;
    if (error == NULL)
        return status;
    error->status = status;
    error->number = number;
    error->address = 0;
    va_start(values, format);
    (void)vsnprintf(error->message, sizeof error->message, format, values);
    va_end(values);
    return status;
}

/* What the system says of a number. strerror may answer threads from one place. */
static const char *reason(int number, char *into, size_t size)
{
#if defined(__GLIBC__)
    return strerror_r(number, into, size);
#else
    if (strerror_r(number, into, size) != 0)
        (void)snprintf(into, size, "error %d", number);
    return into;
#endif
}

static volint_mem_status fail_system(volint_mem_error *error, const char *what)
{
    char text[96];
    int number = errno;
    return fail(error, VOLINT_MEM_ERR_SYSTEM, number, "%s: %s", what, reason(number, text, sizeof text));
}

static volint_mem_status fail_memory(volint_mem_error *error, uint64_t address, uint64_t length, const char *done)
{
    fail(error, VOLINT_MEM_ERR_MEMORY, 0, "%llu bytes at 0x%llx can't be %s", (unsigned long long)length,
         (unsigned long long)address, done);
    if (error != NULL)
        error->address = address;
    return VOLINT_MEM_ERR_MEMORY;
}

/* ---- memory's map ---- */

typedef enum place {
    OUTSIDE, /* past the end, or partly in a hole */
    IN_HOLE, /* wholly in a hole, before the end of memory */
    IN_MEMORY
} place;

/* Where the length > 0 bytes from an address on lie. */
static place locate(const volint_mem_run *runs, size_t count, uint64_t address, uint64_t length)
{
    uint64_t end = address + length;
    size_t low = 0, high = count;
    if (end < address)
        return OUTSIDE;
    while (low < high) { /* the first run that ends after the address */
        size_t middle = low + (high - low) / 2;
        if (runs[middle].start + runs[middle].length > address)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == count)
        return OUTSIDE;
    if (end <= runs[low].start)
        return IN_HOLE;
    if (address < runs[low].start)
        return OUTSIDE;
    for (; runs[low].start + runs[low].length < end; low++)
        if (low + 1 == count || runs[low + 1].start != runs[low].start + runs[low].length)
            return OUTSIDE;
    return IN_MEMORY;
}

/* Whether a run may follow one that ends at an address. */
static bool follows(uint64_t end, volint_mem_run run)
{
    return run.length > 0 && run.start >= end && run.start + run.length > run.start;
}

/* ---- sockets ---- */

static void own_descriptor(int fd) { (void)fcntl(fd, F_SETFD, FD_CLOEXEC); }

static void shut(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static bool make_address(const char *path, struct sockaddr_un *address, volint_mem_error *error)
{
    size_t size = path == NULL ? 0 : strlen(path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (size == 0) {
        fail(error, VOLINT_MEM_ERR_PATH, 0, "the socket has no path");
        return false;
    }
    if (size > VOLINT_MEM_PATH || size >= sizeof address->sun_path) {
        fail(error, VOLINT_MEM_ERR_PATH, 0, "the path of a socket can have %d bytes at most, and this one has %zu: %.64s...",
             VOLINT_MEM_PATH, size, path);
        return false;
    }
    memcpy(address->sun_path, path, size);
    return true;
}

static int new_socket(int flags)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (fd >= 0)
        own_descriptor(fd);
    return fd;
}

static int connect_to(int fd, const struct sockaddr_un *address)
{
    int result;
    do
        result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    while (result < 0 && errno == EINTR);
    return result;
}

static void set_timeout(int fd, int which, unsigned milliseconds)
{
    struct timeval t;
    t.tv_sec = (time_t)(milliseconds / 1000);
    t.tv_usec = (suseconds_t)(milliseconds % 1000 * 1000);
    (void)setsockopt(fd, SOL_SOCKET, which, &t, sizeof t);
}

/* Moves a list of buffers past so many bytes. */
static void advance(struct iovec **parts, size_t *count, size_t size)
{
    while (*count > 0 && size >= (*parts)->iov_len) {
        size -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (*count > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + size;
        (*parts)->iov_len -= size;
    }
}

/* ---- client ---- */

enum {
    DEFAULT_TIMEOUT = 60000,
    ALONE_TIME = 200,          /* milliseconds: see volint_mem_read */
    ORIGINAL_PART = 1 << 20,   /* the longest request to a server that tells no limit */
    MOST_HELLO = 256 << 20,    /* the longest answer to a hello or for descriptors: a kdump
                                * may have 8 million runs */
    FIRST_HELLO = 64 << 10,    /* as much memory is taken for one before more has come */
    MOST_PARTS = 512           /* buffers in one call of the system */
};

/* A stretch of memory and the file that it lies in. */
typedef struct piece {
    volint_mem_run run;
    uint32_t file; /* or NO_FILE */
    uint64_t offset;
    const unsigned char *bytes; /* mapped, or NULL */
    void *map;
    size_t map_size;
} piece;

struct volint_mem_client {
    int fd;
    bool alone; /* the server's failures are a status alone */
    volint_mem_client_options options;
    volint_mem_about about;
    volint_mem_run *runs;
    char *words; /* image, name and change, one behind the other */
    int files[MOST_FILES];
    size_t file_count;
    piece *pieces;
    size_t piece_count;
    const piece *recent; /* a mapped piece that was read from, or NULL */
};

/* A connection that is out of step is of no more use. */
static volint_mem_status broken(volint_mem_client *m, volint_mem_error *error, volint_mem_status status, const char *why)
{
    shut(&m->fd);
    return fail(error, status, 0, "%s", why);
}

static volint_mem_status broken_system(volint_mem_client *m, volint_mem_error *error, const char *what)
{
    volint_mem_status status;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return broken(m, error, VOLINT_MEM_ERR_TIMEOUT, "the server does not answer");
    if (errno == EPIPE || errno == ECONNRESET)
        return broken(m, error, VOLINT_MEM_ERR_CLOSED, "the server closed the connection");
    status = fail_system(error, what);
    shut(&m->fd);
    return status;
}

static volint_mem_status out_of_memory(volint_mem_error *error)
{
    errno = ENOMEM;
    return fail_system(error, "reading memory");
}

static volint_mem_status send_parts(volint_mem_client *m, struct iovec *parts, size_t count, volint_mem_error *error)
{
    struct msghdr message;
    if (m->fd < 0)
        return fail(error, VOLINT_MEM_ERR_CLOSED, 0, "the connection to the server is closed");
    memset(&message, 0, sizeof message);
    while (count > 0) {
        ssize_t n;
        message.msg_iov = parts;
        message.msg_iovlen = count;
        n = sendmsg(m->fd, &message, MSG_NOSIGNAL);
        if (n >= 0)
            advance(&parts, &count, (size_t)n);
        else if (errno != EINTR)
            return broken_system(m, error, "sending a request");
    }
    return VOLINT_MEM_OK;
}

static volint_mem_status send_header(volint_mem_client *m, unsigned char type, uint64_t address, uint64_t length, volint_mem_error *error)
{
    unsigned char header[HEADER_SIZE];
    struct iovec part;
    store_header(header, type, address, length);
    part.iov_base = header;
    part.iov_len = sizeof header;
    return send_parts(m, &part, 1, error);
}

/* One receipt of what has come, at least one byte; with MSG_WAITALL, of all. */
static volint_mem_status receive(volint_mem_client *m, struct iovec *parts, size_t count, int flags, size_t *size, volint_mem_error *error)
{
    struct msghdr message;
    ssize_t n;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = (size_t)smaller(count, MOST_PARTS);
    do
        n = recvmsg(m->fd, &message, flags | MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return broken_system(m, error, "receiving an answer");
    if (n == 0)
        return broken(m, error, VOLINT_MEM_ERR_CLOSED, "the server closed the connection");
    *size = (size_t)n;
    return VOLINT_MEM_OK;
}

/* Receives all of the parts, and spends the list. */
static volint_mem_status receive_parts(volint_mem_client *m, struct iovec *parts, size_t count, volint_mem_error *error)
{
    advance(&parts, &count, 0);
    while (count > 0) {
        size_t n;
        volint_mem_status status = receive(m, parts, count, MSG_WAITALL, &n, error);
        if (status != VOLINT_MEM_OK)
            return status;
        advance(&parts, &count, n);
    }
    return VOLINT_MEM_OK;
}

static volint_mem_status receive_bytes(volint_mem_client *m, void *bytes, size_t size, volint_mem_error *error)
{
    struct iovec part;
    part.iov_base = bytes;
    part.iov_len = size;
    return receive_parts(m, &part, 1, error);
}

/* Sends a header and receives a status byte. */
static volint_mem_status ask(volint_mem_client *m, unsigned char type, uint64_t address, unsigned char *answer, volint_mem_error *error)
{
    volint_mem_status status = send_header(m, type, address, 0, error);
    if (status == VOLINT_MEM_OK)
        status = receive_bytes(m, answer, 1, error);
    if (status == VOLINT_MEM_OK && *answer > 1)
        status = broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's answer is neither yes nor no: this is no memory server");
    return status;
}

/* ---- client: hello ---- */

/* Receives what follows a length: *bytes is the caller's to free. Memory is taken as the
 * bytes come, whatever the length says. */
static volint_mem_status receive_counted(volint_mem_client *m, unsigned char **bytes, size_t least, size_t *size, volint_mem_error *error)
{
    unsigned char length[4];
    volint_mem_status status = receive_bytes(m, length, sizeof length, error);
    size_t have = 0;
    *bytes = NULL;
    if (status != VOLINT_MEM_OK)
        return status;
    *size = load32(length);
    if (*size < least || *size > MOST_HELLO)
        return broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's answer to a hello has a length that can't be");
    while (status == VOLINT_MEM_OK && have < *size) {
        size_t more = (size_t)smaller(*size - have, have > 0 ? have : (size_t)FIRST_HELLO);
        unsigned char *grown = (unsigned char *)realloc(*bytes, have + more);
        if (grown == NULL) {
            shut(&m->fd);
            return out_of_memory(error);
        }
        *bytes = grown;
        status = receive_bytes(m, grown + have, more, error);
        have += more;
    }
    return status;
}

/* Takes one counted word off a hello's tail; "" where there is none. */
static const char *take_word(const unsigned char **p, size_t *left, char **into)
{
    char *word = *into;
    size_t size = *left < 2 ? 0 : load16(*p);
    if (*left < 2 || size > *left - 2) {
        *left = 0;
        return "";
    }
    memcpy(word, *p + 2, size);
    word[size] = 0;
    *into += size + 1;
    *p += 2 + size;
    *left -= 2 + size;
    return word;
}

/* What follows the runs, which an older server does not send. */
static void take_tail(volint_mem_about *a, char *words, const unsigned char *p, size_t left)
{
    a->image = a->name = a->change = "";
    if (left < 16)
        return;
    a->process = load64(p);
    a->started = load64(p + 8);
    p += 16;
    left -= 16;
    a->image = take_word(&p, &left, &words);
    a->name = take_word(&p, &left, &words);
    a->change = take_word(&p, &left, &words);
}

/* Takes the runs; false where they are none. */
static bool take_runs(volint_mem_run *runs, const unsigned char *p, size_t count)
{
    uint64_t end = 0;
    size_t i;
    for (i = 0; i < count; i++, p += RUN_SIZE) {
        runs[i].start = load64(p);
        runs[i].length = load64(p + 8);
        if (!follows(end, runs[i]))
            return false;
        end = runs[i].start + runs[i].length;
    }
    return true;
}

/* What the server said before stays until all of this is good. */
static volint_mem_status take_hello(volint_mem_client *m, const unsigned char *p, size_t size, volint_mem_error *error)
{
    size_t count = load32(p + 16);
    volint_mem_status status = VOLINT_MEM_OK;
    volint_mem_about a;
    volint_mem_run *runs;
    char *words;
    if (load16(p) < HELLO_VERSION || load64(p + 8) == 0 || count > (size - HELLO_FIXED) / RUN_SIZE)
        return broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's answer to a hello makes no sense");
    runs = (volint_mem_run *)malloc((count + 1) * sizeof *runs);
    words = (char *)malloc(size + 3);
    if (runs == NULL || words == NULL) {
        shut(&m->fd);
        status = out_of_memory(error);
    } else if (!take_runs(runs, p + HELLO_FIXED, count)) {
        status = broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's runs of memory overlap or are out of order");
    }
    if (status != VOLINT_MEM_OK) {
        free(runs);
        free(words);
        return status;
    }
    memset(&a, 0, sizeof a);
    take_tail(&a, words, p + HELLO_FIXED + count * RUN_SIZE, size - HELLO_FIXED - count * RUN_SIZE);
    a.features = load32(p + 4);
    a.longest = load64(p + 8);
    a.runs = runs;
    a.run_count = count;
    free(m->runs);
    free(m->words);
    m->runs = runs;
    m->words = words;
    m->about = a;
    return status;
}

static volint_mem_status say_hello(volint_mem_client *m, volint_mem_error *error)
{
    unsigned char answer = 0, *bytes = NULL;
    size_t size = 0;
    volint_mem_status status = ask(m, TYPE_HELLO, HELLO_MAGIC, &answer, error);
    if (status != VOLINT_MEM_OK)
        return status;
    if (answer == 0) {
        memset(&m->about, 0, sizeof m->about);
        m->about.image = m->about.name = m->about.change = "";
        m->about.original = true;
        return VOLINT_MEM_OK;
    }
    status = receive_counted(m, &bytes, HELLO_FIXED, &size, error);
    if (status == VOLINT_MEM_OK)
        status = take_hello(m, bytes, size, error);
    free(bytes);
    return status;
}

/* ---- client: memory in files ---- */

static void drop_files(volint_mem_client *m)
{
    size_t i;
    for (i = 0; i < m->piece_count; i++)
        if (m->pieces[i].map != NULL)
            (void)munmap(m->pieces[i].map, m->pieces[i].map_size);
    free(m->pieces);
    m->pieces = NULL;
    m->piece_count = 0;
    m->recent = NULL;
    for (i = 0; i < m->file_count; i++)
        (void)close(m->files[i]);
    m->file_count = 0;
}

/* Takes the descriptors that came with a message. */
static void take_descriptors(volint_mem_client *m, struct msghdr *message)
{
    struct cmsghdr *c;
    for (c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
        size_t i, count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            own_descriptor(fd);
            if (m->file_count == MOST_FILES)
                (void)close(fd);
            else
                m->files[m->file_count++] = fd;
        }
    }
}

/* Receives the first byte of an answer, and the descriptors that ride on it. */
static volint_mem_status receive_descriptors(volint_mem_client *m, unsigned char *answer, volint_mem_error *error)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MOST_FILES * sizeof(int))];
    } control;
    struct msghdr message;
    struct iovec part;
    ssize_t n;
    memset(&message, 0, sizeof message);
    part.iov_base = answer;
    part.iov_len = 1;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = sizeof control.bytes;
    do
        n = recvmsg(m->fd, &message, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return broken_system(m, error, "receiving descriptors");
    if (n == 0)
        return broken(m, error, VOLINT_MEM_ERR_CLOSED, "the server closed the connection");
    take_descriptors(m, &message);
    return VOLINT_MEM_OK;
}

/* Whether a piece lies in its file as a whole. */
static bool lies_in_file(const volint_mem_client *m, const piece *p)
{
    struct stat s;
    uint64_t end = p->offset + p->run.length;
    if (end < p->offset || end > INT64_MAX || fstat(m->files[p->file], &s) != 0)
        return false;
    return !S_ISREG(s.st_mode) || end <= (uint64_t)s.st_size;
}

/* Maps a piece; where that can't be it is read by pread. */
static void map_piece(const volint_mem_client *m, piece *p)
{
    uint64_t before = p->offset % (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t size = p->run.length + before;
    void *map;
    if (size < before || size > SIZE_MAX || (uint64_t)(off_t)(p->offset - before) != p->offset - before)
        return;
    map = mmap(NULL, (size_t)size, PROT_READ, MAP_SHARED, m->files[p->file], (off_t)(p->offset - before));
    if (map == MAP_FAILED)
        return;
    p->map = map;
    p->map_size = (size_t)size;
    p->bytes = (const unsigned char *)map + before;
}

/* Takes the runs with their files; false where they make no sense. */
static bool take_pieces(volint_mem_client *m, const unsigned char *p, size_t count)
{
    bool map = !m->options.no_mapping && (m->about.features & VOLINT_MEM_LIVE) == 0;
    uint64_t end = 0;
    size_t i;
    for (i = 0; i < count; i++, p += DESCRIPTOR_RUN_SIZE) {
        piece *q = &m->pieces[i];
        q->run.start = load64(p);
        q->run.length = load64(p + 8);
        q->file = load32(p + 16);
        q->offset = load64(p + 24);
        if (!follows(end, q->run) || (q->file != NO_FILE && q->file >= m->file_count))
            return false;
        end = q->run.start + q->run.length;
        m->piece_count = i + 1;
        if (q->file != NO_FILE && !lies_in_file(m, q))
            q->file = NO_FILE;
        if (q->file != NO_FILE && map)
            map_piece(m, q);
    }
    return true;
}

/* Asks for the files. Where descriptors did not all arrive, as when this process has
 * too many open, the server is asked for all memory. */
static volint_mem_status ask_for_files(volint_mem_client *m, volint_mem_error *error)
{
    unsigned char answer = 0, *bytes = NULL;
    size_t size = 0, count;
    volint_mem_status status;
    drop_files(m);
    if (m->options.no_descriptors || (m->about.features & VOLINT_MEM_DESCRIPTOR) == 0)
        return VOLINT_MEM_OK;
    status = send_header(m, TYPE_DESCRIPTOR, 0, 0, error);
    if (status == VOLINT_MEM_OK)
        status = receive_descriptors(m, &answer, error);
    if (status != VOLINT_MEM_OK || answer != 1)
        return status;
    status = receive_counted(m, &bytes, DESCRIPTOR_FIXED, &size, error);
    if (status == VOLINT_MEM_OK) {
        count = load32(bytes + 4);
        if (load16(bytes) < DESCRIPTOR_VERSION || count > (size - DESCRIPTOR_FIXED) / DESCRIPTOR_RUN_SIZE) {
            status = broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's list of files makes no sense");
        } else if (load16(bytes + 2) == m->file_count) {
            m->pieces = (piece *)calloc(count + 1, sizeof *m->pieces);
            if (m->pieces != NULL && !take_pieces(m, bytes + DESCRIPTOR_FIXED, count))
                status = broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the server's list of files makes no sense");
        } else {
            drop_files(m);
        }
    }
    free(bytes);
    return status;
}

/* The piece that an address lies in, or NULL. */
static const piece *find_piece(const volint_mem_client *m, uint64_t address)
{
    size_t low = 0, high = m->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (m->pieces[middle].run.start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || address - m->pieces[low - 1].run.start >= m->pieces[low - 1].run.length)
        return NULL;
    return &m->pieces[low - 1];
}

static bool read_file(int fd, unsigned char *to, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t n = pread(fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

/* Reads from the piece that was read from before, if all lies there and it is mapped. The
 * fewer the steps, the more reads does the processor have under way, each of which may
 * wait for memory. Most short reads are of pointers. */
static bool read_recent(const volint_mem_client *m, uint64_t address, void *buffer, size_t length)
{
    const piece *p = m->recent;
    uint64_t at;
    if (p == NULL)
        return false;
    at = address - p->run.start;
    if (at >= p->run.length || length > p->run.length - at)
        return false;
    if (length == 8)
        memcpy(buffer, p->bytes + at, 8);
    else
        memcpy(buffer, p->bytes + at, length);
    return true;
}

/* Reads from the files; false where that can't be done for all. */
static bool read_pieces(volint_mem_client *m, uint64_t address, void *buffer, size_t length)
{
    unsigned char *to = (unsigned char *)buffer;
    m->recent = NULL;
    while (length > 0) {
        const piece *p = find_piece(m, address);
        uint64_t at;
        size_t n;
        if (p == NULL || p->file == NO_FILE)
            return false;
        at = address - p->run.start;
        n = (size_t)smaller(length, p->run.length - at);
        if (p->bytes != NULL)
            memcpy(to, (m->recent = p)->bytes + at, n);
        else if (!read_file(m->files[p->file], to, n, p->offset + at))
            return false;
        to += n;
        address += n;
        length -= n;
    }
    return true;
}

const void *volint_mem_pointer(volint_mem_client *m, uint64_t address, size_t length)
{
    const piece *p = find_piece(m, address);
    if (p == NULL || p->bytes == NULL || length > p->run.length - (address - p->run.start))
        return NULL;
    return p->bytes + (address - p->run.start);
}

/* ---- client: opening ---- */

static volint_mem_status get_ready(volint_mem_client *m, volint_mem_error *error)
{
    volint_mem_status status = say_hello(m, error);
    return status == VOLINT_MEM_OK ? ask_for_files(m, error) : status;
}

static void free_client(volint_mem_client *m)
{
    drop_files(m);
    shut(&m->fd);
    free(m->runs);
    free(m->words);
    free(m);
}

static unsigned timeout_of(const volint_mem_client_options *options)
{
    return options == NULL || options->timeout == 0 ? (unsigned)DEFAULT_TIMEOUT : options->timeout;
}

volint_mem_client *volint_mem_open_socket(int connected, const volint_mem_client_options *options, volint_mem_error *error)
{
    volint_mem_client *m = (volint_mem_client *)calloc(1, sizeof *m);
    if (m == NULL) {
        out_of_memory(error);
        return NULL;
    }
    if (options != NULL)
        m->options = *options;
    m->options.timeout = timeout_of(options);
    m->about.image = m->about.name = m->about.change = "";
    /* A copy, so that the caller's own is left when this fails. */
    m->fd = fcntl(connected, F_DUPFD_CLOEXEC, 0);
    if (m->fd < 0) {
        fail_system(error, "taking the socket");
        free_client(m);
        return NULL;
    }
#ifdef SO_NOSIGPIPE
    {
        static const int yes = 1;
        (void)setsockopt(m->fd, SOL_SOCKET, SO_NOSIGPIPE, &yes, sizeof yes);
    }
#endif
    set_timeout(m->fd, SO_RCVTIMEO, m->options.timeout);
    set_timeout(m->fd, SO_SNDTIMEO, m->options.timeout);
    if (get_ready(m, error) != VOLINT_MEM_OK) {
        free_client(m);
        return NULL;
    }
    (void)close(connected);
    return m;
}

volint_mem_client *volint_mem_open(const char *path, const volint_mem_client_options *options, volint_mem_error *error)
{
    struct sockaddr_un address;
    volint_mem_client *m;
    char text[96];
    int fd;
    if (!make_address(path, &address, error))
        return NULL;
    fd = new_socket(0);
    if (fd < 0) {
        fail_system(error, "making a socket");
        return NULL;
    }
    /* It limits connect too, where a server's queue is full. */
    set_timeout(fd, SO_SNDTIMEO, timeout_of(options));
    if (connect_to(fd, &address) != 0) {
        int number = errno;
        fail(error, number == EAGAIN ? VOLINT_MEM_ERR_TIMEOUT : VOLINT_MEM_ERR_SYSTEM, number, "%s: %s", path,
             reason(number, text, sizeof text));
        (void)close(fd);
        return NULL;
    }
    m = volint_mem_open_socket(fd, options, error);
    if (m == NULL)
        (void)close(fd);
    return m;
}

void volint_mem_close(volint_mem_client *m)
{
    if (m == NULL)
        return;
    /* An original server does not notice that a client leaves without a word. */
    if (m->fd >= 0)
        (void)send_header(m, TYPE_QUIT, 0, 0, NULL);
    free_client(m);
}

const volint_mem_about *volint_mem_ask(const volint_mem_client *m) { return &m->about; }

volint_mem_status volint_mem_refresh(volint_mem_client *m, volint_mem_error *error)
{
    if (m->about.original)
        return fail(error, VOLINT_MEM_ERR_UNABLE, 0, "the server is an original one, which tells nothing of its memory");
    return get_ready(m, error);
}

/* ---- client: reading and writing ---- */

/* The longest request that the server takes. */
static uint64_t longest(const volint_mem_client *m)
{
    return m->about.original ? (uint64_t)ORIGINAL_PART : m->about.longest;
}

/* Whether memory is there, as far as the server told. */
static bool is_memory(const volint_mem_client *m, uint64_t address, uint64_t length)
{
    if (m->about.original)
        return address + length > address;
    return locate(m->about.runs, m->about.run_count, address, length) == IN_MEMORY;
}

static bool more_comes(int fd, int milliseconds)
{
    struct pollfd p;
    int n;
    p.fd = fd;
    p.events = POLLIN;
    do
        n = poll(&p, 1, milliseconds);
    while (n < 0 && errno == EINTR);
    return n != 0;
}

/* Takes the first bytes of an original server's answer, and tells by *alone whether
 * they are a status alone: see volint_mem_read. */
static volint_mem_status begin_original(volint_mem_client *m, struct iovec **parts, size_t *count, bool *alone, volint_mem_error *error)
{
    const unsigned char *first = (const unsigned char *)(*parts)->iov_base;
    size_t n;
    volint_mem_status status = receive(m, *parts, *count, 0, &n, error);
    if (status != VOLINT_MEM_OK)
        return status;
    if (n == 1 && *first == 0 && (m->alone || !more_comes(m->fd, ALONE_TIME)))
        *alone = m->alone = true;
    else
        advance(parts, count, n);
    return VOLINT_MEM_OK;
}

/* One read request, no longer than the server takes. */
static volint_mem_status read_part(volint_mem_client *m, uint64_t address, void *buffer, size_t length, volint_mem_error *error)
{
    struct iovec list[2], *parts = list;
    size_t count = 2;
    unsigned char verdict = 0;
    bool alone = false;
    volint_mem_status status = send_header(m, TYPE_READ, address, length, error);
    list[0].iov_base = buffer;
    list[0].iov_len = length;
    list[1].iov_base = &verdict;
    list[1].iov_len = 1;
    if (status == VOLINT_MEM_OK && m->about.original)
        status = begin_original(m, &parts, &count, &alone, error);
    if (status == VOLINT_MEM_OK && !alone)
        status = receive_parts(m, parts, count, error);
    if (status != VOLINT_MEM_OK)
        return status;
    if (verdict > 1)
        return broken(m, error, VOLINT_MEM_ERR_PROTOCOL, "the status of a read is neither 0 nor 1");
    return verdict == 1 ? VOLINT_MEM_OK : fail_memory(error, address, length, "read");
}

/* Asks the server, in as many requests as it takes. */
static volint_mem_status read_server(volint_mem_client *m, uint64_t address, void *buffer, size_t length, volint_mem_error *error)
{
    size_t done = 0;
    while (done < length) {
        size_t n = (size_t)smaller(length - done, longest(m));
        volint_mem_status status = read_part(m, address + done, (char *)buffer + done, n, error);
        if (status != VOLINT_MEM_OK)
            return status;
        done += n;
    }
    return VOLINT_MEM_OK;
}

volint_mem_status volint_mem_read(volint_mem_client *m, uint64_t address, void *buffer, size_t length, volint_mem_error *error)
{
    if (length == 0 || read_recent(m, address, buffer, length))
        return VOLINT_MEM_OK;
    if (m->piece_count > 0 && read_pieces(m, address, buffer, length))
        return VOLINT_MEM_OK;
    if (!is_memory(m, address, length))
        return fail_memory(error, address, length, "read");
    return read_server(m, address, buffer, length, error);
}

volint_mem_status volint_mem_write(volint_mem_client *m, uint64_t address, const void *data, size_t length, volint_mem_error *error)
{
    unsigned char header[HEADER_SIZE], *copy, verdict = 0;
    size_t done = 0;
    if (!m->about.original && (m->about.features & VOLINT_MEM_WRITABLE) == 0)
        return fail(error, VOLINT_MEM_ERR_UNABLE, 0, "the server's memory can only be read");
    if (length > 0 && !is_memory(m, address, length))
        return fail_memory(error, address, length, "written");
    memcpy(&copy, &data, sizeof copy); /* struct iovec has no const */
    while (done < length) {
        struct iovec parts[2];
        size_t n = (size_t)smaller(smaller(length - done, longest(m)), ORIGINAL_PART);
        volint_mem_status status;
        store_header(header, TYPE_WRITE, address + done, n);
        parts[0].iov_base = header;
        parts[0].iov_len = sizeof header;
        parts[1].iov_base = copy + done;
        parts[1].iov_len = n;
        status = send_parts(m, parts, 2, error);
        if (status == VOLINT_MEM_OK)
            status = receive_bytes(m, &verdict, 1, error);
        if (status != VOLINT_MEM_OK)
            return status;
        if (verdict != 1)
            return fail_memory(error, address + done, n, "written");
        done += n;
    }
    return VOLINT_MEM_OK;
}

/* ---- client: many ranges ---- */

/* What a vectored read needs beside the ranges. */
typedef struct batch {
    struct iovec *parts;   /* a part for each range, one for the verdicts */
    unsigned char *list;   /* as it is sent */
    unsigned char *verdicts;
    volint_mem_range **ranges;
    size_t count, capacity, most;
    uint64_t size;
} batch;

static bool make_batch(batch *b, size_t capacity)
{
    b->capacity = capacity;
    b->parts = (struct iovec *)malloc((capacity + 1) * sizeof *b->parts);
    b->list = (unsigned char *)malloc(HEADER_SIZE + capacity * RANGE_SIZE);
    b->verdicts = (unsigned char *)malloc(capacity);
    b->ranges = (volint_mem_range **)malloc(capacity * sizeof(volint_mem_range *));
    return b->parts != NULL && b->list != NULL && b->verdicts != NULL && b->ranges != NULL;
}

static void free_batch(batch *b)
{
    free(b->parts);
    free(b->list);
    free(b->verdicts);
    free(b->ranges);
}

/* Takes the answer to a batch. */
static volint_mem_status take_batch(volint_mem_client *m, batch *b, volint_mem_error *error)
{
    volint_mem_status status;
    size_t i;
    for (i = 0; i < b->count; i++) {
        b->parts[i].iov_base = b->ranges[i]->buffer;
        b->parts[i].iov_len = b->ranges[i]->length;
    }
    b->parts[b->count].iov_base = b->verdicts;
    b->parts[b->count].iov_len = b->count;
    status = receive_parts(m, b->parts, b->count + 1, error);
    for (i = 0; status == VOLINT_MEM_OK && i < b->count; i++) {
        b->ranges[i]->ok = b->verdicts[i] == 1;
        if (!b->ranges[i]->ok)
            memset(b->ranges[i]->buffer, 0, b->ranges[i]->length);
    }
    return status;
}

/* Sends the ranges of a batch, takes the answer, and empties the batch. */
static volint_mem_status send_batch(volint_mem_client *m, batch *b, volint_mem_error *error)
{
    unsigned char *p;
    struct iovec part;
    volint_mem_status status;
    size_t i;
    if (b->count == 0)
        return VOLINT_MEM_OK;
    p = b->list + HEADER_SIZE;
    store_header(b->list, TYPE_VECTORED, b->count, b->count * RANGE_SIZE);
    for (i = 0; i < b->count; i++) {
        p = store(p, b->ranges[i]->address, 8);
        p = store(p, b->ranges[i]->length, 8);
    }
    part.iov_base = b->list;
    part.iov_len = (size_t)(p - b->list);
    status = send_parts(m, &part, 1, error);
    if (status == VOLINT_MEM_OK)
        status = take_batch(m, b, error);
    b->count = 0;
    b->size = 0;
    return status;
}

/* Reads a range by itself, or puts it into the batch. */
static volint_mem_status read_range(volint_mem_client *m, batch *b, volint_mem_range *r, volint_mem_error *error)
{
    volint_mem_status status = VOLINT_MEM_OK;
    r->ok = r->length == 0 || read_recent(m, r->address, r->buffer, r->length) ||
            (m->piece_count > 0 && read_pieces(m, r->address, r->buffer, r->length));
    if (r->ok)
        return VOLINT_MEM_OK;
    if (!is_memory(m, r->address, r->length)) {
        memset(r->buffer, 0, r->length);
        return VOLINT_MEM_OK;
    }
    if (b == NULL || r->length > longest(m)) {
        status = read_server(m, r->address, r->buffer, r->length, error);
        r->ok = status == VOLINT_MEM_OK;
        if (!r->ok)
            memset(r->buffer, 0, r->length);
        return status == VOLINT_MEM_ERR_MEMORY ? VOLINT_MEM_OK : status;
    }
    if (b->capacity == 0 && !make_batch(b, b->most))
        return out_of_memory(error);
    if (b->count == b->capacity || r->length > longest(m) - b->size)
        status = send_batch(m, b, error);
    b->ranges[b->count++] = r;
    b->size += r->length;
    return status;
}

volint_mem_status volint_mem_read_many(volint_mem_client *m, volint_mem_range *ranges, size_t count, volint_mem_error *error)
{
    bool vectored = (m->about.features & VOLINT_MEM_VECTORED) != 0;
    volint_mem_status status = VOLINT_MEM_OK;
    batch b;
    size_t i;
    for (i = 0; i < count; i++)
        ranges[i].ok = false;
    memset(&b, 0, sizeof b);
    b.most = (size_t)smaller(count, MOST_RANGES);
    for (i = 0; i < count && status == VOLINT_MEM_OK; i++)
        status = read_range(m, vectored ? &b : NULL, &ranges[i], error);
    if (status == VOLINT_MEM_OK)
        status = send_batch(m, &b, error);
    free_batch(&b);
    return status;
}

/* ---- client: pause ---- */

static volint_mem_status stop_or_go(volint_mem_client *m, unsigned char type, uint64_t milliseconds, const char *no, volint_mem_error *error)
{
    unsigned char answer = 0;
    volint_mem_status status;
    if ((m->about.features & VOLINT_MEM_PAUSE) == 0)
        return fail(error, VOLINT_MEM_ERR_UNABLE, 0, "the server does not stop its guest");
    status = ask(m, type, milliseconds, &answer, error);
    if (status == VOLINT_MEM_OK && answer == 0)
        status = fail(error, VOLINT_MEM_ERR_UNABLE, 0, "%s", no);
    return status;
}

volint_mem_status volint_mem_pause(volint_mem_client *m, uint64_t milliseconds, volint_mem_error *error)
{
    return stop_or_go(m, TYPE_PAUSE, milliseconds, "the server refuses to stop its guest", error);
}

volint_mem_status volint_mem_continue(volint_mem_client *m, volint_mem_error *error)
{
    return stop_or_go(m, TYPE_CONTINUE, 0, "the guest was not stopped for this client any more: it may have run", error);
}

#ifndef VOLINT_MEM_NO_SERVER

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>

#ifndef VOLINT_MEM_NO_THREAD
#include <pthread.h>
#include <signal.h>
#endif

/* ---- server: what it keeps ---- */

enum {
    CHUNK = 256 << 10,       /* as much of an answer is made and sent at a time: LibVMI
                              * and Volatility 2 take 64 KiB by a single read */
    SEND_BUFFER = 512 << 10, /* asked of the system, so that sending and making go together */
    PAGE = 4096,             /* the longest read that succeeds in a hole */
    INPUT = 4096,            /* bytes of requests that are read ahead */
    MOST_CLIENTS = 256,
    MOST_MILLISECONDS = 60000,
    MOST_IDLE = 3600000,     /* milliseconds */
    MOST_RUNS = 1 << 16,
    MOST_WORD = 4096,        /* bytes of an image's identity or name */
    MOST_CHANGE = 200,       /* bytes of a change's words */
    TURN_STEPS = 16,         /* what one client is given before the next, pumped */
    EVENTS = 64,
    ACCEPTS = 64,            /* clients taken at a time */
    SHORTAGE_TIME = 50       /* milliseconds until clients are taken again, after want of descriptors */
};

#define LONGEST ((uint64_t)64 << 20)
#define NEVER INT64_MAX

/* Where memory is. It stays as it is while some request uses it; refs counts those,
 * and the server. */
typedef struct layout {
    size_t refs;
    volint_mem_run *runs; /* NULL: the host does not know */
    size_t count;
    int files[MOST_FILES];
    size_t file_count;
    uint32_t *file;       /* of each run, or NO_FILE */
    uint64_t *offset;
} layout;

#ifdef VOLINT_MEM_NO_THREAD
typedef int mutex;
static void mutex_init(mutex *m) { *m = 0; }
static void mutex_destroy(mutex *m) { (void)m; }
static void lock(mutex *m) { (void)m; }
static void unlock(mutex *m) { (void)m; }
#else
typedef pthread_mutex_t mutex;
static void mutex_init(mutex *m) { (void)pthread_mutex_init(m, NULL); }
static void mutex_destroy(mutex *m) { (void)pthread_mutex_destroy(m); }
static void lock(mutex *m) { (void)pthread_mutex_lock(m); }
static void unlock(mutex *m) { (void)pthread_mutex_unlock(m); }
#endif

typedef enum stage {
    AT_HEADER,  /* waits for a request */
    AT_DATA,    /* takes what is to be written */
    AT_LIST,    /* takes a vectored read's list */
    IN_READ,    /* answers a read */
    IN_VECTORED /* answers a vectored read */
} stage;

/* What is left to answer of one read. */
typedef struct answer {
    uint64_t address, left;
    place where;
    bool ok;
} answer;

/* What a client is waited for. */
typedef enum waiting {
    FOR_NOTHING, /* the host is at work */
    FOR_REQUEST,
    FOR_REST     /* of a request or, to be taken, of an answer */
} waiting;

/* A client of the server's. Its thread, or the pumping one, has it to itself, but for
 * what is marked. */
typedef struct conn {
    struct volint_mem_server *server;
    struct conn *next; /* under the lock */
    int fd;
    uid_t user;
    uint64_t changes; /* of the server, when it connected */

    unsigned char in[INPUT]; /* received and not used: from in_begin to in_end */
    size_t in_begin, in_end;
    unsigned char *out;      /* to be sent: from out_begin to out_end */
    size_t out_begin, out_end, out_size;
    layout *passing;         /* its files ride on the next byte sent */

    stage at;
    layout *map; /* of this request, or NULL */
    answer read; /* also of what is written */
    size_t gathered;        /* of what is to be written, in out */
    unsigned char *list;    /* of a vectored read: verdicts take its place from the front */
    size_t count, listed, next_range, told;
    uint64_t total;         /* of its answer, in bytes */
    bool open;              /* a range of it is being answered */
    bool failed;            /* some part of this request failed */
    uint64_t sent, written; /* bytes of memory by this request */

    uint32_t events;        /* that epoll waits for; 0: not in there */
    bool gone;              /* under the lock: to be freed */
    waiting waits;          /* under the lock, written by its own thread alone */
    int64_t since;          /* under the lock: when it began to wait */
    bool cut;               /* under the lock: its patience is over */
    bool pausing;           /* under the pause lock */
    int64_t hold_until;     /* under the pause lock */
#ifndef VOLINT_MEM_NO_THREAD
    pthread_t thread;
#endif
} conn;

struct volint_mem_server {
    volint_mem_host host; /* image, name: copies. runs, files: in map */
    volint_mem_options options; /* users: a copy */
    char *image, *name;
    uid_t *users;
    pid_t process;
    uint64_t started;
    uid_t user;

    char path[VOLINT_MEM_PATH + 1]; /* "" has no file */
    dev_t device;
    ino_t inode;

    int poller, listener, timer, wake;
    bool listening; /* the listener is in the poller */
    bool in_poll, threaded;

    mutex state; /* of what follows */
    conn *clients;
    layout *map;
    int64_t armed; /* when the timer will ring */
    volint_mem_counters counters;
    uint64_t changes;
    char change[MOST_CHANGE + 1];
    bool stopping;
    bool dead; /* some client is marked to be freed */

    mutex pause; /* around pause and resume; taken before state */
    size_t pausers;
    bool stopped; /* by this server */
    int64_t stands_until;

    mutex one; /* around read and write, where they are to be one at a time */
#ifndef VOLINT_MEM_NO_THREAD
    pthread_t acceptor;
#endif
};

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- server: where memory is ---- */

static void free_layout(layout *l)
{
    size_t i;
    for (i = 0; i < l->file_count; i++)
        (void)close(l->files[i]);
    free(l->runs);
    free(l->file);
    free(l->offset);
    free(l);
}

/* Under the lock. */
static layout *take_layout(volint_mem_server *s)
{
    s->map->refs++;
    return s->map;
}

static void give_layout(volint_mem_server *s, layout **l)
{
    bool last = false;
    if (*l == NULL)
        return;
    lock(&s->state);
    last = --(*l)->refs == 0;
    unlock(&s->state);
    if (last)
        free_layout(*l);
    *l = NULL;
}

/* A descriptor of the same file that can be read only: what is passed must not give
 * more than that. */
static int reopen(int fd, volint_mem_error *error)
{
    char path[40];
    struct stat s;
    int own, flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fstat(fd, &s) != 0) {
        fail_system(error, "a run's file");
        return -1;
    }
    if (!S_ISREG(s.st_mode) && !S_ISBLK(s.st_mode)) {
        fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "a run's file is neither a file nor a block device");
        return -1;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    own = open(path, O_RDONLY | O_CLOEXEC);
    if (own < 0 && (flags & O_ACCMODE) == O_RDONLY)
        own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        fail_system(error, "opening a run's file for reading");
    return own;
}

/* Puts a run's file into the layout: a descriptor that is there already is found among
 * the runs before. */
static bool add_file(layout *l, const volint_mem_file *files, size_t run, volint_mem_error *error)
{
    size_t i;
    int own;
    l->file[run] = NO_FILE;
    l->offset[run] = files[run].offset;
    if (files[run].fd < 0)
        return true;
    for (i = 0; i < run && l->file[run] == NO_FILE; i++)
        if (files[i].fd == files[run].fd)
            l->file[run] = l->file[i];
    if (l->file[run] != NO_FILE || l->file_count == MOST_FILES)
        return true;
    own = reopen(files[run].fd, error);
    if (own < 0)
        return false;
    l->file[run] = (uint32_t)l->file_count;
    l->files[l->file_count++] = own;
    return true;
}

static bool fill_layout(layout *l, const volint_mem_run *runs, const volint_mem_file *files, size_t count, volint_mem_error *error)
{
    uint64_t end = 0;
    size_t i;
    for (i = 0; i < count; i++) {
        if (!follows(end, runs[i])) {
            fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "run %zu of memory, at 0x%llx, is empty, too long, or not behind the one before", i,
                 (unsigned long long)runs[i].start);
            return false;
        }
        end = runs[i].start + runs[i].length;
        l->runs[i] = runs[i];
        if (files != NULL && !add_file(l, files, i, error))
            return false;
    }
    l->count = count;
    return true;
}

static layout *make_layout(const volint_mem_run *runs, const volint_mem_file *files, size_t count, volint_mem_error *error)
{
    layout *l;
    if (runs == NULL ? count != 0 : count > MOST_RUNS) {
        fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "memory in %zu runs can't be served: %d are the most", count, MOST_RUNS);
        return NULL;
    }
    l = (layout *)calloc(1, sizeof *l);
    if (l == NULL) {
        out_of_memory(error);
        return NULL;
    }
    l->refs = 1;
    if (runs == NULL)
        return l;
    l->runs = (volint_mem_run *)malloc((count + 1) * sizeof *l->runs);
    l->file = (uint32_t *)malloc((count + 1) * sizeof *l->file);
    l->offset = (uint64_t *)malloc((count + 1) * sizeof *l->offset);
    if (l->runs == NULL || l->file == NULL || l->offset == NULL)
        out_of_memory(error);
    else if (fill_layout(l, runs, files, count, error))
        return l;
    free_layout(l);
    return NULL;
}

/* Where a read lies; a host that does not know where memory is says so by its callback. */
static place where(const layout *l, uint64_t address, uint64_t length)
{
    if (l->runs != NULL)
        return locate(l->runs, l->count, address, length);
    return address + length > address || address + length == 0 ? IN_MEMORY : OUTSIDE;
}

/* Whether a client may have a file: who holds a descriptor can open the file anew
 * through /proc, for writing too where its mode allows. */
static bool may_have(const conn *c, int file)
{
    struct stat s;
    if (c->user == c->server->user || c->user == 0)
        return true;
    return fstat(file, &s) == 0 && s.st_uid != c->user && (s.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The files of a layout that a client may have. */
typedef struct passed {
    int fd[MOST_FILES];
    uint32_t index[MOST_FILES]; /* of each of the layout's: its place in fd, or NO_FILE */
    size_t count;
} passed;

static void choose_files(const conn *c, const layout *l, passed *p)
{
    size_t i;
    p->count = 0;
    for (i = 0; i < l->file_count; i++) {
        p->index[i] = NO_FILE;
        if (!may_have(c, l->files[i]))
            continue;
        p->index[i] = (uint32_t)p->count;
        p->fd[p->count++] = l->files[i];
    }
}

/* ---- server: the timer ---- */

/* Has the timer ring at that time at the latest. Under the lock. */
static void ring_by(volint_mem_server *s, int64_t when)
{
    struct itimerspec t;
    if (when >= s->armed)
        return;
    memset(&t, 0, sizeof t);
    when = when < 1 ? 1 : when; /* 0 would stop it */
    t.it_value.tv_sec = (time_t)(when / 1000);
    t.it_value.tv_nsec = (long)(when % 1000) * 1000000;
    (void)timerfd_settime(s->timer, TFD_TIMER_ABSTIME, &t, NULL);
    s->armed = when;
}

/* When a client that does not move is disconnected. Under the lock. */
static int64_t patience(const conn *c)
{
    if (c->waits == FOR_NOTHING)
        return NEVER;
    return c->since + (c->waits == FOR_REST ? c->server->options.slow : c->server->options.idle);
}

/* Notes what a client is waited for from now on. */
static void note(conn *c, waiting what)
{
    volint_mem_server *s = c->server;
    if (what == FOR_NOTHING && c->waits == FOR_NOTHING)
        return;
    lock(&s->state);
    c->since = now_ms();
    c->waits = what;
    ring_by(s, patience(c));
    unlock(&s->state);
}

/* ---- server: pause ---- */

/* Continues the guest for one client; false if it was not stopped for it. */
static bool release(conn *c)
{
    volint_mem_server *s = c->server;
    bool was;
    lock(&s->pause);
    was = c->pausing;
    c->pausing = false;
    if (was && --s->pausers == 0 && s->stopped) {
        s->stopped = false;
        if (s->host.resume != NULL)
            s->host.resume(s->host.opaque);
    }
    unlock(&s->pause);
    return was;
}

/* Stops the guest, which may stand until the longest hold is over. */
static bool stop_guest(volint_mem_server *s)
{
    volint_mem_paused how = s->host.pause(s->host.opaque);
    s->stopped = how == VOLINT_MEM_STOPPED;
    s->stands_until = now_ms() + s->options.hold;
    return how != VOLINT_MEM_REFUSED;
}

/* Stops the guest for one client, or has it stand anew for one that stopped it. Clients
 * that take turns do not hold it for longer than one could. */
static bool hold(conn *c, uint64_t milliseconds)
{
    volint_mem_server *s = c->server;
    int64_t now, until;
    bool stands;
    if (s->host.pause == NULL)
        return false;
    lock(&s->pause);
    stands = s->pausers > 0 || stop_guest(s);
    now = now_ms();
    until = now + (int64_t)smaller(milliseconds == 0 ? UINT64_MAX : milliseconds, s->options.hold);
    until = until < s->stands_until ? until : s->stands_until;
    if (s->pausers == 0 && until <= now)
        until = now + 1; /* it was stopped just now, and the timer is to continue it */
    if (stands && until > now) {
        s->pausers += c->pausing ? 0 : 1;
        c->pausing = true;
        c->hold_until = until;
        lock(&s->state);
        ring_by(s, until);
        unlock(&s->state);
    }
    unlock(&s->pause);
    return stands && until > now;
}

/* ---- server: answers ---- */

/* Room for so many bytes more in what is to be sent. */
static bool reserve(conn *c, size_t size)
{
    unsigned char *larger;
    size_t needed = c->out_end + size;
    if (needed <= c->out_size)
        return true;
    needed = (needed + 4095) / 4096 * 4096;
    larger = (unsigned char *)realloc(c->out, needed);
    if (larger == NULL)
        return false;
    c->out = larger;
    c->out_size = needed;
    return true;
}

static bool say(conn *c, unsigned char byte)
{
    if (!reserve(c, 1))
        return false;
    c->out[c->out_end++] = byte;
    return true;
}

static bool host_read(volint_mem_server *s, uint64_t address, void *buffer, size_t length)
{
    bool ok;
    if (s->options.one_at_a_time)
        lock(&s->one);
    ok = s->host.read(s->host.opaque, address, buffer, length);
    if (s->options.one_at_a_time)
        unlock(&s->one);
    return ok;
}

static bool host_write(volint_mem_server *s, uint64_t address, const void *data, size_t length)
{
    bool ok;
    if (s->options.one_at_a_time)
        lock(&s->one);
    ok = s->host.write(s->host.opaque, address, data, length);
    if (s->options.one_at_a_time)
        unlock(&s->one);
    return ok;
}

/* Begins to answer a read. */
static void begin_answer(const conn *c, answer *a, uint64_t address, uint64_t length)
{
    a->address = address;
    a->left = length;
    a->where = length == 0 ? IN_MEMORY : where(c->map, address, length);
    a->ok = a->where == IN_MEMORY || (a->where == IN_HOLE && length <= PAGE && !c->server->options.fail_holes);
}

/* Puts the next part of a read behind what is to be sent, which has room for it. */
static void put_part(conn *c, answer *a, size_t size)
{
    unsigned char *to = c->out + c->out_end;
    bool got = false;
    if (a->ok && a->where == IN_MEMORY && size > 0) {
        a->ok = got = host_read(c->server, a->address, to, size);
        c->sent += got ? size : 0;
    }
    if (!got)
        memset(to, 0, size);
    c->out_end += size;
    a->address += size;
    a->left -= size;
}

static bool finish(conn *c);

/* The next chunk of a read. */
static bool put_read(conn *c)
{
    size_t size = (size_t)smaller(c->read.left, CHUNK);
    note(c, FOR_NOTHING);
    if (!reserve(c, size + 1))
        return false;
    put_part(c, &c->read, size);
    if (c->read.left > 0)
        return true;
    c->failed = !c->read.ok;
    return say(c, c->read.ok) && finish(c);
}

/* Whether the range that is being answered can go into this chunk: a range that fits
 * in one is read at once, so that a failure leaves no half of it. */
static bool has_room(const conn *c)
{
    size_t room = CHUNK - c->out_end;
    return c->read.left <= room || c->out_end == 0 || (c->read.left > CHUNK && room > 0);
}

/* The next chunk of a vectored read: ranges, then the verdicts. */
static bool put_vectored(conn *c)
{
    size_t n;
    note(c, FOR_NOTHING);
    if (!reserve(c, (size_t)smaller(c->total, CHUNK) + 1))
        return false;
    while (c->next_range < c->count) {
        const unsigned char *range = c->list + c->next_range * RANGE_SIZE;
        if (!c->open)
            begin_answer(c, &c->read, load64(range), load64(range + 8));
        c->open = true;
        if (!has_room(c))
            return true;
        put_part(c, &c->read, (size_t)smaller(c->read.left, CHUNK - c->out_end));
        if (c->read.left > 0)
            return true;
        c->failed = c->failed || !c->read.ok;
        c->list[c->next_range++] = c->read.ok;
        c->open = false;
    }
    n = (size_t)smaller(c->count - c->told, CHUNK - c->out_end);
    memcpy(c->out + c->out_end, c->list + c->told, n);
    c->out_end += n;
    c->told += n;
    return c->told < c->count || finish(c);
}

/* Stores a text of MOST_WORD bytes at most behind its length. */
static unsigned char *store_word(unsigned char *p, const char *word)
{
    size_t size = strlen(word);
    p = store(p, size, 2);
    memcpy(p, word, size);
    return p + size;
}

static uint32_t features(const conn *c)
{
    const volint_mem_host *host = &c->server->host;
    uint32_t f = VOLINT_MEM_VECTORED;
    passed files;
    choose_files(c, c->map, &files);
    f |= files.count > 0 ? (uint32_t)VOLINT_MEM_DESCRIPTOR : 0;
    f |= host->pause != NULL ? (uint32_t)VOLINT_MEM_PAUSE : 0;
    f |= host->write != NULL ? (uint32_t)VOLINT_MEM_WRITABLE : 0;
    f |= host->dump ? 0 : (uint32_t)VOLINT_MEM_LIVE;
    return f;
}

static bool put_hello(conn *c)
{
    volint_mem_server *s = c->server;
    const layout *l = c->map;
    char change[MOST_CHANGE + 1] = "";
    unsigned char *p;
    size_t i;
    if (l->runs == NULL)
        return say(c, 0) && finish(c);
    lock(&s->state);
    if (s->changes != c->changes)
        memcpy(change, s->change, sizeof change);
    unlock(&s->state);
    if (!reserve(c, 1 + 4 + HELLO_FIXED + l->count * RUN_SIZE + 16 + 3 * (2 + MOST_WORD)))
        return false;
    p = c->out + 5;
    c->out[0] = 1;
    p = store(p, HELLO_VERSION, 4);
    p = store(p, features(c), 4);
    p = store(p, s->options.longest, 8);
    p = store(p, l->count, 4);
    for (i = 0; i < l->count; i++) {
        p = store(p, l->runs[i].start, 8);
        p = store(p, l->runs[i].length, 8);
    }
    p = store(p, s->host.dump ? 0 : (uint64_t)s->process, 8);
    p = store(p, s->host.dump ? 0 : s->started, 8);
    p = store_word(p, s->image);
    p = store_word(p, s->name);
    p = store_word(p, change);
    c->out_end = (size_t)(p - c->out);
    store(c->out + 1, c->out_end - 5, 4);
    return finish(c);
}

static bool put_descriptors(conn *c)
{
    layout *l = c->map;
    passed files;
    unsigned char *p;
    size_t i;
    choose_files(c, l, &files);
    if (l->runs == NULL || files.count == 0)
        return say(c, 0) && finish(c);
    if (!reserve(c, 1 + 4 + DESCRIPTOR_FIXED + l->count * DESCRIPTOR_RUN_SIZE))
        return false;
    c->out[0] = 1;
    p = store(c->out + 1, DESCRIPTOR_FIXED + l->count * DESCRIPTOR_RUN_SIZE, 4);
    p = store(p, DESCRIPTOR_VERSION, 2);
    p = store(p, files.count, 2);
    p = store(p, l->count, 4);
    for (i = 0; i < l->count; i++) {
        uint32_t file = l->file[i] == NO_FILE ? NO_FILE : files.index[l->file[i]];
        p = store(p, l->runs[i].start, 8);
        p = store(p, l->runs[i].length, 8);
        p = store(p, file, 4);
        p = store(p, 0, 4);
        p = store(p, file == NO_FILE ? 0 : l->offset[i], 8);
    }
    c->out_end = (size_t)(p - c->out);
    c->passing = l;
    c->map = NULL;
    return finish(c);
}

/* ---- server: requests ---- */

/* The request is answered, but for what lies in out. */
static bool finish(conn *c)
{
    volint_mem_server *s = c->server;
    c->at = AT_HEADER;
    free(c->list);
    c->list = NULL;
    give_layout(s, &c->map);
    lock(&s->state);
    s->counters.failures += c->failed ? 1 : 0;
    s->counters.sent += c->sent;
    s->counters.written += c->written;
    unlock(&s->state);
    return true;
}

/* Takes up to size bytes of what was received. */
static size_t take(conn *c, void *into, size_t size)
{
    size_t there = c->in_end - c->in_begin;
    size = size < there ? size : there;
    memcpy(into, c->in + c->in_begin, size);
    c->in_begin += size;
    if (c->in_begin == c->in_end)
        c->in_begin = c->in_end = 0;
    return size;
}

/* A list has arrived: its ranges must not be longer than the limit together. */
static bool begin_vectored(conn *c)
{
    uint64_t left = c->server->options.longest;
    size_t i;
    for (i = 0; i < c->count; i++) {
        uint64_t length = load64(c->list + i * RANGE_SIZE + 8);
        if (length > left)
            return false;
        left -= length;
    }
    c->total = c->server->options.longest - left + c->count;
    c->at = IN_VECTORED;
    return true;
}

static bool begin_list(conn *c, uint64_t count, uint64_t length)
{
    if (c->map->runs == NULL)
        return say(c, 0) && finish(c);
    if (count > MOST_RANGES || length != count * RANGE_SIZE)
        return false;
    c->count = (size_t)count;
    c->listed = c->next_range = c->told = 0;
    c->open = false;
    c->list = (unsigned char *)malloc((size_t)length + 1);
    c->at = AT_LIST;
    return c->list != NULL && (count > 0 || begin_vectored(c));
}

static bool begin_write(conn *c, uint64_t address, uint64_t length)
{
    begin_answer(c, &c->read, address, length);
    c->read.ok = c->server->host.write != NULL && c->read.where == IN_MEMORY;
    c->gathered = 0;
    c->at = AT_DATA;
    return true;
}

/* Takes a request up; false ends the connection. */
static bool begin(conn *c, const unsigned char *header)
{
    volint_mem_server *s = c->server;
    uint64_t address = load64(header + 8), length = load64(header + 16);
    c->failed = false;
    c->sent = c->written = 0;
    lock(&s->state);
    s->counters.requests++;
    c->map = take_layout(s);
    c->waits = FOR_NOTHING;
    unlock(&s->state);
    switch (header[0]) {
    case TYPE_QUIT:
        return false;
    case TYPE_READ:
        if (length > s->options.longest)
            return false;
        begin_answer(c, &c->read, address, length);
        c->at = IN_READ;
        return true;
    case TYPE_WRITE:
        return length <= s->options.longest && begin_write(c, address, length);
    case TYPE_HELLO:
        if (address == HELLO_MAGIC && length == 0)
            return put_hello(c);
        break;
    case TYPE_VECTORED:
        return begin_list(c, address, length);
    case TYPE_DESCRIPTOR:
        if (length == 0)
            return put_descriptors(c);
        break;
    case TYPE_PAUSE:
        return say(c, c->map->runs != NULL && length == 0 && hold(c, address)) && finish(c);
    case TYPE_CONTINUE:
        return say(c, c->map->runs != NULL && length == 0 && release(c)) && finish(c);
    default:
        break;
    }
    return say(c, 0) && finish(c);
}

/* What was gathered is written, or dropped. */
static bool write_part(conn *c)
{
    note(c, FOR_NOTHING);
    if (c->read.ok && c->gathered > 0) {
        c->read.ok = host_write(c->server, c->read.address, c->out, c->gathered);
        c->written += c->read.ok ? c->gathered : 0;
    }
    c->read.address += c->gathered;
    c->read.left -= c->gathered;
    c->gathered = 0;
    if (c->read.left > 0)
        return true;
    c->failed = !c->read.ok;
    return say(c, c->read.ok) && finish(c);
}

typedef enum outcome {
    MOVES, /* there may be more to do */
    WAITS, /* for the client */
    ENDS   /* the connection is to be closed */
} outcome;

/* Uses what was received; WAITS for more of it. */
static outcome use_input(conn *c)
{
    size_t part;
    unsigned char header[HEADER_SIZE];
    switch (c->at) {
    case AT_HEADER:
        if (c->in_end - c->in_begin < HEADER_SIZE)
            return WAITS;
        take(c, header, sizeof header);
        return begin(c, header) ? MOVES : ENDS;
    case AT_DATA:
        part = (size_t)smaller(c->read.left, CHUNK);
        if (!reserve(c, part + 1))
            return ENDS;
        c->gathered += take(c, c->out + c->gathered, part - c->gathered);
        if (c->gathered < part)
            return WAITS;
        return write_part(c) ? MOVES : ENDS;
    default:
        c->listed += take(c, c->list + c->listed, c->count * RANGE_SIZE - c->listed);
        if (c->listed < c->count * RANGE_SIZE)
            return WAITS;
        return begin_vectored(c) ? MOVES : ENDS;
    }
}

/* ---- server: connections ---- */

/* Receives what a client sent: long data straight to its place. */
static outcome receive_input(conn *c, bool block)
{
    unsigned char *to = c->in + c->in_end;
    size_t size = sizeof c->in - c->in_end;
    ssize_t n;
    if (c->at == AT_DATA) {
        to = c->out + c->gathered;
        size = (size_t)smaller(c->read.left, CHUNK) - c->gathered;
    } else if (c->at == AT_LIST) {
        to = c->list + c->listed;
        size = c->count * RANGE_SIZE - c->listed;
    }
    do
        n = recv(c->fd, to, size, block ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return WAITS;
    if (n <= 0)
        return ENDS;
    if (c->at == AT_DATA)
        c->gathered += (size_t)n;
    else if (c->at == AT_LIST)
        c->listed += (size_t)n;
    else
        c->in_end += (size_t)n;
    return MOVES;
}

/* Uses what was received, and receives more. */
static outcome take_input(conn *c, bool block)
{
    outcome o = use_input(c);
    if (o != WAITS)
        return o;
    if (c->in_begin > 0) { /* part of a header, which the rest is to follow */
        memmove(c->in, c->in + c->in_begin, c->in_end - c->in_begin);
        c->in_end -= c->in_begin;
        c->in_begin = 0;
    }
    note(c, c->at != AT_HEADER || c->in_end > 0 ? FOR_REST : FOR_REQUEST);
    return receive_input(c, block);
}

/* Sends a byte with the descriptors of a layout. */
static ssize_t send_descriptors(const conn *c, const layout *l, int flags)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(MOST_FILES * sizeof(int))];
    } control;
    struct msghdr message;
    struct cmsghdr *head;
    struct iovec part;
    passed files;
    choose_files(c, l, &files);
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    part.iov_base = c->out + c->out_begin;
    part.iov_len = 1;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(files.count * sizeof(int));
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(files.count * sizeof(int));
    memcpy(CMSG_DATA(head), files.fd, files.count * sizeof(int));
    return sendmsg(c->fd, &message, flags);
}

static ssize_t send_some(conn *c, int flags)
{
    ssize_t n;
    do {
        if (c->passing != NULL)
            n = send_descriptors(c, c->passing, flags);
        else
            n = send(c->fd, c->out + c->out_begin, c->out_end - c->out_begin, flags);
    } while (n < 0 && errno == EINTR);
    return n;
}

/* Sends what there is. Only a client that does not take it at once is waited for, and
 * noted. */
static outcome send_output(conn *c, bool block)
{
    ssize_t n = send_some(c, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        note(c, FOR_REST);
        if (!block)
            return WAITS;
        n = send_some(c, MSG_NOSIGNAL);
    }
    if (n < 0)
        return ENDS;
    give_layout(c->server, &c->passing);
    c->out_begin += (size_t)n;
    if (c->out_begin == c->out_end)
        c->out_begin = c->out_end = 0;
    return MOVES;
}

/* Does one thing for a client. What there is to send goes first: no more is made, and
 * no more taken, before the client has that. */
static outcome step(conn *c, bool block)
{
    if (c->out_begin < c->out_end)
        return send_output(c, block);
    if (c->at == IN_READ)
        return put_read(c) ? MOVES : ENDS;
    if (c->at == IN_VECTORED)
        return put_vectored(c) ? MOVES : ENDS;
    return take_input(c, block);
}

static void free_conn(conn *c)
{
    give_layout(c->server, &c->map);
    give_layout(c->server, &c->passing);
    shut(&c->fd);
    free(c->list);
    free(c->out);
    free(c);
}

/* Takes clients that are marked off the list and frees them. */
static void reap(volint_mem_server *s)
{
    conn **p = &s->clients, *dead = NULL, *c;
    lock(&s->state);
    while (s->dead && *p != NULL) {
        c = *p;
        if (!c->gone) {
            p = &c->next;
            continue;
        }
        *p = c->next;
        c->next = dead;
        dead = c;
        s->counters.clients--;
    }
    s->dead = false;
    unlock(&s->state);
    while (dead != NULL) {
        c = dead;
        dead = c->next;
#ifndef VOLINT_MEM_NO_THREAD
        if (s->threaded)
            (void)pthread_join(c->thread, NULL);
#endif
        (void)release(c);
        free_conn(c);
    }
}

/* ---- server: pumped ---- */

/* Has the poller wait for events on a client, whose events it has now. */
static bool watch(conn *c, uint32_t events)
{
    struct epoll_event e;
    int how = c->events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (events == c->events)
        return true;
    memset(&e, 0, sizeof e);
    e.events = events;
    e.data.ptr = c;
    c->events = events;
    return epoll_ctl(c->server->poller, how, c->fd, &e) == 0;
}

/* No more is done for the client; it is freed when no event can name it any more. */
static void drop(conn *c)
{
    /* By hand: a child that fork made may have a copy of the descriptor, by which the
     * poller would go on to name this client. */
    (void)epoll_ctl(c->server->poller, EPOLL_CTL_DEL, c->fd, NULL);
    lock(&c->server->state);
    c->gone = c->server->dead = true;
    unlock(&c->server->state);
    shut(&c->fd);
}

/* Whether all that was received is answered. */
static bool is_idle(const conn *c)
{
    return c->at == AT_HEADER && c->in_begin == c->in_end && c->out_begin == c->out_end;
}

/* Does what can be done for a client without waiting, and not too much of it. */
static void serve_turn(conn *c)
{
    outcome o = MOVES;
    int i;
    for (i = 0; i < TURN_STEPS && o == MOVES; i++) {
        o = step(c, false);
        if (i > 0 && o == MOVES && is_idle(c)) { /* there is mostly nothing more yet */
            note(c, FOR_REQUEST);
            o = WAITS;
        }
    }
    /* With more to do while the socket takes answers, that wakes the poller at once. */
    if (o == ENDS || !watch(c, o == WAITS && c->out_begin == c->out_end ? (uint32_t)EPOLLIN : (uint32_t)EPOLLOUT))
        drop(c);
}

/* ---- server: clients come ---- */

static bool is_welcome(const volint_mem_server *s, uid_t user)
{
    size_t i;
    if (user == s->user || user == 0)
        return true;
    for (i = 0; i < s->options.user_count; i++)
        if (s->users[i] == user)
            return true;
    return false;
}

#ifndef VOLINT_MEM_NO_THREAD
static bool start_thread(conn *c);
#endif

/* Begins to serve a client. The descriptor is not closed on failure. */
static bool admit(volint_mem_server *s, int fd, uid_t user)
{
    static const int buffer = SEND_BUFFER;
    conn *c = (conn *)calloc(1, sizeof *c);
    bool ok;
    if (c == NULL)
        return false;
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    c->server = s;
    c->fd = fd;
    c->user = user;
    /* A thread that starts waits here until it is on the list, and its id known. */
    lock(&s->state);
#ifdef VOLINT_MEM_NO_THREAD
    ok = watch(c, EPOLLIN);
#else
    ok = s->threaded ? start_thread(c) : watch(c, EPOLLIN);
#endif
    if (ok) {
        c->changes = s->changes;
        c->next = s->clients;
        s->clients = c;
        s->counters.clients++;
        s->counters.accepted++;
    }
    unlock(&s->state);
    if (!ok)
        free(c);
    else if (!s->threaded)
        note(c, FOR_REQUEST);
    return ok;
}

static bool peer(int fd, uid_t *user)
{
    struct ucred u;
    socklen_t size = sizeof u;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &u, &size) != 0)
        return false;
    *user = u.uid;
    return true;
}

static bool is_full(volint_mem_server *s)
{
    bool full;
    lock(&s->state);
    full = s->counters.clients >= s->options.clients;
    unlock(&s->state);
    return full;
}

static void refuse(volint_mem_server *s, int fd)
{
    lock(&s->state);
    s->counters.refused++;
    unlock(&s->state);
    (void)close(fd);
}

static void listen_again(volint_mem_server *s)
{
    struct epoll_event e;
    memset(&e, 0, sizeof e);
    e.events = EPOLLIN;
    e.data.ptr = &s->listener;
    s->listening = epoll_ctl(s->poller, EPOLL_CTL_ADD, s->listener, &e) == 0;
}

/* Without descriptors or memory nobody can be taken: the listener would wake the poller
 * again and again. */
static void rest(volint_mem_server *s)
{
    (void)epoll_ctl(s->poller, EPOLL_CTL_DEL, s->listener, NULL);
    s->listening = false;
    lock(&s->state);
    ring_by(s, now_ms() + SHORTAGE_TIME);
    unlock(&s->state);
}

static void take_clients(volint_mem_server *s)
{
    int i;
    for (i = 0; i < ACCEPTS; i++) {
        uid_t user = 0;
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (errno != EAGAIN && errno != EWOULDBLOCK)
                rest(s);
            return;
        }
        if (!peer(fd, &user) || !is_welcome(s, user) || is_full(s) || !admit(s, fd, user))
            refuse(s, fd);
    }
}

/* ---- server: the poller ---- */

/* Ends the pauses that are over; returns when the next one is. */
static int64_t end_pauses(volint_mem_server *s, int64_t now)
{
    int64_t next = NEVER;
    conn *c;
    bool over = true;
    while (over) { /* release takes the pause lock by itself */
        over = false;
        lock(&s->pause);
        lock(&s->state);
        for (c = s->clients, next = NEVER; c != NULL && !over; c = c->next) {
            if (!c->pausing)
                continue;
            over = c->hold_until <= now;
            next = c->hold_until < next ? c->hold_until : next;
            if (over)
                break;
        }
        unlock(&s->state);
        unlock(&s->pause);
        if (over)
            (void)release(c); /* which only this thread frees */
    }
    return next;
}

/* Disconnects the clients that do not move; returns when the next one would be. */
static int64_t end_patience(volint_mem_server *s, int64_t now)
{
    int64_t next = NEVER;
    conn *c;
    lock(&s->state);
    for (c = s->clients; c != NULL; c = c->next) {
        int64_t until = c->gone || c->cut ? NEVER : patience(c);
        if (until > now) {
            next = until < next ? until : next;
            continue;
        }
        (void)shutdown(c->fd, SHUT_RDWR); /* its thread, or the poller, finds it ended */
        c->cut = true;
    }
    unlock(&s->state);
    return next;
}

static void on_timer(volint_mem_server *s)
{
    uint64_t times;
    int64_t now = now_ms(), next, other;
    ssize_t n = read(s->timer, &times, sizeof times);
    (void)n;
    lock(&s->state);
    s->armed = NEVER;
    unlock(&s->state);
    if (s->listener >= 0 && !s->listening)
        listen_again(s);
    next = end_pauses(s, now);
    other = end_patience(s, now);
    lock(&s->state);
    ring_by(s, next < other ? next : other);
    unlock(&s->state);
}

/* Waits for events and does what they ask for; -1 with errno. */
static int handle_events(volint_mem_server *s, int timeout)
{
    struct epoll_event events[EVENTS];
    int i, n = epoll_wait(s->poller, events, EVENTS, timeout);
    if (n < 0)
        return errno == EINTR ? 0 : -1;
    for (i = 0; i < n; i++) {
        void *what = events[i].data.ptr;
        if (what == &s->listener)
            take_clients(s);
        else if (what == &s->timer)
            on_timer(s);
        else if (what == &s->wake) {
            uint64_t times;
            ssize_t size = read(s->wake, &times, sizeof times);
            (void)size;
        } else if (!((conn *)what)->gone)
            serve_turn((conn *)what);
    }
    reap(s);
    return n;
}

int volint_mem_server_fd(const volint_mem_server *s) { return s->poller; }

int volint_mem_server_poll(volint_mem_server *s, int timeout)
{
    uint64_t before;
    int n;
    if (s->threaded) {
        errno = EBUSY;
        return -1;
    }
    if (s->in_poll)
        return 0;
    s->in_poll = true;
    before = s->counters.requests;
    n = handle_events(s, timeout);
    s->in_poll = false;
    return n < 0 ? -1 : (int)(s->counters.requests - before);
}

int volint_mem_server_wait(volint_mem_server *s, int fd, int timeout)
{
    int64_t until = timeout < 0 ? NEVER : now_ms() + timeout;
    if (s->in_poll || s->threaded) {
        errno = s->threaded ? EBUSY : EDEADLK;
        return -1;
    }
    for (;;) {
        struct pollfd p[2];
        int64_t left = until - now_ms();
        int n;
        p[0].fd = fd;
        p[1].fd = s->poller;
        p[0].events = p[1].events = POLLIN;
        p[0].revents = p[1].revents = 0;
        n = poll(p, 2, left < 0 ? 0 : left > INT_MAX ? -1 : (int)left);
        if (n < 0 && errno != EINTR)
            return -1;
        if (n > 0 && (p[0].revents & POLLNVAL) != 0) {
            errno = EBADF;
            return -1;
        }
        if (n > 0 && p[0].revents != 0)
            return 1;
        if (n > 0 && volint_mem_server_poll(s, 0) < 0)
            return -1;
        if (left <= 0)
            return 0;
    }
}

/* ---- server: threaded ---- */

#ifndef VOLINT_MEM_NO_THREAD

static void wake(volint_mem_server *s)
{
    uint64_t one = 1;
    ssize_t n = write(s->wake, &one, sizeof one);
    (void)n;
}

static void *serve_thread(void *arg)
{
    conn *c = (conn *)arg;
    volint_mem_server *s = c->server;
    lock(&s->state); /* see admit */
    unlock(&s->state);
    while (step(c, true) == MOVES) {
    }
    (void)release(c);
    /* So that the client learns it now. The acceptor closes the descriptor, lest a
     * timer or an end of the server name another by its number. */
    (void)shutdown(c->fd, SHUT_RDWR);
    lock(&s->state);
    c->gone = s->dead = true;
    unlock(&s->state);
    wake(s);
    return NULL;
}

/* Starts a thread in which no signal is handled but those that a fault of its own
 * raises. */
static int quiet_thread(pthread_t *thread, void *(*function)(void *), void *arg)
{
    sigset_t all, old;
    int result;
    (void)sigfillset(&all);
    (void)sigdelset(&all, SIGSEGV);
    (void)sigdelset(&all, SIGBUS);
    (void)sigdelset(&all, SIGFPE);
    (void)sigdelset(&all, SIGILL);
    (void)sigdelset(&all, SIGTRAP);
    (void)sigdelset(&all, SIGABRT);
    (void)pthread_sigmask(SIG_SETMASK, &all, &old);
    result = pthread_create(thread, NULL, function, arg);
    (void)pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result;
}

static bool start_thread(conn *c) { return quiet_thread(&c->thread, serve_thread, c) == 0; }

static void *accept_thread(void *arg)
{
    volint_mem_server *s = (volint_mem_server *)arg;
    for (;;) {
        bool stopping;
        lock(&s->state);
        stopping = s->stopping;
        unlock(&s->state);
        if (stopping || handle_events(s, -1) < 0)
            return NULL;
    }
}

bool volint_mem_server_start(volint_mem_server *s, volint_mem_error *error)
{
    int result;
    if (s->threaded || s->clients != NULL) {
        fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "the server runs already");
        return false;
    }
    s->threaded = true;
    result = quiet_thread(&s->acceptor, accept_thread, s);
    if (result == 0)
        return true;
    s->threaded = false;
    errno = result;
    fail_system(error, "starting a thread");
    return false;
}

/* Ends all threads. */
static void stop_threads(volint_mem_server *s)
{
    conn *c;
    lock(&s->state);
    s->stopping = true;
    unlock(&s->state);
    wake(s);
    (void)pthread_join(s->acceptor, NULL);
    lock(&s->state);
    for (c = s->clients; c != NULL; c = c->next)
        (void)shutdown(c->fd, SHUT_RDWR);
    unlock(&s->state);
    for (c = s->clients; c != NULL; c = c->next)
        (void)pthread_join(c->thread, NULL);
    s->threaded = false;
}

#else

bool volint_mem_server_start(volint_mem_server *s, volint_mem_error *error)
{
    (void)s;
    fail(error, VOLINT_MEM_ERR_UNABLE, 0, "this was compiled with VOLINT_MEM_NO_THREAD");
    return false;
}

#endif

/* ---- server: opening and closing ---- */

/* Removes a socket on which nobody answers; false if something else is there. */
static bool make_way(const char *path, const struct sockaddr_un *address, volint_mem_error *error)
{
    static const unsigned char quit[HEADER_SIZE] = {TYPE_QUIT};
    struct stat s;
    int fd, result, number;
    if (lstat(path, &s) != 0) {
        if (errno == ENOENT)
            return true;
        fail_system(error, path);
        return false;
    }
    if (!S_ISSOCK(s.st_mode)) {
        fail(error, VOLINT_MEM_ERR_PATH, 0, "%s is there, and is not a socket", path);
        return false;
    }
    fd = new_socket(SOCK_NONBLOCK);
    if (fd < 0) {
        fail_system(error, "making a socket");
        return false;
    }
    result = connect_to(fd, address);
    number = errno;
    /* An original server does not notice that a client leaves without a word. */
    if (result == 0)
        (void)send(fd, quit, sizeof quit, MSG_NOSIGNAL);
    (void)close(fd);
    if (result == 0 || number == EAGAIN) {
        fail(error, VOLINT_MEM_ERR_PATH, 0, "somebody serves on %s already", path);
        return false;
    }
    if (number != ECONNREFUSED && number != ENOENT) {
        fail(error, VOLINT_MEM_ERR_PATH, number, "%s is there, and whether somebody serves on it can't be told", path);
        return false;
    }
    if (unlink(path) == 0 || errno == ENOENT)
        return true;
    fail_system(error, path);
    return false;
}

static bool bind_socket(volint_mem_server *s, const struct sockaddr_un *address)
{
    struct stat file;
    /* Before bind, so that the file never lets others in. */
    if (fchmod(s->listener, S_IRUSR | S_IWUSR) != 0 || bind(s->listener, (const struct sockaddr *)address, sizeof *address) != 0)
        return false;
    memcpy(s->path, address->sun_path, sizeof address->sun_path - 1);
    if (lstat(s->path, &file) != 0)
        return false;
    s->device = file.st_dev;
    s->inode = file.st_ino;
    if (s->options.user_count > 0 && chmod(s->path, 0666) != 0)
        return false;
    return listen(s->listener, SOMAXCONN) == 0;
}

static bool make_listener(volint_mem_server *s, const char *path, volint_mem_error *error)
{
    struct sockaddr_un address;
    if (!make_address(path, &address, error) || !make_way(path, &address, error))
        return false;
    s->listener = new_socket(SOCK_NONBLOCK);
    if (s->listener >= 0 && bind_socket(s, &address)) {
        listen_again(s);
        if (s->listening)
            return true;
    }
    fail_system(error, path);
    return false;
}

static bool add_to_poller(volint_mem_server *s, int *fd)
{
    struct epoll_event e;
    memset(&e, 0, sizeof e);
    e.events = EPOLLIN;
    e.data.ptr = fd;
    return *fd >= 0 && epoll_ctl(s->poller, EPOLL_CTL_ADD, *fd, &e) == 0;
}

static bool make_poller(volint_mem_server *s, volint_mem_error *error)
{
    s->poller = epoll_create1(EPOLL_CLOEXEC);
    s->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->armed = NEVER;
    if (s->poller >= 0 && add_to_poller(s, &s->timer) && add_to_poller(s, &s->wake))
        return true;
    fail_system(error, "making a poller");
    return false;
}

/* When this process was started, as the system counts: the 22nd word of its stat,
 * where the second, in parentheses, may hold anything. */
static uint64_t started_at(void)
{
    char text[1024], *p;
    int fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC), word;
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    shut(&fd);
    text[n < 0 ? 0 : n] = 0;
    p = strrchr(text, ')');
    for (word = 2; p != NULL && word < 22; word++)
        p = strchr(p + 1, ' ');
    return p == NULL ? 0 : strtoull(p, NULL, 10);
}

static char *copy_word(const char *word)
{
    size_t size = word == NULL ? 0 : strlen(word);
    char *copy = (char *)malloc(size + 1);
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, word, size);
    copy[size] = 0;
    return copy;
}

static void set_defaults(volint_mem_options *o)
{
    if (o->longest == 0)
        o->longest = LONGEST;
    if (o->clients == 0)
        o->clients = MOST_CLIENTS;
    if (o->idle == 0)
        o->idle = MOST_IDLE;
    if (o->slow == 0)
        o->slow = MOST_MILLISECONDS;
    if (o->hold == 0)
        o->hold = MOST_MILLISECONDS;
}

/* Copies what host and options point to. */
static bool copy_words(volint_mem_server *s, const volint_mem_options *options, volint_mem_error *error)
{
    size_t users = options == NULL ? 0 : options->user_count;
    if (options != NULL)
        s->options = *options;
    set_defaults(&s->options);
    if ((s->host.image != NULL && strlen(s->host.image) > MOST_WORD) || (s->host.name != NULL && strlen(s->host.name) > MOST_WORD)) {
        fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "a name of memory can have %d bytes at most", MOST_WORD);
        return false;
    }
    s->image = copy_word(s->host.image);
    s->name = copy_word(s->host.name);
    s->users = (uid_t *)malloc((users + 1) * sizeof *s->users);
    if (s->image == NULL || s->name == NULL || s->users == NULL) {
        out_of_memory(error);
        return false;
    }
    if (users > 0)
        memcpy(s->users, options->users, users * sizeof *s->users);
    return true;
}

volint_mem_server *volint_mem_server_open(const char *path, const volint_mem_host *host, const volint_mem_options *options,
                                          volint_mem_error *error)
{
    volint_mem_server *s;
    if (host == NULL || host->read == NULL) {
        fail(error, VOLINT_MEM_ERR_ARGUMENT, 0, "the host can't read memory");
        return NULL;
    }
    s = (volint_mem_server *)calloc(1, sizeof *s);
    if (s == NULL) {
        out_of_memory(error);
        return NULL;
    }
    mutex_init(&s->state);
    mutex_init(&s->pause);
    mutex_init(&s->one);
    s->poller = s->listener = s->timer = s->wake = -1;
    s->host = *host;
    s->process = getpid();
    s->user = geteuid();
    s->started = host->dump ? 0 : started_at();
    s->map = make_layout(host->runs, host->files, host->run_count, error);
    if (s->map != NULL && copy_words(s, options, error) && make_poller(s, error) && (path == NULL || make_listener(s, path, error)))
        return s;
    volint_mem_server_close(s);
    return NULL;
}

/* Removes the file, unless another server's took its place. */
static void remove_file(const volint_mem_server *s)
{
    struct stat file;
    if (s->path[0] != 0 && lstat(s->path, &file) == 0 && file.st_dev == s->device && file.st_ino == s->inode)
        (void)unlink(s->path);
}

void volint_mem_server_close(volint_mem_server *s)
{
    bool own;
    if (s == NULL)
        return;
    /* A child that fork made shares the sockets and has none of the threads: it only
     * lets go of its copies. */
    own = getpid() == s->process;
    if (own)
        remove_file(s);
#ifndef VOLINT_MEM_NO_THREAD
    if (own && s->threaded)
        stop_threads(s);
#endif
    while (s->clients != NULL) {
        conn *c = s->clients;
        s->clients = c->next;
        if (own)
            (void)release(c);
        shut(&c->fd);
        free(c->list);
        free(c->out);
        if (own) {
            give_layout(s, &c->map);
            give_layout(s, &c->passing);
        }
        free(c);
    }
    shut(&s->listener);
    shut(&s->timer);
    shut(&s->wake);
    shut(&s->poller);
    if (s->map != NULL)
        free_layout(s->map);
    if (own) {
        mutex_destroy(&s->state);
        mutex_destroy(&s->pause);
        mutex_destroy(&s->one);
    }
    free(s->image);
    free(s->name);
    free(s->users);
    free(s);
}

/* ---- server: while it runs ---- */

bool volint_mem_server_add(volint_mem_server *s, int connected, volint_mem_error *error)
{
    uid_t user = s->user;
    (void)peer(connected, &user);
    if (is_full(s)) {
        fail(error, VOLINT_MEM_ERR_UNABLE, 0, "the server has as many clients as it takes");
        return false;
    }
    own_descriptor(connected);
    if (s->threaded) /* its thread is to wait for it */
        (void)fcntl(connected, F_SETFL, fcntl(connected, F_GETFL) & ~O_NONBLOCK);
    if (admit(s, connected, user))
        return true;
    fail_system(error, "taking a client");
    return false;
}

bool volint_mem_server_set_runs(volint_mem_server *s, const volint_mem_run *runs, const volint_mem_file *files, size_t count,
                                volint_mem_error *error)
{
    layout *fresh = make_layout(runs, files, count, error), *old;
    if (fresh == NULL)
        return false;
    lock(&s->state);
    old = s->map;
    s->map = fresh;
    unlock(&s->state);
    give_layout(s, &old);
    return true;
}

void volint_mem_server_changed(volint_mem_server *s, const char *what)
{
    lock(&s->state);
    s->changes++;
    (void)snprintf(s->change, sizeof s->change, "%s", what);
    unlock(&s->state);
}

volint_mem_counters volint_mem_server_counters(volint_mem_server *s)
{
    volint_mem_counters c;
    lock(&s->state);
    c = s->counters;
    unlock(&s->state);
    return c;
}

#endif /* VOLINT_MEM_NO_SERVER */
