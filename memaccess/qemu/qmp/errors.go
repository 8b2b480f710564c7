package qmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"

	"github.com/volint/volint/memaccess"
)

const (
	hintGone = "look whether QEMU still runs"
	hintBusy = "QEMU serves one client of a QMP socket at a time: end the other one, or start QEMU with a second " +
		"-qmp unix:PATH,server=on,wait=off for volint alone"
	hintHung = "QEMU may be busy or hung; try again, or look at its process"
)

// dialError says why there is no connection.
func dialError(path string, err error) error {
	const start = "start QEMU with -qmp unix:PATH,server=on,wait=off and give that path"
	say := func(hint, format string) error {
		return &memaccess.Error{Msg: fmt.Sprintf(format, path), Advice: hint, Err: err}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return say(start, "there is no QMP socket %s")
	case errors.Is(err, fs.ErrPermission):
		return say("run volint as the user that QEMU runs as, or as root", "this user may not use the QMP socket %s")
	case errors.Is(err, syscall.ECONNREFUSED):
		return say("QEMU has ended, or the path is of a file that is no socket: "+start, "nobody listens on the QMP socket %s")
	case errors.Is(err, syscall.EAGAIN), isTimeout(err): // as many wait as there may
		return say(hintBusy, "the QMP socket %s takes no more clients")
	case errors.Is(err, syscall.EINVAL):
		return say("give a path of at most 107 bytes, such as one relative to the current folder", "the path of a socket is too long: %s")
	}
	return memaccess.Errorf(start, "the QMP socket %s can't be used: %w", path, err)
}

func isTimeout(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}

// greetError says why no greeting came.
func (c *Conn) greetError(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case isTimeout(err):
		return memaccess.Errorf(hintBusy, "QEMU does not greet on %s: somebody else seems to use this QMP socket", c.path)
	}
	return c.endError(err)
}

// silent says that an answer did not come in time.
func (c *Conn) silent(ctx context.Context, command string) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return memaccess.Errorf(hintHung, "QEMU does not answer %s on %s: %w", command, c.path, ctx.Err())
}

// endError says how the connection ended.
func (c *Conn) endError(err error) error {
	switch {
	case errors.Is(err, net.ErrClosed):
		return errClosed(c.path)
	case errors.Is(err, errTooLong):
		return memaccess.Errorf("give the path of a QMP socket", "%s sends no QMP: %w", c.path, err)
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return memaccess.Errorf(hintGone, "QEMU closed the connection on %s: %w", c.path, io.EOF)
	}
	return memaccess.Errorf(hintGone, "the connection to QEMU on %s ended: %w", c.path, err)
}

func errClosed(path string) error {
	return memaccess.Errorf("", "the connection to QEMU on %s was closed here: %w", path, net.ErrClosed)
}

func (c *Conn) nonsense(line []byte) error {
	return memaccess.Errorf("look whether "+c.path+" is a QMP socket, and nobody's proxy", "%s sends what is no QMP: %s", c.path, excerpt(line))
}

// excerpt shows the start of what somebody sent.
func excerpt(line []byte) string {
	const most = 60
	if len(line) > most {
		return strconv.Quote(string(line[:most])) + " …"
	}
	return strconv.Quote(string(line))
}
