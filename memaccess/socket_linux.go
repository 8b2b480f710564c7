package memaccess

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// A read of a page takes a client 10 µs, half of which is waiting for threads to
// be woken. Go's poller adds a failed read, a wait for events and another thread to
// each; a thread that waits in the read itself is nearly as fast as a C server. So a
// client that asks one thing after another gets such a thread. Some threads stay with
// their clients; others, whose waits end, which costs them a timer each time, leave a
// client that has nothing to ask for a while. A client without a thread, or one that
// does not go on with a request or an answer, is served through the poller.
const (
	// linger is how long a thread waits for a client that it does not stay with.
	linger = 50 * time.Millisecond
	// mostStaying and mostLingering are how many threads there are.
	mostStaying   = 16
	mostLingering = 32
)

// canGather says that connections here are gatherers.
const canGather = true

// threads are those that may still wait.
type threads struct {
	staying, lingering chan struct{}
	// idle is for how long those that stay do so: for ever if it is negative.
	idle time.Duration
}

// newThreads are threads of which none stays.
func newThreads() threads { return threads{lingering: make(chan struct{}, mostLingering)} }

// newStaying are threads of which some stay with clients that are silent for no
// longer than idle.
func newStaying(idle time.Duration) threads {
	t := newThreads()
	t.staying, t.idle = make(chan struct{}, mostStaying), idle
	return t
}

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

// enter takes a thread, if there is one.
func (s *socket) enter() {
	wait := time.Duration(0)
	select {
	case s.threads.staying <- struct{}{}:
		s.thread = s.threads.staying
		s.keepWatch()
	default:
		select {
		case s.threads.lingering <- struct{}{}:
			s.thread, wait = s.threads.lingering, linger
		default:
			return
		}
	}
	_ = s.file.Close()
	s.file = nil
	// These fail for no descriptor that is open.
	_ = s.limitWait(syscall.SO_RCVTIMEO, wait)
	_ = syscall.SetNonblock(s.fd, false)
}

// leave gives the thread back.
func (s *socket) leave() error {
	s.free()
	return s.poll()
}

func (s *socket) free() {
	<-s.thread
	s.thread = nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.watch != nil {
		s.watch.Stop()
		s.watch = nil
	}
}

// keepWatch ends the conversation when nothing was said for a while.
func (s *socket) keepWatch() {
	if s.threads.idle < 0 {
		return
	}
	s.mu.Lock() // which watch is set under
	defer s.mu.Unlock()
	seen := s.turns.Load()
	var watch *time.Timer
	watch = time.AfterFunc(s.threads.idle, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		now := s.turns.Load()
		switch {
		case s.ended || s.watch != watch:
		case now != seen:
			seen = now
			watch.Reset(s.threads.idle)
		default:
			s.expired.Store(true)
			_ = syscall.Shutdown(s.fd, syscall.SHUT_RDWR)
		}
	})
	s.watch = watch
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

// wait has the thread wait for the client; one that stays does so only where its
// watch ends that in time. The error is EAGAIN if there is nothing to read.
func (s *socket) wait(p []byte, patience time.Duration) (int, error) {
	s.turns.Add(1)
	if s.thread == s.threads.staying && patience != s.threads.idle {
		return retry(func() (int, error) {
			n, _, err := syscall.Recvfrom(s.fd, p, syscall.MSG_DONTWAIT)
			return n, err
		})
	}
	return retry(func() (int, error) { return syscall.Read(s.fd, p) })
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
			s.vector = append(s.vector, syscall.Iovec{Base: &b[0], Len: uint64(len(b))})
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

// setMode sets a socket's mode, and that of nothing else that may be at its path by
// now.
func setMode(path string, mode fs.FileMode) error {
	const pathOnly = 0x200000 // O_PATH, which package syscall lacks
	fd, err := syscall.Open(path, pathOnly|syscall.O_NOFOLLOW|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&syscall.S_IFMT != syscall.S_IFSOCK {
		return syscall.ENOTSOCK
	}
	return os.Chmod("/proc/self/fd/"+strconv.Itoa(fd), mode)
}
