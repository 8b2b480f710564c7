/* Reads frames from standard input through a buffer of as many bytes as the
 * first argument says, spends each as decoding in place does, and prints it at
 * once. With a second argument the buffer grows when a frame needs it.
 */
#include "volint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    size_t capacity = (size_t)strtoul(argv[1], NULL, 10);
    unsigned char *buffer = (unsigned char *)malloc(capacity);
    volint_reader r;
    volint_status status;
    volint_reader_fd(&r, 0, buffer, capacity);
    for (;;) {
        status = volint_read(&r);
        if (status == VOLINT_ERR_SPACE && argc > 2) {
            unsigned char *larger = (unsigned char *)malloc(r.size + 5);
            volint_reader_grow(&r, larger, r.size + 5);
            free(buffer);
            buffer = larger;
            continue;
        }
        if (status != VOLINT_OK)
            break;
        printf("%" PRIu64 " %" PRIu64 " %.*s\n", r.number, r.offset, (int)r.size, (const char *)r.data);
        fflush(stdout);
        memset(r.frame, 0, r.size + 1);
    }
    printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %s\n", r.number, r.offset, r.at, volint_status_text(status));
    free(buffer);
    return 0;
}
