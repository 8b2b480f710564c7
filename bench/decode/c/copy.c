/* copy.c - copying the same bytes: what no decoder that reads them can be faster
 * than by much.
 */
#include "bench.h"

#include <stdlib.h>

static bool copy(const set *s)
{
    static unsigned char *to;
    static size_t room;
    if (room < s->size) {
        free(to);
        to = malloc(s->size);
        room = to ? s->size : 0;
        if (to)
            memset(to, 1, room); /* the pages are there before the clock runs next time */
    }
    if (!to)
        return false;
    memcpy(to, s->bytes, s->size);
    keep(to);
    return true;
}

const peer copy_peers[] = {
    {"pslist", "memcpy of all frames", false, copy, NULL, NULL, NULL},
    {"mixed", "memcpy of all frames", false, copy, NULL, NULL, NULL},
    {"nested", "memcpy of all frames", false, copy, NULL, NULL, NULL},
    {"kallsyms", "memcpy of all frames", false, copy, NULL, NULL, NULL},
    {NULL, NULL, false, NULL, NULL, NULL, NULL},
};
