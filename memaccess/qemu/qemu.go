// Package qemu reads the memory of a QEMU guest while it runs.
//
// QEMU tells by its QMP socket where guest-physical memory lies in its own address
// space. What lies in a file or memfd that QEMU shares is read from that; anything
// else by process_vm_readv. Neither stops the guest, and neither makes pages that
// the guest never touched.
//
// The guest is stopped by the source's Pause alone, and then by a process
// of its own ([Hold]), which continues it whatever becomes of this one.
package qemu

import (
	"log/slog"
	"time"
)

// Options are how a guest is opened.
type Options struct {
	// Holder is the command line of the process that holds the guest while it is
	// stopped: one that calls [Hold]. nil is `volint hold-guest`, with the volint that
	// the environment variable VOLINT_BIN names, or else that of the PATH.
	Holder []string
	// Writable makes the source a memaccess.Writer.
	Writable bool
	// Log is told what is noticed on the way; nil is nobody.
	Log *slog.Logger
	// Timeout ends the waiting for each of QEMU's answers. 0 is ten seconds.
	Timeout time.Duration
}

// HolderCommand is the sub-command of volint that calls [Hold].
const HolderCommand = "hold-guest"

// DefaultHold is how long Pause stops a guest at most where it is not told.
const DefaultHold = time.Minute
