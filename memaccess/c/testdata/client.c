/* client.c - does what the lines of its standard input say, and tells what came of it.
 *
 *   client PATH [no-descriptors] [no-mapping] [timeout=MS]
 *
 *   about | refresh | read ADDRESS LENGTH | many ADDRESS LENGTH ... |
 *   write ADDRESS TEXT | pause MS | continue | pointer ADDRESS LENGTH
 */
#include "volint_memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

/* A sum that tells bytes and their order. */
static uint64_t sum(const unsigned char *p, size_t size)
{
    uint64_t s = UINT64_C(14695981039346656037);
    size_t i;
    for (i = 0; i < size; i++)
        s = (s ^ p[i]) * UINT64_C(1099511628211);
    return s;
}

static void say(volint_mem_status status, const volint_mem_error *error)
{
    if (status == VOLINT_MEM_OK)
        printf("ok\n");
    else
        printf("%d %" PRIx64 " %s\n", (int)status, error->address, error->message);
}

static void about(const volint_mem_client *client)
{
    const volint_mem_about *a = volint_mem_ask(client);
    size_t i;
    if (a->original) {
        printf("original\n");
        return;
    }
    printf("features %" PRIu32 " longest %" PRIu64 " process %" PRIu64 " started %" PRIu64 " image '%s' name '%s' change '%s'", a->features,
           a->longest, a->process, a->started, a->image, a->name, a->change);
    for (i = 0; i < a->run_count; i++)
        printf(" %" PRIx64 "+%" PRIx64, a->runs[i].start, a->runs[i].length);
    printf("\n");
}

static void read_one(volint_mem_client *client, uint64_t address, size_t length)
{
    unsigned char *buffer = (unsigned char *)malloc(length + 1);
    volint_mem_error error;
    volint_mem_status status = volint_mem_read(client, address, buffer, length, &error);
    if (status == VOLINT_MEM_OK)
        printf("%016" PRIx64 "\n", sum(buffer, length));
    else
        say(status, &error);
    free(buffer);
}

static void read_many(volint_mem_client *client, char *words)
{
    volint_mem_range ranges[MOST];
    volint_mem_error error;
    volint_mem_status status;
    size_t count = 0, i;
    char *end;
    for (; count < MOST && *words != 0; count++) {
        ranges[count].address = strtoull(words, &end, 0);
        ranges[count].length = (size_t)strtoull(end, &words, 0);
        ranges[count].buffer = malloc(ranges[count].length + 1);
        memset(ranges[count].buffer, 0xff, ranges[count].length);
    }
    status = volint_mem_read_many(client, ranges, count, &error);
    if (status != VOLINT_MEM_OK)
        say(status, &error);
    for (i = 0; i < count; i++) {
        if (status == VOLINT_MEM_OK)
            printf("%s%s%016" PRIx64, i == 0 ? "" : " ", ranges[i].ok ? "" : "-", sum((unsigned char *)ranges[i].buffer, ranges[i].length));
        free(ranges[i].buffer);
    }
    if (status == VOLINT_MEM_OK)
        printf("\n");
}

static void obey(volint_mem_client *client, char *line)
{
    char *rest = strchr(line, ' ');
    volint_mem_error error;
    uint64_t first = 0, second = 0;
    if (rest != NULL) {
        char *end;
        *rest++ = 0;
        first = strtoull(rest, &end, 0);
        second = strtoull(end, NULL, 0);
    }
    if (strcmp(line, "about") == 0)
        about(client);
    else if (strcmp(line, "refresh") == 0)
        say(volint_mem_refresh(client, &error), &error);
    else if (strcmp(line, "read") == 0)
        read_one(client, first, (size_t)second);
    else if (strcmp(line, "many") == 0)
        read_many(client, rest == NULL ? line + strlen(line) : rest);
    else if (strcmp(line, "write") == 0) {
        const char *text = strchr(rest, ' ') + 1;
        say(volint_mem_write(client, first, text, strlen(text), &error), &error);
    } else if (strcmp(line, "pause") == 0)
        say(volint_mem_pause(client, first, &error), &error);
    else if (strcmp(line, "continue") == 0)
        say(volint_mem_continue(client, &error), &error);
    else if (strcmp(line, "pointer") == 0) {
        const unsigned char *p = (const unsigned char *)volint_mem_pointer(client, first, (size_t)second);
        if (p == NULL)
            printf("none\n");
        else
            printf("%016" PRIx64 "\n", sum(p, (size_t)second));
    } else
        printf("what is %s?\n", line);
}

int main(int argc, char **argv)
{
    static char line[1 << 16];
    volint_mem_client_options options;
    volint_mem_client *client;
    volint_mem_error error;
    int i;
    memset(&options, 0, sizeof options);
    for (i = 2; i < argc; i++) {
        options.no_descriptors = options.no_descriptors || strcmp(argv[i], "no-descriptors") == 0;
        options.no_mapping = options.no_mapping || strcmp(argv[i], "no-mapping") == 0;
        if (strncmp(argv[i], "timeout=", 8) == 0)
            options.timeout = (unsigned)atoi(argv[i] + 8);
    }
    client = volint_mem_open(argv[1], &options, &error);
    if (client == NULL) {
        say(error.status, &error);
        return 0;
    }
    printf("ready\n");
    (void)fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = 0;
        obey(client, line);
        (void)fflush(stdout);
    }
    volint_mem_close(client);
    return 0;
}
