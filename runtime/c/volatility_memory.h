/* volatility_memory.h - Volatility on memory that the program itself has.
 *
 * An emulator calls a plug-in with the guest stopped and its lock held, and the plug-in
 * runs a command on that guest. The memory is then read by the calling thread itself:
 * while it waits for rows, in vol_next, vol_end or vol_list, it answers what Volatility
 * asks, by the read callback that the program gives. No other thread is made, and the
 * callback takes no lock, for this very thread holds it: nothing can stand still, and
 * the guest can't have moved when the call returns.
 *
 *   volint_mem_host host;
 *   memset(&host, 0, sizeof host);
 *   host.opaque = machine;
 *   host.read = read_memory;                  (guest-physical)
 *   host.runs = runs;                         (where memory is)
 *   host.run_count = 2;
 *   session = vol_open_memory(NULL, &host, NULL);
 *   if (session == NULL)
 *       ...vol_last_error()
 *   ...at a checkpoint:
 *   list = vol_list(session, "linux_pslist");
 *
 * Build volint.c and volint_memory.c with the program. It takes Linux.
 */
#ifndef VOLATILITY_MEMORY_H
#define VOLATILITY_MEMORY_H

#include "volatility_interface.h"
#include "volint_memory.h"

#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What vol_open_server calls. */
static inline int vol_memory_fd(void *server) { return volint_mem_server_fd((const volint_mem_server *)server); }

static inline void vol_memory_poll(void *server) { (void)volint_mem_server_poll((volint_mem_server *)server, 0); }

static inline int vol_memory_add(void *server, int connected)
{
    return volint_mem_server_add((volint_mem_server *)server, connected, NULL);
}

static inline void vol_memory_close(void *server) { volint_mem_server_close((volint_mem_server *)server); }

/* Opens a session on the host's memory; options and profile as for vol_open. All that
 * host points to may go after the call, but opaque. NULL is a failure, with the reason
 * in vol_last_error().
 *
 * Each command reads the memory as it is then. host->read runs in whichever thread
 * waits for rows of the session, one at a time, and at no other time: where the thread
 * matters, use the session from one alone. It must not run commands on this session.
 * Volatility waits for memory for 60 seconds: a program that takes longer between two
 * calls of vol_next may find the command failed. A session with memory is for the
 * process that opened it.
 */
static inline vol_session *vol_open_memory(const vol_options *options, const volint_mem_host *host, const char *profile)
{
    static const vol_server functions = {vol_memory_fd, vol_memory_poll, vol_memory_add, vol_memory_close};
    volint_mem_options patient;
    volint_mem_error error;
    volint_mem_server *server;
    memset(&patient, 0, sizeof patient);
    patient.idle = 0x7fffffff; /* milliseconds: there may be hours between two commands */
    error.message[0] = 0;
    server = volint_mem_server_open(NULL, host, &patient, &error);
    return vol_open_server(options, host == NULL ? NULL : host->name, profile, &functions, server, error.message);
}

/* The server of the session's memory: volint_mem_server_changed() tells that the guest
 * was reset, volint_mem_server_set_runs() that memory was plugged in. They are called
 * where the session is not used. */
static inline volint_mem_server *vol_memory_server(const vol_session *session)
{
    return (volint_mem_server *)vol_server_of(session);
}

#ifdef __cplusplus
}
#endif

#endif
