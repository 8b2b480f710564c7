package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"
)

// prompt stands before a line. It, and what is typed, go to standard error: what
// goes to standard output are results.
const prompt = "volint> "

// interact runs the lines that somebody types, until exit or Ctrl-D. What fails is
// told, and the next line is asked for.
func (s *shell) interact(ctx context.Context, in *os.File) error {
	h, err := openHistory()
	if err != nil {
		s.app.ui.say("warning", "lines are not kept for the next time: %v", err)
	}
	defer h.close()
	e := newEditor(in, s.app.ui.stderr, h, s.tab)
	defer e.close()
	for {
		line, err := e.line(ctx)
		if errors.Is(err, io.EOF) {
			_, _ = io.WriteString(s.app.ui.stderr, "\n")
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.typed(ctx, line); err != nil {
			return err
		}
	}
}

// typed runs a line. Ctrl-C ends what it does, and nothing else; an error ends the
// shell.
func (s *shell) typed(ctx context.Context, line string) error {
	doing, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.app.interrupts.during(cancel)()
	err := s.line(doing, line)
	if errors.Is(err, errExit) || isPipe(err) || ctx.Err() != nil {
		return err
	}
	s.app.ui.report(doing, err)
	return nil
}

// editor lets somebody edit a line on a terminal, which is as the shell found it
// while a command runs.
type editor struct {
	in       *os.File
	terminal *term.Terminal
	resized  chan os.Signal
}

func newEditor(in *os.File, out io.Writer, h *history, tab *completer) *editor {
	e := &editor{in: in, resized: make(chan os.Signal, 1)}
	e.terminal = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{keys{in}, out}, prompt)
	e.terminal.History = h
	e.terminal.AutoCompleteCallback = func(line string, pos int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		line, pos, choices := tab.complete(line, pos)
		if len(choices) > 0 {
			_, _ = io.WriteString(e.terminal, strings.Join(choices, "  ")+"\n")
		}
		return line, pos, true
	}
	signal.Notify(e.resized, syscall.SIGWINCH)
	go func() {
		for range e.resized {
			e.measure()
		}
	}()
	return e
}

func (e *editor) close() {
	signal.Stop(e.resized)
	close(e.resized)
}

func (e *editor) measure() {
	if width, height, err := term.GetSize(int(e.in.Fd())); err == nil && width > 0 {
		_ = e.terminal.SetSize(width, height)
	}
}

// line returns the next line. The error is io.EOF after Ctrl-D, or the context's.
func (e *editor) line(ctx context.Context) (string, error) {
	e.measure()
	before, err := term.MakeRaw(int(e.in.Fd()))
	if err != nil {
		return "", fail("give the commands as a script, by a pipe", "the terminal can't be read: %v", err)
	}
	defer term.Restore(int(e.in.Fd()), before)
	type read struct {
		line string
		err  error
	}
	done := make(chan read, 1)
	go func() {
		line, err := e.terminal.ReadLine()
		if errors.Is(err, term.ErrPasteIndicator) {
			err = nil
		}
		done <- read{line, err}
	}()
	select {
	case r := <-done:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// keys are the keys that were pressed. Ctrl-C, which would end the reading, becomes
// those that empty the line and enter it. What was typed while a command ran has the
// line feeds of a terminal that is as it was, and not the Enter of one that is raw.
type keys struct{ *os.File }

// The keys to the end of the line, to delete all before, and to enter it.
const dropLine = "\x05\x15\r"

func (k keys) Read(p []byte) (int, error) {
	const ctrlC = 3
	if len(p) < len(dropLine) {
		return k.File.Read(p)
	}
	// There is room for what a Ctrl-C becomes.
	n, err := k.File.Read(p[:len(p)-len(dropLine)+1])
	read := bytes.ReplaceAll(p[:n], []byte("\n"), []byte("\r"))
	if last := bytes.LastIndexByte(read, ctrlC); last >= 0 {
		// What was typed before it goes as well.
		read = append([]byte(dropLine), read[last+1:]...)
	}
	return copy(p, read), err
}
