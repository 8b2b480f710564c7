//go:build !linux

package qemu

import (
	"context"

	"github.com/volint/volint/memaccess"
)

var errLinux = memaccess.Errorf("run volint on the machine that QEMU runs on, with Linux", "the memory of a guest that runs can be read on Linux only")

// Open opens the memory of a guest, on Linux.
func Open(context.Context, string, Options) (memaccess.Source, error) { return nil, errLinux }

// Hold holds a guest for another process, on Linux.
func Hold(context.Context) error { return errLinux }

// Resume continues a guest, on Linux.
func Resume(context.Context, string, bool) (bool, error) { return false, errLinux }
