package session

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
)

// tailSize is how much of what the worker prints is kept, in bytes.
const tailSize = 64 << 10

// tail keeps the end of what the worker and its plugins print.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// read reads r to its end, keeps the end of it and logs every line.
func (t *tail) read(r io.Reader, log *slog.Logger) {
	lines := bufio.NewReader(r)
	for {
		// ReadSlice gives a piece of a line that is too long for the buffer: fine for
		// a log, and bounded.
		line, err := lines.ReadSlice('\n')
		t.keep(line)
		if log != nil && len(line) > 0 {
			log.Debug(strings.TrimRight(string(line), "\r\n"), "from", "output")
		}
		if err != nil && err != bufio.ErrBufferFull {
			return
		}
	}
}

func (t *tail) keep(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 2*tailSize {
		t.text = append(t.text[:0], t.text[len(t.text)-tailSize:]...)
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text[max(0, len(t.text)-tailSize):])
}

// pythonLevel is the least level of Python's logging that log takes.
func pythonLevel(log *slog.Logger) int {
	ctx := context.Background()
	switch {
	case log == nil || !log.Enabled(ctx, slog.LevelWarn):
		return 40
	case log.Enabled(ctx, slog.LevelDebug):
		return 10
	case log.Enabled(ctx, slog.LevelInfo):
		return 20
	}
	return 30
}

// Write keeps p; it never fails.
func (t *tail) Write(p []byte) (int, error) {
	t.keep(p)
	return len(p), nil
}
