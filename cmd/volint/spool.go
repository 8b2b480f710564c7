package main

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// spoolLimit is how much of a command's output waits in memory for its turn; more
// waits in a temporary file, so that a long table costs no memory and holds nobody
// up.
const spoolLimit = 1 << 20

// spool keeps what a command prints until it is its turn on the screen, and
// passes it on from then on.
type spool struct {
	mu   sync.Mutex
	out  io.Writer // nil before its turn
	held bytes.Buffer
	file *os.File // what came before held; it has no name any more
}

func (s *spool) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.out != nil {
		return s.out.Write(p)
	}
	if s.held.Len()+len(p) > spoolLimit {
		if err := s.spill(); err != nil {
			return 0, err
		}
	}
	return s.held.Write(p)
}

// spill moves what is held to the file.
func (s *spool) spill() error {
	if s.file == nil {
		f, err := os.CreateTemp("", "volint-rows")
		if err != nil {
			return err
		}
		s.file = f
		if err := os.Remove(f.Name()); err != nil {
			return err
		}
	}
	_, err := s.held.WriteTo(s.file)
	return err
}

// release prints what waited; what comes later is printed at once.
func (s *spool) release(out io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.out = out
	if s.file != nil {
		if _, err := s.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		// The output's errors are marked as such; the rest is the file's.
		if _, err := io.Copy(out, s.file); err != nil {
			return err
		}
	}
	_, err := s.held.WriteTo(out)
	return err
}

// close frees what the spool holds.
func (s *spool) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.file != nil {
		s.file.Close()
	}
	s.held = bytes.Buffer{}
}
