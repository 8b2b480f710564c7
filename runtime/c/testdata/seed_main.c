/* The example of the PANDA-Volatility interface's own description, unchanged,
 * put into a main: with protobuf-c's generated code it must compile and print
 * the processes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "panda_vol_int.pb-c.h"
#include "volatility_interface.h"

int main(void)
{
time_t start_time;
VolatilityRender__LinuxPslistTask *task = NULL;
// Run volatility
vol_ll_node *list_ptr =
    vol_run_cmd("linux_pslist", "/tmp/pmem", "Linuxdebian-2_6_32-5-amd64x64");
// Print header
fprintf(stdout, "%-19s%-21s%-16s%-16s%-7s%-19s%s\n", "offset", "name","pid", "uid", "gid",
        "dtb", "start time");
// Print process info
while (list_ptr != NULL) {
    // Unpack protobuf data to a struct
    task = volatility_render__linux_pslist_task__unpack(NULL, list_ptr->data_size,
                                                        list_ptr->data_ptr);
    start_time = task->start_time;
    fprintf(stdout, "0x%016"PRIx64" %-21s%-16u%-16u%-7u",
            task->offset, task->name, task->pid, task->uid, task->gid);
    if (task->dtb == -1)
        fprintf(stdout, "%s", "------------------");
    else
        fprintf(stdout, "0x%016"PRIx64, task->dtb);
    fprintf(stdout, " %s", asctime(localtime(&start_time)));
    // Get next entry in list
    list_ptr = list_ptr->next_ptr;
}
    return 0;
}
