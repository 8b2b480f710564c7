package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// ending is the descriptor of --end-fd, by which the program that started volint
// learns that all rows have arrived. A descriptor tells what an exit status can't
// in a program that has given up its children, as emulators do.
type ending struct{ file *os.File }

// openEnd takes the descriptor, and keeps it from the programs that volint
// starts: the other end must see it close with volint.
func openEnd(fd int) (ending, error) {
	if fd == 0 {
		return ending{}, nil
	}
	var stat syscall.Stat_t
	if fd < 3 || syscall.Fstat(fd, &stat) != nil {
		return ending{}, misuse("open it before starting volint, for instance 3>file in a shell", "--end-fd: %d is not an open descriptor from 3 on", fd)
	}
	syscall.CloseOnExec(fd)
	return ending{os.NewFile(uintptr(fd), "--end-fd")}, nil
}

// lookInterval is how often the other end is looked at, where it can't be waited for.
const lookInterval = 500 * time.Millisecond

// watch calls gone once nobody is at the other end any more: the program that
// started volint was killed, it may be, and a command without rows would not
// notice for long. It ends with close, or with the context.
func (e ending) watch(ctx context.Context, gone func()) {
	if e.file == nil {
		return
	}
	raw, err := e.file.SyscallConn()
	if err != nil {
		return
	}
	go func() {
		// Of a pipe that does not block it is told at once.
		err := raw.Read(nobodyThere)
		if err == nil {
			gone()
		} else if !errors.Is(err, os.ErrClosed) {
			lookAgain(ctx, raw, gone)
		}
	}()
}

// lookAgain looks at the other end now and then: to wait in poll would keep the
// descriptor open beyond close.
func lookAgain(ctx context.Context, raw syscall.RawConn, gone func()) {
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		left := false
		if err := raw.Control(func(fd uintptr) { left = nobodyThere(fd) }); err != nil {
			return
		}
		if left {
			gone()
			return
		}
	}
}

// nobodyThere reports whether a pipe has no reader any more.
func nobodyThere(fd uintptr) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}}
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
}

// ok tells that all rows were written, and whether columns or values are missing in
// them.
func (e ending) ok(c counts) error {
	if e.file == nil {
		return nil
	}
	verdict := fmt.Sprintf("ok %d\n", c.rows)
	if c.incomplete {
		verdict += "incomplete\n"
	}
	if _, err := io.WriteString(e.file, verdict); err != nil {
		return fail("the program that started volint has closed it", "can't write to --end-fd: %v", err)
	}
	return nil
}

// failed tells that the rows are not all there, to a program that can't rely on the
// end of a pipe: a child of its own may hold the other end open.
func (e ending) failed() { _, _ = io.WriteString(e.file, "failed\n") }

// close lets the other end see that nothing more comes.
func (e ending) close() {
	if e.file != nil {
		e.file.Close()
	}
}
