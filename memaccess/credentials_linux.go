package memaccess

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
)

// credentialsOf asks the system who connected.
func credentialsOf(conn net.Conn) (credentials, error) {
	c, ok := conn.(*net.UnixConn)
	if !ok {
		return credentials{}, nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return credentials{}, err
	}
	var cred *syscall.Ucred
	var got error
	err = raw.Control(func(fd uintptr) {
		cred, got = syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
	})
	if err := errors.Join(err, got); err != nil {
		return credentials{}, fmt.Errorf("who connected can't be told: %w", err)
	}
	return credentials{uid: int(cred.Uid), known: true}, nil
}

// owner is the user whose a file is, or -1.
func owner(info fs.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return -1
}
