/* A libFuzzer target: what a client sends to a pumped server. The first byte chooses
 * the server's options, the second how the rest is cut into pieces. What must hold: no
 * access outside of what was given (the sanitizers tell), the answers that the
 * protocol has, byte by byte, as `expect` says them in the plainest words, a server
 * that never waits for the client, a guest that is continued, and nothing left over.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I memaccess/c -o fuzz_server \
 *         memaccess/c/fuzz/server.c memaccess/c/volint_memory.c
 */
#define _GNU_SOURCE 1

#include "volint_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    HEADER = 24,
    LIMIT = 0x3000,
    PAGE = 4096,
    BAD = 0x2800, /* can't be read or written */
    END = 0x9000,
    SOON = 60000, /* milliseconds */
    HOLES_FAIL = 1, WRITABLE = 2, PAUSES = 4, NO_RUNS = 8, STANDS = 16
};

#define MAGIC UINT64_C(0x544E494C4F56)

static const volint_mem_run runs[3] = {{0x1000, 0x1000}, {0x2000, 0x1000}, {0x8000, 0x1000}};

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* ---- the machine ---- */

typedef struct machine {
    uint8_t bytes[END];
    bool stands;
    int stops, starts;
} machine;

static bool is_memory(uint64_t address) { return (address >= 0x1000 && address < 0x3000) || (address >= 0x8000 && address < END); }

static bool all_memory(uint64_t address, uint64_t length)
{
    uint64_t i;
    for (i = 0; i < length; i++)
        if (!is_memory(address + i) || address + i == BAD)
            return false;
    return true;
}

static bool read_machine(void *opaque, uint64_t address, void *buffer, size_t length)
{
    if (!all_memory(address, length))
        return false;
    memcpy(buffer, ((machine *)opaque)->bytes + address, length);
    return true;
}

static bool write_machine(void *opaque, uint64_t address, const void *data, size_t length)
{
    if (!all_memory(address, length))
        return false;
    memcpy(((machine *)opaque)->bytes + address, data, length);
    return true;
}

static volint_mem_paused pause_machine(void *opaque)
{
    machine *m = (machine *)opaque;
    if (m->stands && m->stops == m->starts)
        return VOLINT_MEM_STOOD;
    must(m->stops == m->starts);
    m->stops++;
    m->stands = true;
    return VOLINT_MEM_STOPPED;
}

static void resume_machine(void *opaque)
{
    machine *m = (machine *)opaque;
    m->starts++;
    must(m->stops == m->starts);
    m->stands = false;
}

