package memaccess

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// maxPath is the longest path of a socket, in bytes: the system has room for 108
// with the NUL.
const maxPath = 107

// Listen makes a UNIX socket at path that its owner alone may connect to. A
// socket that is there already is replaced if nobody answers on it; anything else
// that is there is an error. Closing the listener removes the file.
func Listen(path string) (net.Listener, error) { return ListenMode(path, 0o600) }

// ListenMode is Listen, and who may connect is up to the mode: those who may write.
// A Server looks at who they are besides.
func ListenMode(path string, mode fs.FileMode) (net.Listener, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	if strings.HasPrefix(path, "@") { // package net would make it abstract, which has no mode
		path = "." + string(filepath.Separator) + path
	}
	if err := makeWay(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{}
	if runtime.GOOS == "linux" {
		// Before bind, so that the file never has a wider mode.
		config.Control = func(_, _ string, c syscall.RawConn) error {
			var err error
			return errors.Join(c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), uint32(mode.Perm())) }), err)
		}
	}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, notMade(path, err)
	}
	// The umask took from the mode what others may.
	if runtime.GOOS != "linux" || mode.Perm()&0o077 != 0 {
		if err := setMode(path, mode.Perm()); err != nil {
			_ = l.Close()
			return nil, notMade(path, err)
		}
	}
	return l, nil
}

// notMade is the error where the system makes no socket.
func notMade(path string, err error) error {
	hint := "choose a path in a folder that is there and that you may write to"
	return Errorf(hint, "%s: the socket can't be made: %w", path, bare(err))
}

// bare is an error without the path and the call, which the message has.
func bare(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	return err
}

func checkPath(path string) error {
	const hint = "choose a shorter path, in /run or /tmp for instance"
	switch {
	case path == "":
		return Errorf("give the path of the socket to make", "the socket has no path")
	case len(path) > maxPath:
		return Errorf(hint, "the path of a socket can have %d bytes at most, and this one has %d: %s", maxPath, len(path), path)
	case strings.ContainsRune(path, 0):
		return Errorf("choose another path", "the path of a socket holds a NUL: %q", path)
	}
	return nil
}

// makeWay removes a socket on which nobody answers.
func makeWay(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return notMade(path, err)
	case info.Mode().Type() != fs.ModeSocket:
		return Errorf("choose another path, or remove what is there", "%s is there, and is not a socket", path)
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		// An original server does not notice that a client leaves without a word.
		_, _ = conn.Write(make([]byte, headerSize))
		_ = conn.Close()
		return Errorf("choose another path, or end that server", "somebody serves on %s already", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return Errorf("choose another path, or remove the socket", "%s is there, and whether somebody serves on it can't be told: %w", path, bare(err))
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Errorf("choose another path, or remove the socket", "%s: nobody serves on it, and it can't be removed: %w", path, bare(err))
	}
	return nil
}
