//go:build !linux

package memaccess

import (
	"io/fs"
	"net"
	"os"
	"time"
)

const canGather = false

type threads struct{}

func newThreads() threads { return threads{} }

func newStaying(time.Duration) threads { return threads{} }

func newStream(conn net.Conn, _ threads) (endable, error) { return plain{conn}, nil }

func setMode(path string, mode fs.FileMode) error { return os.Chmod(path, mode) }