static void make_machine(machine *m, bool stands)
{
    size_t i;
    memset(m, 0, sizeof *m);
    for (i = 0; i < END; i++)
        m->bytes[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
    m->stands = stands;
}

/* ---- what is to be answered ---- */

typedef struct text {
    uint8_t *bytes;
    size_t size, capacity;
} text;

static void add(text *t, const void *bytes, size_t size)
{
    if (t->capacity - t->size < size) {
        t->capacity = (t->size + size) * 2;
        t->bytes = (uint8_t *)realloc(t->bytes, t->capacity);
        must(t->bytes != NULL);
    }
    if (size > 0)
        memcpy(t->bytes + t->size, bytes, size);
    t->size += size;
}

static void add_number(text *t, uint64_t value, int size)
{
    int i;
    for (i = 0; i < size; i++) {
        uint8_t byte = (uint8_t)(value >> (8 * i));
        add(t, &byte, 1);
    }
}

static uint64_t number_at(const uint8_t *p)
{
    uint64_t v = 0;
    int i;
    for (i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* A read's data; returns its status. */
static uint8_t add_read(text *t, const machine *m, unsigned options, uint64_t address, uint64_t length)
{
    uint64_t i;
    bool ok = length == 0 || (address + length - 1 >= address && all_memory(address, length)), hole = true;
    for (i = 0; i < length; i++)
        hole = hole && !is_memory(address + i);
    hole = hole && length > 0 && address + length > address && address + length <= 0x8000 && length <= PAGE;
    for (i = 0; i < length; i++)
        add_number(t, ok ? m->bytes[address + i] : 0, 1);
    return ok || (hole && (options & (HOLES_FAIL | NO_RUNS)) == 0);
}

static void add_hello(text *t, unsigned options)
{
    size_t i;
    uint32_t features = 1u | ((options & PAUSES) != 0 ? 4u : 0) | ((options & WRITABLE) != 0 ? 8u : 0);
    add_number(t, 1, 1);
    add_number(t, 20 + 3 * 16 + 16 + 2 + 2 + 4 + 2, 4);
    add_number(t, 1, 4);
    add_number(t, features, 4);
    add_number(t, LIMIT, 8);
    add_number(t, 3, 4);
    for (i = 0; i < 3; i++) {
        add_number(t, runs[i].start, 8);
        add_number(t, runs[i].length, 8);
    }
    add_number(t, 0, 8);
    add_number(t, 0, 8);
    add(t, "\0\0\4\0fuzz\0\0", 10);
}

/* A vectored read whose list begins at p; false where the connection ends. */
static bool add_vectored(text *t, const machine *m, unsigned options, const uint8_t *p, uint64_t count)
{
    uint64_t i, left = LIMIT;
    text statuses = {NULL, 0, 0};
    for (i = 0; i < count; i++) {
        uint64_t length = number_at(p + 16 * i + 8);
        if (length > left)
            return false;
        left -= length;
    }
    for (i = 0; i < count; i++)
        add_number(&statuses, add_read(t, m, options, number_at(p + 16 * i), number_at(p + 16 * i + 8)), 1);
    add(t, statuses.bytes, statuses.size);
    free(statuses.bytes);
    return true;
}

/* Says what all of the input is answered; false where that takes a clock. */
static bool expect(text *t, machine *m, unsigned options, const uint8_t *p, size_t size)
{
    bool runs_known = (options & NO_RUNS) == 0, holds = false;
    while (size >= HEADER && p[0] != 0) {
        uint8_t type = p[0];
        uint64_t address = number_at(p + 8), length = number_at(p + 16), data = 0;
        uint8_t status = 0;
        p += HEADER;
        size -= HEADER;
        if ((type == 1 || type == 2) && length > LIMIT)
            return true;
        if (type == 1) {
            status = add_read(t, m, options, address, length);
        } else if (type == 2) {
            if (size < length)
                return true;
            data = length;
            status = (options & WRITABLE) != 0 && (length == 0 || (address + length - 1 >= address && all_memory(address, length)));
            if (status)
                memcpy(m->bytes + (length == 0 ? 0 : address), p, length);
        } else if (type == 0x80 && address == MAGIC && length == 0 && runs_known) {
            add_hello(t, options);
            continue;
        } else if (type == 0x81 && runs_known) {
            if (address > 65536 || length != 16 * address || size < length || !add_vectored(t, m, options, p, address))
                return true;
            p += length;
            size -= length;
            continue;
        } else if (type == 0x83 && runs_known && (options & PAUSES) != 0) {
            status = length == 0;
            holds = holds || status;
            if (status && address > 0 && address < SOON)
                return false; /* the guest goes on some time soon */
        } else if (type == 0x84 && runs_known) {
            status = length == 0 && holds;
            holds = holds && !status;
        }
        p += data;
        size -= data;
        add_number(t, status, 1);
    }    return true;
}

/* ---- the server ---- */

/* Takes what there is; false at the end. */
static bool receive(int fd, text *t)
{
    uint8_t buffer[1 << 14];
    for (;;) {
        ssize_t n = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return true;
        if (n <= 0)
            return false;
        add(t, buffer, (size_t)n);
    }
}

/* Sends the input in pieces, with turns of the server between them, and takes the
 * answers, sometimes late. */
static void talk(volint_mem_server *server, int fd, const uint8_t *p, size_t size, unsigned cut, text *t)
{
    unsigned seed = cut;
    bool open = true, ended = false;
    int turns = 0;
    while (open) {
        size_t n = cut == 0 ? size : 1 + (seed = seed * 1103515245 + 12345) / 65536 % cut;
        n = n < size ? n : size;
        if (n > 0) {
            ssize_t sent = send(fd, p, n, MSG_DONTWAIT | MSG_NOSIGNAL);
            must(sent >= 0 || errno == EAGAIN || errno == EPIPE || errno == ECONNRESET);
            n = sent < 0 && errno == EAGAIN ? 0 : sent < 0 ? n : (size_t)sent;
            p += n;
            size -= n;
        }
        if (size == 0 && !ended) {
            (void)shutdown(fd, SHUT_WR);
            ended = true;
        }
        must(volint_mem_server_poll(server, 0) >= 0);
        if (ended || seed % 3 != 0)
            open = receive(fd, t);
        must(turns++ < 1000000); /* else it waits, or turns for ever */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static machine m, model;
    volint_mem_host host;
    volint_mem_options options;
    volint_mem_server *server;
    text want = {NULL, 0, 0}, got = {NULL, 0, 0};
    int pair[2];
    unsigned flags;
    if (size < 2 || size > 4096)
        return 0;
    flags = data[0];
    make_machine(&m, (flags & STANDS) != 0);
    make_machine(&model, false);
    memset(&host, 0, sizeof host);
    memset(&options, 0, sizeof options);
    host.opaque = &m;
    host.read = read_machine;
    host.write = (flags & WRITABLE) != 0 ? write_machine : NULL;
    host.runs = (flags & NO_RUNS) != 0 ? NULL : runs;
    host.run_count = (flags & NO_RUNS) != 0 ? 0 : 3;
    host.pause = (flags & PAUSES) != 0 ? pause_machine : NULL;
    host.resume = resume_machine;
    host.dump = true;
    host.name = "fuzz";
    options.longest = LIMIT;
    options.fail_holes = (flags & HOLES_FAIL) != 0;
    server = volint_mem_server_open(NULL, &host, &options, NULL);
    must(server != NULL && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && volint_mem_server_add(server, pair[0], NULL));
    talk(server, pair[1], data + 2, size - 2, data[1], &got);
    (void)close(pair[1]);
    (void)volint_mem_server_poll(server, 0);
    must(volint_mem_server_counters(server).clients == 0);
    volint_mem_server_close(server);

    if (expect(&want, &model, flags, data + 2, size - 2)) {
        must(want.size == got.size && (want.size == 0 || memcmp(want.bytes, got.bytes, want.size) == 0));
        must(memcmp(m.bytes, model.bytes, sizeof m.bytes) == 0);
    }
    must(m.stops == m.starts);
    must(m.stands == ((flags & STANDS) != 0 && m.stops == 0));
    free(want.bytes);
    free(got.bytes);
    return 0;
}
