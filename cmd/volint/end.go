package main

import (
	"context"
	"fmt"
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

// lookInterval is how often the other end is looked at.
const lookInterval = 500 * time.Millisecond

// watch calls gone once nobody is at the other end any more: the program that
// started volint was killed, it may be, and a command without rows would not
// notice for long. It ends with the context. To wait in poll would keep the
// descriptor open beyond close.
func (e ending) watch(ctx context.Context, gone func()) {
	if e.file == nil {
		return
	}
	fds := []unix.PollFd{{Fd: int32(e.file.Fd())}}
	go func() {
		look := time.NewTicker(lookInterval)
		defer look.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-look.C:
			}
			if n, err := unix.Poll(fds, 0); err == nil && n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0 {
				gone()
				return
			}
		}
	}()
}

// ok tells that all rows were written.
func (e ending) ok(rows int64) error {
	if e.file == nil {
		return nil
	}
	if _, err := fmt.Fprintf(e.file, "ok %d\n", rows); err != nil {
		return fail("the program that started volint has closed it", "can't write to --end-fd: %v", err)
	}
	return nil
}

// close lets the other end see that nothing more comes.
func (e ending) close() {
	if e.file != nil {
		e.file.Close()
	}
}
