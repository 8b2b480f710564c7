/* Says which message each of its arguments finds among all commands. */
#include "all_commands.volrender.h"

#include <stdio.h>

int main(int argc, char **argv)
{
    int i;
    for (i = 1; i < argc; i++) {
        const volint_command *c;
        volint_status status = volint_find_in(all_commands, argv[i], &c);
        printf("%s: %s\n", argv[i], status == VOLINT_OK ? c->message->name : "none");
    }
    return 0;
}
