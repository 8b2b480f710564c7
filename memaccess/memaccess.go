// Package memaccess gives programs the physical memory of a machine: a dump, or
// a guest that runs. A [Source] is such memory, by guest-physical address: of any
// location by package location, of a server by [Dial], or of the program's own.
// [Server] serves one on a UNIX socket, in the memory-access protocol of the
// PANDA emulator, which Volatility 2's pmemaddressspace.py and LibVMI speak.
//
//	memory, err := location.Open(ctx, "guest.lime", location.Options{})
//	...
//	listener, err := memaccess.Listen("/tmp/pmem")
//	...
//	server := &memaccess.Server{Source: memory}
//	go server.Serve(listener)
//	...
//	server.Close()
//
// The folder python has the clients that run inside Volatility.
package memaccess

import (
	"context"
	"io"
	"os"
	"sort"
	"time"
)

// Source is the physical memory of a machine. Its methods may be called by
// several goroutines at once.
type Source interface {
	// ReadAt reads at a guest-physical address, as io.ReaderAt says: all of p or an
	// error. What lies in no run can't be read.
	io.ReaderAt
	// Runs are the stretches of memory, in the order of their addresses. They don't
	// overlap; they may touch. They may differ from call to call where memory is
	// plugged into a guest. The caller does not change the slice.
	Runs() []Run
	// Name is for people: a path, a guest's name.
	Name() string
	// Identity tells what memory this is.
	Identity() Identity
	// Close frees what the source holds. Nothing is read after it.
	io.Closer
}

// Run is a stretch of guest-physical memory.
type Run struct {
	Start, Length uint64
}

// End is the address after the last byte.
func (r Run) End() uint64 { return r.Start + r.Length }

// Identity tells one memory from another. The zero value is that of memory of
// which nothing is known.
type Identity struct {
	// Image is the same for two sources only if they read the same bytes of the same
	// dump. It is "" for memory that changes.
	Image string
	// Process is the process whose memory a live guest's is, and 0 for a dump. It is
	// a number of the machine that the emulator runs on; -1 where it is not known.
	Process int
	// Started is when that process started, as the system counts, so that another
	// process of that number is not taken for it.
	Started uint64
}

// Live reports whether the memory is that of a guest that may be running, so that
// what was read of it must not be kept.
func (i Identity) Live() bool { return i.Process != 0 }

// Writer is a Source that can be written to. A server writes only if it is told
// to.
type Writer interface {
	Source
	// WriteAt writes at a guest-physical address: all of p or an error.
	io.WriterAt
}

// Filer is a Source whose runs lie in files that this machine can read by itself.
type Filer interface {
	Source
	// File returns the file that holds a run, opened for reading only, and the run's
	// offset in it; nil where there is none. The file stays the source's.
	File(run Run) (file *os.File, offset int64)
}

// Warner is a Source that may not be all of what was to be there: a dump that was
// cut short, for instance. What is in its runs is right.
type Warner interface {
	Source
	// Warnings say what is missing, and where: each is a sentence without a full stop,
	// with the path and the offset in the file. There are none for what is whole.
	Warnings() []string
}

// Guest is a Source that belongs to a machine which may start anew under its
// readers.
type Guest interface {
	Source
	// Changes are what happened to the guest since the source was opened that makes
	// its memory another's: it was reset, its emulator ended, it was migrated away.
	// Each is a sentence without a full stop, "the guest was reset"; the list only
	// grows. Being stopped and continued is not among them.
	Changes() []string
}

// Pauser is a Source whose guest can be stopped for a while.
type Pauser interface {
	Source
	// Pause stops the guest for at most hold, and returns when it stands. release
	// continues it; it may be called more than once. The guest is continued as well
	// when hold is over, which release then tells by an error, and when this process
	// ends, however it ends. A guest that stood already stays so: then neither Pause
	// nor release does anything.
	Pause(ctx context.Context, hold time.Duration) (release func() error, err error)
}

// place is where a stretch of addresses lies.
type place int

const (
	outside  place = iota // past the end, or partly in a hole
	inHole                // wholly in a hole, before the end of memory
	inMemory              // wholly in memory
)

// locate says where the n > 0 bytes from addr on lie.
func locate(runs []Run, addr, n uint64) place {
	end := addr + n
	if end < addr {
		return outside
	}
	// The first run that ends after addr.
	i := sort.Search(len(runs), func(i int) bool { return runs[i].End() > addr })
	switch {
	case i == len(runs):
		return outside
	case end <= runs[i].Start:
		return inHole
	case addr < runs[i].Start:
		return outside
	}
	for runs[i].End() < end {
		i++
		if i == len(runs) || runs[i].Start != runs[i-1].End() {
			return outside
		}
	}
	return inMemory
}
