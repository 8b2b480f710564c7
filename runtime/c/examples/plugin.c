/* plugin.c - processes of a guest at a checkpoint, from inside its emulator.
 *
 *   cc -I runtime/c -I memaccess/c -I gen/c -c runtime/c/examples/plugin.c
 *
 * and, once in the plug-in, runtime/c/volint.c, memaccess/c/volint_memory.c and
 * gen/c/panda_vol_int.volrender.c. What an emulator has under other names is declared
 * below: a read of guest-physical memory, and how much of it there is.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "panda_vol_int.volrender.h"
#include "volatility_memory.h"

/* The emulator's. It is called with the emulator's lock held, and must not take it. */
extern bool emulator_read(void *machine, uint64_t address, void *buffer, size_t length);
extern uint64_t emulator_memory_size(void *machine);

/* What the emulator calls when the plug-in is loaded, at each checkpoint, and at the
 * end. */
bool plugin_load(void *machine);
void plugin_checkpoint(void);
void plugin_unload(void);

static vol_session *session;

bool plugin_load(void *machine)
{
    volint_mem_host host;
    volint_mem_run run;
    run.start = 0;
    run.length = emulator_memory_size(machine);
    memset(&host, 0, sizeof host);
    host.opaque = machine;
    host.read = emulator_read;
    host.runs = &run;
    host.run_count = 1;
    host.name = "the guest";
    session = vol_open_memory(NULL, &host, NULL);
    if (session == NULL)
        fputs(vol_last_error(), stderr);
    return session != NULL;
}

/* The guest stands, the lock is held, and this thread serves the memory while it waits
 * in vol_next. */
void plugin_checkpoint(void)
{
    vol_rows *rows = vol_start(session, "linux_pslist");
    volatility_render_linux_pslist_task task;
    vol_result result;
    void *frame;
    size_t size;
    while (vol_next(rows, &frame, &size) > 0)
        if (volatility_render_linux_pslist_task_decode_inplace(&task, frame, size) == VOLINT_OK)
            printf("%" PRIu32 " at 0x%" PRIx64 "\n", task.pid, task.offset);
    if (vol_end(rows, &result) != 0)
        fputs(result.error, stderr);
    else if (!result.complete)
        fputs(result.warnings, stderr);
}

void plugin_unload(void) { vol_close(session); }
