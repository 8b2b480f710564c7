package host

import (
	"context"
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// watch calls gone when the process that made the pair of sockets has ended.
func watch(ctx context.Context, conn *net.UnixConn, gone func()) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return
	}
	process := -1
	pid := 0
	err = raw.Control(func(fd uintptr) { process, pid = peer(int(fd)) })
	switch {
	case err != nil:
	case process >= 0:
		watchDescriptor(ctx, process, gone)
	case pid > 0:
		look(ctx, pid, gone)
	}
}

// peer is the process at the other end: a descriptor of it, which is -1 where the
// kernel has none.
func peer(fd int) (process, pid int) {
	process, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERPIDFD)
	if err == nil {
		unix.CloseOnExec(process)
		return process, 0
	}
	credentials, err := unix.GetsockoptUcred(fd, unix.SOL_SOCKET, unix.SO_PEERCRED)
	if err != nil || credentials.Pid <= 0 {
		return -1, 0
	}
	// Should the program have ended before this, it may be another process; the socket
	// tells then, mostly.
	process, err = unix.PidfdOpen(int(credentials.Pid), 0)
	if err != nil {
		return -1, int(credentials.Pid)
	}
	return process, 0
}

// watchDescriptor waits for a descriptor of a process, which can be read when that has
// ended.
func watchDescriptor(ctx context.Context, process int, gone func()) {
	// What does not block is waited for without a thread.
	_ = unix.SetNonblock(process, true)
	file := os.NewFile(uintptr(process), "program")
	stop := context.AfterFunc(ctx, func() { _ = file.Close() })
	raw, err := file.SyscallConn()
	if err != nil {
		return
	}
	go func() {
		defer file.Close()
		defer stop()
		err := raw.Read(func(fd uintptr) bool {
			fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
			n, err := unix.Poll(fds, 0)
			return err == nil && n > 0
		})
		if err == nil {
			gone()
		}
	}()
}

// lookInterval is how often a process is looked for that can't be waited for.
const lookInterval = time.Second

// look calls gone when there is no process of that number any more.
func look(ctx context.Context, pid int, gone func()) {
	go func() {
		ticker := time.NewTicker(lookInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if errors.Is(unix.Kill(pid, 0), unix.ESRCH) {
				gone()
				return
			}
		}
	}()
}
