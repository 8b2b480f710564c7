//go:build !linux

package memaccess

import (
	"io/fs"
	"net"
)

// credentialsOf knows nobody here: the socket's mode is what keeps others out.
func credentialsOf(net.Conn) (credentials, error) { return credentials{}, nil }

func owner(fs.FileInfo) int { return -1 }
