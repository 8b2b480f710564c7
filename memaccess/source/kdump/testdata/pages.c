/*
 * Reads a kdump by libkdumpfile: pages DUMP SIZE PAGE...
 *
 * For each page number it writes a byte 1 and the page, of SIZE bytes, or a byte 0
 * where the dump does not have it. Other trouble ends the program.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include <libkdumpfile/kdumpfile.h>

int main(int count, char **arguments)
{
    kdump_ctx_t *dump = kdump_new();
    int file = count > 3 ? open(arguments[1], O_RDONLY) : -1;
    if (!dump || file < 0)
        return 2;
    if (kdump_open_fd(dump, file) != KDUMP_OK) {
        fprintf(stderr, "%s\n", kdump_get_err(dump));
        return 1;
    }
    size_t size = strtoul(arguments[2], NULL, 10);
    unsigned char *page = malloc(size);
    for (int i = 3; i < count; i++) {
        size_t length = size;
        kdump_status status = kdump_read(dump, KDUMP_MACHPHYSADDR, strtoull(arguments[i], NULL, 10) * size, page, &length);
        if (status == KDUMP_ERR_NODATA) {
            putchar(0);
            continue;
        }
        if (status != KDUMP_OK || length != size) {
            fprintf(stderr, "page %s: %s\n", arguments[i], kdump_get_err(dump));
            return 1;
        }
        putchar(1);
        if (fwrite(page, 1, size, stdout) != size)
            return 2;
    }
    free(page);
    kdump_free(dump);
    return fflush(stdout) != 0;
}
