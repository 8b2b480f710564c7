package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"

	text "github.com/volint/volint/internal/term"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/runtime/session"
)

// The rules of the interface:
//
//   - Standard output carries results and nothing else.
//   - What volint says goes to standard error, a line each, marked with what it
//     is: "error:", "hint:", "warning:", "note:". Sentences start in lower case
//     and have no full stop at the end.
//   - A failure is one error line, which says what happened, and one hint line,
//     which says what to do. Volatility's own words follow with --verbose only.
//   - All text is escaped before a terminal sees it, wherever it came from.
//   - Progress is shown on a terminal only, and erased when there is something
//     else to show.
//   - The status is 0 for success, 1 for a failure, 2 for a command line that
//     makes no sense, 130 after Ctrl-C, 141 when the reader of standard output
//     has gone (nothing is said then).

// The exit statuses.
const (
	statusOK          = 0
	statusFailure     = 1
	statusUsage       = 2
	statusInterrupted = 130
	statusPipe        = 141
)

// failure is an error with what to do about it.
type failure struct {
	msg, hint string
	status    int
	cause     error
}

func (f *failure) Error() string { return f.msg }
func (f *failure) Unwrap() error { return f.cause }

// fail is a failure with status 1.
func fail(hint, format string, args ...any) error {
	return &failure{msg: fmt.Sprintf(format, args...), hint: hint, status: statusFailure}
}

// misuse is a mistake on the command line.
func misuse(hint, format string, args ...any) error {
	return &failure{msg: fmt.Sprintf(format, args...), hint: hint, status: statusUsage}
}

// ui talks to the user.
type ui struct {
	verbose bool

	mu     sync.Mutex
	stderr io.Writer
	bars   progress
}

// newUI talks on stderr; stdout is where the rows go, which may be the same
// terminal.
func newUI(stderr, stdout *os.File) *ui {
	u := &ui{stderr: stderr}
	if term.IsTerminal(int(stderr.Fd())) {
		u.bars.terminal = stderr
		u.bars.shared = term.IsTerminal(int(stdout.Fd()))
	}
	return u
}

// say prints a marked line.
func (u *ui) say(mark, format string, args ...any) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.erase()
	fmt.Fprintf(u.stderr, "%s: %s\n", mark, text.Escape(fmt.Sprintf(format, args...)))
}

// report tells what went wrong, if anything did, and returns the exit status.
func (u *ui) report(ctx context.Context, err error) int {
	u.bars.end(u)
	err = outputError(err)
	var f *failure
	var s *session.Error
	var m *memaccess.Error
	switch {
	case err == nil:
		return statusOK
	case isPipe(err):
		return statusPipe
	case ctx.Err() != nil:
		u.say("error", "interrupted")
		return statusInterrupted
	case errors.As(err, &s):
		u.reportSession(s)
		return statusFailure
	case errors.As(err, &f):
		u.say("error", "%s", f.msg)
		u.hint(f.hint)
		return f.status
	case errors.As(err, &m):
		u.say("error", "%v", err)
		u.hint(m.Hint())
		return statusFailure
	}
	u.say("error", "%v", err)
	return statusFailure
}

// isPipe reports that the reader of the output has gone.
func isPipe(err error) bool {
	var w writeError
	return errors.As(err, &w) && errors.Is(w, syscall.EPIPE)
}

func (u *ui) reportSession(s *session.Error) {
	u.say("error", "%s", s.Message)
	detail := strings.TrimSpace(s.Detail)
	if detail != "" && !u.verbose {
		u.hint(s.Hint + "; --verbose tells more")
		return
	}
	u.hint(s.Hint)
	u.detail("", detail)
}

// detail shows Volatility's own words, of one of several commands where there is a
// label.
func (u *ui) detail(label, words string) {
	if label != "" {
		label += ": "
	}
	for line := range strings.Lines(strings.TrimSpace(words)) {
		u.say("volatility", "%s%s", label, strings.TrimRight(line, "\r\n"))
	}
}

func (u *ui) hint(hint string) {
	if hint != "" {
		u.say("hint", "%s", strings.TrimPrefix(hint, "; "))
	}
}

// logger shows what Volatility and the worker log, with --verbose.
func (u *ui) logger() *slog.Logger {
	if !u.verbose {
		return nil
	}
	return slog.New(logHandler{u})
}

// logHandler prints a log record as a line of the user interface.
type logHandler struct{ ui *ui }

func (h logHandler) Enabled(context.Context, slog.Level) bool { return true }
func (h logHandler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h logHandler) WithGroup(string) slog.Handler            { return h }

func (h logHandler) Handle(_ context.Context, r slog.Record) error {
	for line := range strings.Lines(r.Message) {
		h.ui.say("log", "%s %s", strings.ToLower(r.Level.String()), strings.TrimRight(line, "\r\n"))
	}
	return nil
}
