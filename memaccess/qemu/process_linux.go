package qemu

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/memaccess"
)

// process is an emulator.
type process struct {
	id      int
	started uint64
	// gone is true once it has ended: what is left of its memory is nobody's.
	gone atomic.Bool
	fd   *os.File // a pidfd; nil where the kernel has none
}

// openProcess gets hold of a process.
func openProcess(id int) (*process, error) {
	p := &process{id: id}
	if fd, err := unix.PidfdOpen(id, unix.PIDFD_NONBLOCK); err == nil {
		p.fd = os.NewFile(uintptr(fd), "pidfd")
	}
	// After the pidfd: if it is that of an earlier process of this number, watch
	// will say so.
	var err error
	if p.started, err = startTime(id); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// startTime is when a process started, in the kernel's ticks since the system did.
func startTime(id int) (uint64, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	if err != nil {
		return 0, err
	}
	// The second field is the program's name in parentheses, and may hold any byte.
	i := strings.LastIndexByte(string(stat), ')')
	fields := strings.Fields(string(stat[i+1:]))
	const state, startTime = 0, 22 - 3 // the fields from the third on
	if len(fields) <= startTime || fields[state] == "Z" || fields[state] == "X" {
		return 0, fs.ErrNotExist
	}
	return strconv.ParseUint(fields[startTime], 10, 64)
}

// isAlive reports whether a process is there that started then.
func isAlive(id int, started uint64) bool {
	now, err := startTime(id)
	return err == nil && now == started
}

// watch returns when the process has ended, or the process is closed here; true in
// the first case.
func (p *process) watch(closed <-chan struct{}) bool {
	ended := p.fd != nil && p.waitPidfd()
	if !ended { // closed, or without a pidfd
		ended = p.poll(closed)
	}
	if ended {
		p.gone.Store(true)
	}
	return ended
}

// waitPidfd waits until the pidfd can be read, which it never is while the process
// lives.
func (p *process) waitPidfd() bool {
	raw, err := p.fd.SyscallConn()
	if err != nil {
		return false
	}
	return raw.Read(func(fd uintptr) bool {
		ready := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(ready, 0)
		return n > 0 && err == nil
	}) == nil
}

// poll is for kernels without pidfd.
func (p *process) poll(closed <-chan struct{}) bool {
	every := time.NewTicker(100 * time.Millisecond)
	defer every.Stop()
	for isAlive(p.id, p.started) {
		select {
		case <-every.C:
		case <-closed:
			return false
		}
	}
	return true
}

func (p *process) close() {
	if p.fd != nil {
		_ = p.fd.Close()
	}
}

// noAccess says why a process can't be looked into.
func noAccess(id int, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return memaccess.Errorf("look whether QEMU still runs", "QEMU's process %d has ended: %w", id, err)
	case errors.Is(err, fs.ErrPermission):
		return memaccess.Errorf(accessHint(), "the memory of QEMU's process %d can't be read: %w", id, err)
	}
	return memaccess.Errorf("", "the memory of QEMU's process %d can't be read: %w", id, err)
}

// accessHint says what opens another process's memory.
func accessHint() string {
	const shared = "give the guest memory that can be shared (-object memory-backend-memfd,id=pc.ram,share=on,size=SIZE " +
		"-machine memory-backend=pc.ram)"
	scope, _ := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	switch strings.TrimSpace(string(scope)) {
	case "", "0":
		return "run volint as the user that QEMU runs as, or as root (CAP_SYS_PTRACE)"
	case "3":
		return "kernel.yama.ptrace_scope is 3 and forbids it to everybody until the next boot: " + shared
	}
	return "run volint as root (CAP_SYS_PTRACE), or set kernel.yama.ptrace_scope to 0, or " + shared
}
