// Package session runs Volatility's commands and gives what they write as
// frames. It knows nothing of decoding: package row and the generated packages
// do that.
package session

import (
	"context"
	"io"
	"log/slog"
)

// Version is a major version of Volatility.
type Version int

// The versions. Auto is Volatility 2 when a profile is given, else 3.
const (
	Auto        Version = 0
	Volatility2 Version = 2
	Volatility3 Version = 3
)

// Config says which Volatility runs and on what. The zero value of every field
// means that the environment (VOLINT_PYTHON, VOLINT_VOLATILITY, VOLINT_PLUGINS,
// VOLINT_SYMBOLS) or, failing that, a search decides.
type Config struct {
	// Image is the memory: a dump's path, or a UNIX socket that serves it.
	Image string
	// Version is the Volatility to use.
	Version Version
	// Python is the interpreter that has Volatility.
	Python string
	// Profile is Volatility 2's profile.
	Profile string
	// Plugins are folders of plugins and profiles.
	Plugins []string
	// Symbols are folders of symbol files, for Volatility 3.
	Symbols []string
	// Cache is the folder where Volatility 3 keeps its index of symbol files;
	// "" is volint's own, below the user's cache folder.
	Cache string
	// Strict makes a column that the installed plugin lacks an error.
	Strict bool
	// Log gets what Volatility and the worker say; nil drops it.
	Log *slog.Logger
	// Progress is called with percent done and what is going on; it may be nil.
	Progress func(percent float64, what string)
}

// Request is one command to run.
type Request struct {
	// Message is the full protobuf name of the message that the rows are.
	Message string
	// Plugin is the plugin's exact name in the version that runs, or "" to have it
	// looked up by the message's name.
	Plugin string
	// Args are the plugin's own options, as on Volatility's command line:
	// {"--pid", "1"}.
	Args []string
}

// Runner runs commands. What Open returns today starts a process for each
// command; one that keeps a warm worker meets the same interface.
type Runner interface {
	// Start starts a command. An error here means that nothing could be started;
	// what goes wrong later is Run.Wait's to tell.
	Start(ctx context.Context, req Request) (Run, error)
	// Close ends what still runs and frees what the runner holds.
	Close() error
}

// Run is a command that runs.
type Run interface {
	// Frames is the stream of frames, up to its end. It must be read, or the
	// command waits.
	Frames() io.Reader
	// Wait waits for the end and tells how it went: nil only when the stream ended
	// on a frame's boundary, the number of frames equals what the worker counted,
	// and the process ended well. Call it after Frames is read to its end. The
	// Result is filled as far as it is known, also beside an error.
	Wait() (*Result, error)
}

// Result tells what a command did.
type Result struct {
	// Rows is the number of frames that were written.
	Rows int64
	// Plugin and Volatility are what ran: "linux.pslist.PsList", "2.28.2".
	Plugin, Volatility string
	// Missing names the fields whose column the plugin does not have.
	Missing []string
	// Lost counts values that could not be written, by field and reason.
	Lost []Loss
	// Warnings are sentences for the user, in order.
	Warnings []string
}

// Loss counts the values of one field that could not be written.
type Loss struct {
	Field, Reason string
	Count         int64
}

// Complete reports whether the rows hold all that the message asks for.
func (r *Result) Complete() bool { return len(r.Missing) == 0 && len(r.Lost) == 0 }

// Error is a failure with what to do about it.
type Error struct {
	// Code is a short stable name: "no-python", "no-volatility", "no-symbols",
	// "not-memory", "unreadable-image", "bad-profile", "unknown-plugin",
	// "bad-option", "missing-column", "plugin-failed", "worker-died",
	// "cut-stream".
	Code string
	// Message says what happened, in one line; Hint what to do, in one line.
	Message, Hint string
	// Detail is what Volatility itself said; it may be long, or empty.
	Detail string
}

func (e *Error) Error() string { return e.Message }
