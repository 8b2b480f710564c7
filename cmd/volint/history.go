package main

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The bounds of the history: lines, and the length of one that is kept.
const (
	historyLines  = 1000
	historyLength = 4096
)

// history is the lines that were typed in this shell and in those before, the
// oldest first, as term.Terminal wants them. It is kept in a file that only the
// user may read.
type history struct {
	lines []string
	file  *os.File // to append to; nil where none can be kept
}

// historyPath is the file, in the user's folder for state.
func historyPath() (string, error) {
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "volint", "history"), nil
}

// openHistory reads the history, and cuts the file when it has grown to twice what
// is kept. What it returns beside an error works, and keeps nothing.
func openHistory() (*history, error) {
	h := &history{}
	path, err := historyPath()
	if err != nil {
		return h, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return h, err
	}
	total, err := h.read(path)
	if err == nil && total > 2*historyLines {
		err = h.rewrite(path)
	}
	if err != nil {
		return h, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return h, err
	}
	// A file that somebody made with other rights.
	if err := f.Chmod(0o600); err != nil {
		f.Close()
		return h, err
	}
	h.file = f
	return h, nil
}

// read reads the file's last lines, and returns how many it has.
func (h *history) read(path string) (total int, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		total++
		h.keep(lines.Text())
	}
	return total, lines.Err()
}

// rewrite writes what is kept in place of the file.
func (h *history) rewrite(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "history") // 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(strings.Join(h.lines, "\n") + "\n")
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

func (h *history) keep(line string) {
	h.lines = append(h.lines, line)
	if len(h.lines) > historyLines {
		h.lines = h.lines[1:]
	}
}

// Add keeps a line, unless it is empty, begins with a space, or is the one before.
func (h *history) Add(line string) {
	if line == "" || line[0] == ' ' || len(line) > historyLength || len(h.lines) > 0 && h.lines[len(h.lines)-1] == line {
		return
	}
	h.keep(line)
	if h.file != nil {
		// Of a disk that is full the shell works on.
		_, _ = h.file.WriteString(line + "\n")
	}
}

// Len returns the number of lines.
func (h *history) Len() int { return len(h.lines) }

// At returns a line, the newest for 0.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

func (h *history) close() {
	if h.file != nil {
		h.file.Close()
	}
}
