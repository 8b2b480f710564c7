/* A libFuzzer target: what a server answers to the client. The first byte chooses the
 * client's options and what it asks for, the second the answer's byte that descriptors
 * ride on. What must hold: no access outside of what was given (the sanitizers tell), an
 * end, no descriptor left over, errors with words, and runs and pointers that lie where
 * they say.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -I memaccess/c -o fuzz_client \
 *         memaccess/c/fuzz/client.c memaccess/c/volint_memory.c
 */
#define _GNU_SOURCE 1

#include "volint_memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FILE_SIZE = 3 * 4096 };

static void must(bool ok)
{
    if (!ok)
        abort();
}

/* A file to be passed. */
static int new_file(void)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && ftruncate(fd, FILE_SIZE) == 0);
    return fd;
}

/* The lowest number that is free, which tells whether descriptors are left open. */
static int lowest_free(void)
{
    int fd = dup(0);
    must(fd >= 0);
    (void)close(fd);
    return fd;
}

/* Sends bytes, descriptors beside the first. */
static void send_with_files(int fd, const uint8_t *p, size_t size, int file, size_t count)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(2 * sizeof(int))];
    } control;
    struct msghdr message;
    struct cmsghdr *head;
    struct iovec part;
    int files[2];
    files[0] = files[1] = file;
    memset(&message, 0, sizeof message);
    memset(&control, 0, sizeof control);
    part.iov_base = (void *)(uintptr_t)p;
    part.iov_len = size;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(head), files, count * sizeof(int));
    must(sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)size);
}

/* All answers lie ready before the first question. */
static void prepare(int fd, const uint8_t *p, size_t size, size_t at, size_t count)
{
    at = at < size ? at : 0;
    if (at > 0)
        must(send(fd, p, at, MSG_NOSIGNAL) == (ssize_t)at);
    if (size > at) {
        int file = new_file();
        if (count > 0)
            send_with_files(fd, p + at, size - at, file, count);
        else
            must(send(fd, p + at, size - at, MSG_NOSIGNAL) == (ssize_t)(size - at));
        (void)close(file);
    }
    must(shutdown(fd, SHUT_WR) == 0);
}

static void judge(volint_mem_status status, const volint_mem_error *error)
{
    must(status == VOLINT_MEM_OK || (status == error->status && error->message[0] != 0));
}

static void check_about(volint_mem_client *client)
{
    const volint_mem_about *a = volint_mem_ask(client);
    uint64_t end = 0;
    size_t i;
    for (i = 0; i < a->run_count; i++) {
        const unsigned char *p = (const unsigned char *)volint_mem_pointer(client, a->runs[i].start, 1);
        must(a->runs[i].start >= end && a->runs[i].length > 0);
        end = a->runs[i].start + a->runs[i].length;
        must(p == NULL || *p == 0); /* the file has zeros, which can be touched */
    }
    must(strlen(a->image) + strlen(a->name) + strlen(a->change) < 4096);
}

static void use(volint_mem_client *client, unsigned flags)
{
    unsigned char buffer[64];
    volint_mem_range ranges[4];
    volint_mem_error error;
    uint64_t base = 0x1000;
    size_t i;
    if (volint_mem_ask(client)->run_count > 0)
        base = volint_mem_ask(client)->runs[0].start;
    for (i = 0; i < 4; i++) {
        ranges[i].address = base + i * (i + 5);
        ranges[i].length = i * 5;
        ranges[i].buffer = buffer + i * 15;
    }
    check_about(client);
    judge(volint_mem_read(client, base, buffer, 16, &error), &error);
    if ((flags & 4) != 0)
        judge(volint_mem_read_many(client, ranges, 4, &error), &error);
    if ((flags & 8) != 0)
        judge(volint_mem_write(client, base, buffer, 16, &error), &error);
    if ((flags & 16) != 0)
        judge(volint_mem_pause(client, 0, &error), &error);
    if ((flags & 32) != 0)
        judge(volint_mem_refresh(client, &error), &error);
    check_about(client);
    judge(volint_mem_read(client, base + 1, buffer, 64, &error), &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    volint_mem_client_options options;
    volint_mem_client *client;
    volint_mem_error error;
    int pair[2], before;
    if (size < 2 || size > 4096)
        return 0;
    before = lowest_free();
    memset(&options, 0, sizeof options);
    options.timeout = 1000;
    options.no_mapping = (data[0] & 1) != 0;
    options.no_descriptors = (data[0] & 2) != 0;
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    prepare(pair[1], data + 2, size - 2, data[1], data[0] >> 6 < 3 ? data[0] >> 6 : 0);
    client = volint_mem_open_socket(pair[0], &options, &error);
    if (client == NULL) {
        must(error.status != VOLINT_MEM_OK && error.message[0] != 0);
        (void)close(pair[0]);
    } else {
        use(client, data[0]);
        volint_mem_close(client);
    }
    (void)close(pair[1]);
    must(lowest_free() == before);
    return 0;
}
