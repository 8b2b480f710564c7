/* Included before seed_main.c: its dump and profile are those of the machine
 * that its author had. These come from the environment.
 */
#include <stdlib.h>

#include "volatility_interface.h"

#define vol_run_cmd(command, unix_socket, profile) \
    vol_run_cmd(command, getenv("SEED_SOCKET"), getenv("SEED_PROFILE"))
