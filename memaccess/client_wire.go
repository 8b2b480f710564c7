package memaccess

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// wire is a connection as a client needs it; [plain] is one. patience is for how
// long the server may keep it waiting; the error is os.ErrDeadlineExceeded then.
type wire interface {
	read(p []byte, patience time.Duration) (int, error)
	write(b []byte, patience time.Duration) error
	// Close ends what the wire waits for. Any goroutine may call it, at any time.
	Close() error
	// end frees the wire. Nothing but Close is called after it.
	end()
}

// waiting is a wire whose reads wait in the system, each in a thread: Go's poller
// takes a third more time for an answer that comes at once. There are few of them,
// and none waits but during a request.
type waiting struct {
	file *os.File
	fd   int
	// limit is how long the system lets a call wait, by option.
	limit map[int]time.Duration

	mu    sync.Mutex
	ended bool
}

// newWaiting takes a connection over. What is no socket of the system's stays as it
// is.
func newWaiting(conn net.Conn) (wire, error) {
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		return plain{conn}, nil
	}
	file, err := unix.File()
	_ = unix.Close()
	if err != nil {
		return nil, err
	}
	w := &waiting{file: file, fd: int(file.Fd()), limit: make(map[int]time.Duration)}
	if err := syscall.SetNonblock(w.fd, false); err != nil {
		_ = file.Close()
		return nil, err
	}
	return w, nil
}

func (w *waiting) read(p []byte, patience time.Duration) (int, error) {
	n, err := w.call(syscall.SO_RCVTIMEO, patience, func() (int, error) { return syscall.Read(w.fd, p) })
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

func (w *waiting) write(b []byte, patience time.Duration) error {
	for len(b) > 0 {
		n, err := w.call(syscall.SO_SNDTIMEO, patience, func() (int, error) { return syscall.Write(w.fd, b) })
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// call makes a call that waits as long as patience or nearly so: its limit is set
// only where the one that is set is far from it.
func (w *waiting) call(option int, patience time.Duration, call func() (int, error)) (int, error) {
	if limit := w.limit[option]; patience > 2*limit || patience < limit/2 {
		wait := syscall.NsecToTimeval(int64(max(patience, time.Millisecond)))
		if err := syscall.SetsockoptTimeval(w.fd, syscall.SOL_SOCKET, option, &wait); err != nil {
			return 0, err
		}
		w.limit[option] = patience
	}
	for {
		n, err := call()
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, syscall.EAGAIN):
			return 0, os.ErrDeadlineExceeded
		case !errors.Is(err, syscall.EINTR): // the runtime sends itself signals
			return 0, err
		}
	}
}

func (w *waiting) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil
	}
	return syscall.Shutdown(w.fd, syscall.SHUT_RDWR)
}

func (w *waiting) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	_ = w.file.Close()
}
