/*
 * A client that asks for memory and reads it as LibVMI does: the QMP command, a look
 * for CommandNotFound in the answer, a connection to the path that it asked for, and
 * for each read one write, one read of length + 1, and a look at the last byte. What
 * it reads goes to standard output.
 *
 *     libvmi QMP-SOCKET PATH [ADDRESS LENGTH]...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The compiler leaves seven bytes behind type, and nobody clears them. */
struct request {
	uint8_t type;
	uint64_t address;
	uint64_t length;
};

static int dial(const char *path)
{
	struct sockaddr_un address;
	int fd = socket(PF_UNIX, SOCK_STREAM, 0);
	size_t length = sizeof address.sun_family + strlen(path);

	address.sun_family = AF_UNIX;
	if (strlen(path) > sizeof address.sun_path)
		exit(2);
	memcpy(address.sun_path, path, strlen(path)); /* no NUL: the length says where it ends */
	if (connect(fd, (struct sockaddr *)&address, (socklen_t)length) != 0) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* ask sends a line and takes the next one. */
static void ask(int fd, const char *line, char *answer, size_t size)
{
	size_t n = 0;

	if (line && write(fd, line, strlen(line)) != (ssize_t)strlen(line))
		exit(1);
	while (n + 1 < size && read(fd, answer + n, 1) == 1 && answer[n] != '\n')
		n++;
	answer[n] = 0;
}

static void send_request(int fd, uint8_t type, uint64_t address, uint64_t length)
{
	struct request r;

	memset(&r, 0xa5, sizeof r);
	r.type = type;
	r.address = address;
	r.length = length;
	if (write(fd, &r, sizeof r) != (ssize_t)sizeof r)
		exit(1);
}

static void get(int fd, uint64_t address, uint64_t length)
{
	char *buffer = calloc(1, length + 1);
	ssize_t n;

	send_request(fd, 1, address, length);
	n = read(fd, buffer, length + 1);
	if (n != (ssize_t)(length + 1)) {
		fprintf(stderr, "a read of %ld bytes, not of %llu\n", (long)n, (unsigned long long)(length + 1));
		exit(1);
	}
	if (buffer[length])
		fwrite(buffer, 1, length, stdout);
	else
		printf("no memory\n");
	free(buffer);
}

int main(int argc, char **argv)
{
	char line[256], answer[4096];
	int qmp, fd, i;

	if (argc < 3)
		return 2;
	qmp = dial(argv[1]);
	ask(qmp, NULL, answer, sizeof answer);
	ask(qmp, "{\"execute\": \"qmp_capabilities\"}\n", answer, sizeof answer);
	snprintf(line, sizeof line, "{\"execute\": \"pmemaccess\", \"arguments\": {\"path\": \"%s\"}}", argv[2]);
	ask(qmp, line, answer, sizeof answer);
	if (strstr(answer, "CommandNotFound")) {
		fprintf(stderr, "%s\n", answer);
		return 1;
	}
	fd = dial(argv[2]);
	for (i = 3; i + 1 < argc; i += 2)
		get(fd, strtoull(argv[i], NULL, 0), strtoull(argv[i + 1], NULL, 0));
	send_request(fd, 0, 0, 0);
	if (read(fd, answer, 1) != 0) {
		fprintf(stderr, "the connection stays after quit\n");
		return 1;
	}
	return 0;
}
