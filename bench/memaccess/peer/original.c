/*
 * A memory server that works as the first one did, to measure others against: a
 * thread for each client; a request is read, the answer is put together in new
 * memory, and goes out in one write.
 *
 *     original FILE SOCKET
 *
 * FILE is a raw dump, which is mapped: an emulator, too, has its guest's memory at
 * hand. It is written from the protocol's description (docs/memory-protocol.md).
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct request {
	uint8_t type; /* 0 quit, 1 read */
	uint64_t address;
	uint64_t length;
};

static const uint8_t *memory;
static uint64_t size;

static int answer(int fd, const struct request *r)
{
	uint8_t *reply = malloc(r->length + 1);
	ssize_t sent;

	if (!reply)
		return -1;
	if (r->address <= size && r->length <= size - r->address) {
		memcpy(reply, memory + r->address, r->length);
		reply[r->length] = 1;
	} else {
		memset(reply, 0, r->length + 1);
	}
	sent = write(fd, reply, r->length + 1);
	free(reply);
	return sent == (ssize_t)(r->length + 1) ? 0 : -1;
}

static void *serve(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct request r;

	while (read(fd, &r, sizeof r) == (ssize_t)sizeof r && r.type != 0) {
		if (r.type != 1 ? write(fd, "", 1) != 1 : answer(fd, &r) != 0)
			break;
	}
	close(fd);
	return NULL;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat info;
	int file, listener;

	if (argc != 3 || strlen(argv[2]) >= sizeof address.sun_path) {
		fprintf(stderr, "usage: original FILE SOCKET\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	file = open(argv[1], O_RDONLY);
	if (file < 0 || fstat(file, &info) != 0)
		fail(argv[1]);
	size = (uint64_t)info.st_size;
	memory = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	strcpy(address.sun_path, argv[2]);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0)
		fail(argv[2]);
	for (;;) {
		pthread_t thread;
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			fail("accept");
		if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
			close(fd);
		else
			pthread_detach(thread);
	}
}
