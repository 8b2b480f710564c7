package memaccess

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// canGather says that connections here are gatherers.
const canGather = true

// socket is a UNIX connection.
type socket struct {
	fd int
	// file is another descriptor of the connection, which the poller has, and nil
	// while a thread serves the client.
	file    *os.File
	threads threads
	// thread is where the thread is from, while there is one.
	thread chan struct{}
	vector []syscall.Iovec
	// turns is how often the client was waited for, and watch what looks whether that
	// has changed, since no wait of a thread that stays ends by itself.
	turns   atomic.Uint64
	watch   *time.Timer
	expired atomic.Bool

	mu    sync.Mutex
	ended bool
}

// newStream takes a connection over.
func newStream(conn net.Conn, t threads) (endable, error) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return plain{conn}, nil
	}
	defer conn.Close()
	raw, err := unix.SyscallConn()
	if err != nil {
		return nil, err
	}
	s := &socket{threads: t}
	var got error
	err = raw.Control(func(fd uintptr) { s.fd, got = duplicate(int(fd)) })
	if err := errors.Join(err, got); err != nil {
		return nil, err
	}
	if err := errors.Join(s.limitWait(syscall.SO_SNDTIMEO, linger), s.poll()); err != nil {
		_ = syscall.Close(s.fd)
		return nil, err
	}
	return s, nil
}

func duplicate(fd int) (int, error) {
	n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_DUPFD_CLOEXEC, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(n), nil
}

// poll gives the connection to the poller.
func (s *socket) poll() error {
	if err := syscall.SetNonblock(s.fd, true); err != nil {
		return err
	}
	fd, err := duplicate(s.fd)
	if err != nil {
		return err
	}
	s.file = os.NewFile(uintptr(fd), "client")
	return nil
}

// limitWait sets how long a call waits; 0 is for ever.
func (s *socket) limitWait(option int, wait time.Duration) error {
	limit := syscall.NsecToTimeval(int64(wait))
	return syscall.SetsockoptTimeval(s.fd, syscall.SOL_SOCKET, option, &limit)
}

func (s *socket) read(p []byte, patience time.Duration) (int, error) {
	if s.file == nil {
		n, err := s.wait(p, patience)
		switch {
		case n > 0:
			return n, nil
		case err == nil && s.expired.Load():
			return 0, os.ErrDeadlineExceeded
		case err == nil:
			return 0, io.EOF
		case err != syscall.EAGAIN:
			return 0, err
		}
		if err := s.leave(); err != nil {
			return 0, err
		}
	}
	if err := s.file.SetReadDeadline(deadline(patience)); err != nil {
		return 0, err
	}
	n, err := s.file.Read(p)
	if err == nil {
		s.enter()
	}
	return n, err
}

func (s *socket) write(b []byte, patience time.Duration) error {
	for len(b) > 0 {
		n, err := s.send(patience, func(fd int) (int, error) { return syscall.Write(fd, b) })
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// gather sends the bytes of the pieces, as many as the client takes while a thread
// waits, and at least one.
func (s *socket) gather(pieces [][]byte, patience time.Duration) (int, error) {
	s.vector = s.vector[:0]
	for _, b := range pieces[:min(len(pieces), mostPieces)] {
		if len(b) > 0 {
			v := syscall.Iovec{Base: &b[0]}
			v.SetLen(len(b)) // whose type is the system's
			s.vector = append(s.vector, v)
		}
	}
	n, err := s.send(patience, func(fd int) (int, error) {
		n, _, errno := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd), uintptr(unsafe.Pointer(&s.vector[0])), uintptr(len(s.vector)))
		if errno != 0 {
			return 0, errno
		}
		return int(n), nil
	})
	clear(s.vector)
	return n, err
}

// send makes a call that sends, when the client can take something.
func (s *socket) send(patience time.Duration, call func(fd int) (int, error)) (int, error) {
	if s.file == nil {
		n, err := retry(func() (int, error) { return call(s.fd) })
		if err != syscall.EAGAIN {
			return n, err
		}
		if err := s.leave(); err != nil {
			return 0, err
		}
	}
	if err := s.file.SetWriteDeadline(deadline(patience)); err != nil {
		return 0, err
	}
	raw, err := s.file.SyscallConn()
	if err != nil {
		return 0, err
	}
	var n int
	var failed error
	err = raw.Write(func(fd uintptr) bool {
		n, failed = retry(func() (int, error) { return call(int(fd)) })
		return failed != syscall.EAGAIN
	})
	return n, cmp.Or(err, failed)
}

func (s *socket) pass(b []byte, files []*os.File, patience time.Duration) error {
	rights := syscall.UnixRights(numbers(files)...)
	n, err := s.send(patience, func(fd int) (int, error) { return syscall.SendmsgN(fd, b, rights, nil, 0) })
	if err != nil {
		return err
	}
	return s.write(b[n:], patience)
}

// retry makes a call again that a signal cut short: the runtime sends itself some.
func retry(call func() (int, error)) (int, error) {
	for {
		n, err := call()
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// Close ends the conversation: whoever waits for the client waits no longer. The
// descriptor stays until then, so that its number is nobody else's.
func (s *socket) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil
	}
	return syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
}

func (s *socket) end() {
	if s.file == nil {
		s.free()
	} else {
		_ = s.file.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	_ = syscall.Close(s.fd)
}
