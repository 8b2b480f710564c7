package memaccess

import (
	"net"
	"os"
	"syscall"
	"time"
)

// stream is a connection as a server needs it. patience is for how long the client
// may keep it waiting; the error is os.ErrDeadlineExceeded then.
type stream interface {
	// read reads what there is, a byte at least, as io.Reader says.
	read(p []byte, patience time.Duration) (int, error)
	// write sends all of b. A client that takes a chunk in the time is waited for.
	write(b []byte, patience time.Duration) error
	// pass sends all of b, with descriptors on its first byte.
	pass(b []byte, files []*os.File, patience time.Duration) error
}

// gatherer is a stream that sends from several places by one call.
type gatherer interface {
	// gather sends of the pieces, at least a byte, and returns how many. The error is
	// syscall.EFAULT where a piece's memory can't be read.
	gather(pieces [][]byte, patience time.Duration) (int, error)
}

// mostPieces is how many pieces the system takes.
const mostPieces = 1024

// endable is a stream that a server has.
type endable interface {
	stream
	// Close ends what the stream waits for. Any goroutine may call it, at any time.
	Close() error
	// end frees the stream. Nothing but Close is called after it.
	end()
}

// plain is any connection, by its own methods.
type plain struct{ net.Conn }

func (c plain) end() { _ = c.Close() }

func (c plain) read(p []byte, patience time.Duration) (int, error) {
	if err := c.SetReadDeadline(deadline(patience)); err != nil {
		return 0, err
	}
	return c.Read(p)
}

func (c plain) write(b []byte, patience time.Duration) error {
	for len(b) > 0 {
		if err := c.SetWriteDeadline(deadline(patience)); err != nil {
			return err
		}
		n, err := c.Write(b[:min(len(b), chunk+1)])
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (c plain) pass(b []byte, files []*os.File, patience time.Duration) error {
	conn, ok := c.Conn.(*net.UnixConn)
	if !ok {
		return syscall.ENOTSUP // such a client was never told that there are any
	}
	if err := c.SetWriteDeadline(deadline(patience)); err != nil {
		return err
	}
	n, _, err := conn.WriteMsgUnix(b, syscall.UnixRights(numbers(files)...), nil)
	if err != nil {
		return err
	}
	return c.write(b[n:], patience)
}

// numbers are the numbers of files, which their owner keeps open.
func numbers(files []*os.File) []int {
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = int(f.Fd())
	}
	return fds
}

// deadline is when patience ends; a negative one never does.
func deadline(patience time.Duration) time.Time {
	if patience < 0 {
		return time.Time{}
	}
	return time.Now().Add(patience)
}
