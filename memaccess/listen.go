package memaccess

import (
	"context"
	"errors"
	"fmt"
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

// socketMode lets the owner alone connect.
const socketMode = 0o600

// Listen makes a UNIX socket at path that its owner alone may connect to. A
// socket that is there already is replaced if nobody answers on it; anything else
// that is there is an error. Closing the listener removes the file.
func Listen(path string) (net.Listener, error) {
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
		// Before bind, so that the file never has another mode.
		config.Control = func(_, _ string, c syscall.RawConn) error {
			var err error
			return errors.Join(c.Control(func(fd uintptr) { err = syscall.Fchmod(int(fd), socketMode) }), err)
		}
	}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("memaccess: %w", err)
	}
	if runtime.GOOS != "linux" {
		if err := os.Chmod(path, socketMode); err != nil {
			_ = l.Close()
			return nil, fmt.Errorf("memaccess: %w", err)
		}
	}
	return l, nil
}

func checkPath(path string) error {
	switch {
	case path == "":
		return errors.New("memaccess: the socket has no path")
	case len(path) > maxPath:
		return fmt.Errorf("memaccess: the path of a socket can have %d bytes at most, and this one has %d: %s", maxPath, len(path), path)
	case strings.ContainsRune(path, 0):
		return fmt.Errorf("memaccess: the path of a socket holds a NUL: %q", path)
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
		return fmt.Errorf("memaccess: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("memaccess: %s is there, and is not a socket", path)
	}
	conn, err := net.Dial("unix", path)
	switch {
	case err == nil:
		// An original server does not notice that a client leaves without a word.
		_, _ = conn.Write(make([]byte, headerSize))
		_ = conn.Close()
		return fmt.Errorf("memaccess: somebody serves on %s already", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("memaccess: %s is there, and whether somebody serves on it can't be told: %w", path, err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("memaccess: %w", err)
	}
	return nil
}

// isShortage reports whether an accept may succeed later.
func isShortage(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
