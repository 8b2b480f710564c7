/* pslist.c - the processes of a Linux guest, by generated decoders.
 *
 *   cc -I runtime/c -I gen/c -o pslist runtime/c/examples/pslist.c \
 *      runtime/c/volint.c gen/c/panda_vol_int.volrender.c
 *   VOLINT_BIN=... VOLINT_PYTHON=... ./pslist IMAGE [PROFILE]
 *
 * With a profile Volatility 2 runs, else Volatility 3.
 */
#include <inttypes.h>
#include <stdio.h>

#include "panda_vol_int.volrender.h"
#include "volatility_interface.h"

typedef volatility_render_linux_pslist_task task;

/* A process chooses its own name: what could steer a terminal is shown as a
 * question mark.
 */
static void print_name(volint_str name)
{
    size_t i;
    for (i = 0; i < name.size; i++) {
        unsigned char c = (unsigned char)name.data[i];
        putchar(c < 0x20 || c >= 0x7f ? '?' : c);
    }
}

/* The row was unpacked in place, so that its strings last as long as the frame. */
static int print_task(void *user, void *frame, size_t size)
{
    task t;
    volint_status status = volatility_render_linux_pslist_task_decode_inplace(&t, frame, size);
    (void)user;
    if (status != VOLINT_OK) {
        fprintf(stderr, "a row is no good: %s\n", volint_status_text(status));
        return 0; /* the next one may be */
    }
    printf("0x%016" PRIx64 " %5" PRIu32 " ", t.offset, t.pid);
    if (volatility_render_linux_pslist_task_has_dtb(&t))
        printf("0x%016" PRIx64 " ", t.dtb);
    else
        printf("%-18s ", "-");
    print_name(t.name);
    putchar('\n');
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: pslist IMAGE [PROFILE]\n");
        return 2;
    }
    if (vol_run(NULL, "linux_pslist", argv[1], argc > 2 ? argv[2] : NULL, print_task, NULL) != 0) {
        fputs(vol_last_error(), stderr);
        return 1;
    }
    if (vol_last_warnings() != NULL)
        fputs(vol_last_warnings(), stderr);
    return 0;
}
