package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/volint/volint/memaccess"
)

// ownServer serves memory to the session's workers, on a socket that nobody else
// may connect to.
type ownServer struct {
	server io.Closer
	source memaccess.Source // what is served; nil where the program does it
	memory memaccess.Source // to be closed; nil where it is the program's
	folder string
	path   string
	ended  chan struct{}
}

// longestPath is the longest path that a socket can have.
const longestPath = 107

// startServer serves memory until the server is closed. The source is closed with
// it, if it is the session's.
func startServer(cfg *Config, memory memaccess.Source, ours bool) (*ownServer, error) {
	server := &memaccess.Server{Source: memory, AllowPause: cfg.Pause, MaxHold: cfg.MaxHold, IdleTimeout: -1, Log: cfg.Log}
	s, listener, err := listenPrivately()
	if err != nil {
		return nil, err
	}
	s.server, s.source = server, memory
	if ours {
		s.memory = memory
	}
	cfg.tell("%s: %s", memory.Name(), describe(memory))
	go func() {
		defer close(s.ended)
		if err := server.Serve(listener); !errors.Is(err, memaccess.ErrServerClosed) {
			cfg.tell("the memory is not served any more: %v", err)
		}
	}()
	return s, nil
}

// startPassing hands what connects to the program, until it is closed.
func startPassing(connect func(net.Conn)) (*ownServer, error) {
	s, listener, err := listenPrivately()
	if err != nil {
		return nil, err
	}
	s.server = listener
	go func() {
		defer close(s.ended)
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil { // too many files are open, mostly, and some may close
				time.Sleep(10 * time.Millisecond)
				continue
			}
			go connect(conn) // it may stay as long as the connection does
		}
	}()
	return s, nil
}

// listenPrivately makes the socket.
func listenPrivately() (*ownServer, net.Listener, error) {
	folder, err := privateFolder()
	if err != nil {
		return nil, nil, err
	}
	s := &ownServer{folder: folder, path: filepath.Join(folder, socketName), ended: make(chan struct{})}
	listener, err := memaccess.Listen(s.path)
	if err != nil {
		_ = os.RemoveAll(folder)
		return nil, nil, unreadable(err)
	}
	return s, listener, nil
}

const socketName = "memory"

// privateFolder makes a folder for the socket that only this user can look into.
func privateFolder() (string, error) {
	folder, err := os.MkdirTemp("", "volint-")
	if err == nil && len(filepath.Join(folder, socketName)) > longestPath {
		_ = os.Remove(folder)
		folder, err = os.MkdirTemp("/tmp", "volint-")
	}
	if err != nil {
		return "", &Error{Code: "bad-setting", Message: fmt.Sprintf("no folder can be made for the memory's socket: %v", err),
			Hint: "TMPDIR names a folder that can be written", cause: err}
	}
	return folder, nil
}

// close ends the server: a guest that a worker had stopped goes on first.
func (s *ownServer) close() {
	_ = s.server.Close()
	<-s.ended
	_ = os.RemoveAll(s.folder)
	if s.memory != nil {
		_ = s.memory.Close()
	}
}

// describe says what memory there is, for people.
func describe(memory memaccess.Source) string {
	runs := memory.Runs()
	var size uint64
	for _, r := range runs {
		size += r.Length
	}
	what := fmt.Sprintf("%s of memory in %s", bytesOf(size), quantity(len(runs), "run"))
	if memory.Identity().Live() {
		what += ", of a guest that may be running"
	}
	return what
}

// bytesOf is a number of bytes in a unit that suits it.
func bytesOf(n uint64) string {
	size, unit := float64(n), "bytes"
	for _, larger := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size < 1024 {
			break
		}
		size, unit = size/1024, larger
	}
	return fmt.Sprintf("%.4g %s", size, unit)
}

func quantity(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// tell logs what is of use to somebody who looks.
func (c *Config) tell(format string, args ...any) {
	if c.Log != nil {
		c.Log.Log(context.Background(), slog.LevelInfo, fmt.Sprintf(format, args...))
	}
}
