// Package session runs Volatility's commands and gives what they write as
// frames. It knows nothing of decoding: package row and the generated packages
// do that.
//
//	s, err := session.Open(ctx, session.Config{Image: "mem.lime", DropIns: dropIns})
//	...
//	defer s.Close()
//	for task, err := range session.Rows[pandavolintrow.LinuxPslistTask](ctx, s, "--pid", "1") {
//
// Volatility runs in a Python process, the worker, whose sources this package
// carries. It reads symbols and finds the kernel once, with the first command, and has
// a child of its own run each command: the second takes milliseconds. Nothing is
// written to disk but what Config.Cache keeps, and a socket for memory that Volatility
// can't read by itself. A command's process, and what a plugin started, end when the
// command ends or its context is cancelled; all of them end with the session, and when
// the program goes, however it goes.
package session

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/runtime/row"
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
	// Image is the memory: the path of a dump, or of a UNIX socket that serves memory;
	// FORMAT:PATH, unix:PATH or qemu:PATH, as package memaccess/location takes them.
	// "" is for plugins of Volatility 3 that need none. What Volatility can't read by
	// itself is opened by Open, and closed by Close.
	Image string
	// Memory is memory of the program's own, in place of Image. The program closes it,
	// after the Runner.
	Memory memaccess.Source
	// Connect is for memory that the program serves itself: it gets each connection that
	// a worker makes, in a goroutine of its own, speaks the server's side of the
	// memory-access protocol on it, and closes it. Image is then only what the memory is
	// called.
	Connect func(net.Conn)
	// Pause stops the guest while a command reads its memory. It goes on when the
	// command ends, however that is. A guest that stood already stays so.
	Pause bool
	// MaxHold is how long the guest may stand at most; it goes on then, and the command
	// fails at its end. 0 is what the memory's server allows: a minute, unless it was
	// told otherwise.
	MaxHold time.Duration
	// Holder is the command line of the process that holds a guest of QEMU's while it
	// stands; nil is `volint hold-guest`, with the volint of VOLINT_BIN or the PATH.
	Holder []string
	// Version is the Volatility to use.
	Version Version
	// Python is the interpreter that has Volatility: a path, or a name on the
	// PATH.
	Python string
	// Profile is Volatility 2's profile.
	Profile string
	// Plugins are folders of plugins and profiles.
	Plugins []string
	// Symbols are folders of symbol files, for Volatility 3.
	Symbols []string
	// Cache is the folder for what is kept between processes: Volatility 3's index of
	// symbol files, symbol files in a form that is read fast, and where the kernel is
	// in a dump. "" is VOLINT_CACHE, or volint in the user's cache folder. It must be
	// this user's alone.
	Cache string
	// CacheLimit is how large it may become, in bytes, besides the index: what was not
	// used for longest goes first. 0 is VOLINT_CACHE_LIMIT, or 2 GiB; a negative one keeps
	// nothing.
	CacheLimit int64
	// MemoryLimit is how much memory a command may take besides what the session has,
	// in bytes. 0 is no limit. A command that needs more fails; the session goes on.
	MemoryLimit int64
	// Files is the folder for files that plugins write; it must exist. "" drops them,
	// with a warning.
	Files string
	// FilesLimit is how many bytes the files of a command may have together; one that
	// writes more fails. 0 is 8 GiB.
	FilesLimit int64
	// DropIns are the generated Python modules for each version: what
	// protoc-gen-volrender writes with lang=python2 or lang=python3. Files in the
	// root count.
	DropIns map[Version]fs.FS
	// Strict makes a column that the installed plugin lacks an error.
	Strict bool
	// Log gets what Volatility and the worker say; nil drops it. What plugins print
	// is at slog.LevelDebug.
	Log *slog.Logger
	// Progress is called with percent done and what is going on, by one goroutine
	// for each command; it may be nil. The command waits for it, and so may others that
	// have not begun.
	Progress func(percent float64, what string)
}

// Request is one command to run.
type Request struct {
	// Message is the full protobuf name of the message that the rows are. "" is for
	// plugins that no message is for: each frame is then a JSON object,
	// {"depth": N, "row": {COLUMN: VALUE}}, its values as Volatility's own JSON has them.
	Message string
	// Plugin is the plugin's exact name in the version that runs, or "" where the
	// message tells: by its options, else by its name.
	Plugin string
	// Args are the plugin's own options, as on Volatility's command line:
	// {"--pid", "1"}.
	Args []string
	// Files is the folder for the command's files in place of Config.Files, where it is
	// not "". It need not exist: it is made when the plugin writes the first one.
	Files string
	// Progress is called in place of Config.Progress, where it is not nil: by it a
	// program that runs several commands tells them apart.
	Progress func(percent float64, what string)
}

// RequestFor makes the request for a command of a registry.
func RequestFor(c row.Command, args []string) Request {
	return Request{Message: c.Message.FullName, Args: args}
}

// Runner runs commands: a [Session], or what stands for one.
type Runner interface {
	// Start starts a command, which ends at once when ctx does. An error here means
	// that nothing could be started; what goes wrong later is Run.Wait's to tell.
	// Several commands may run side by side.
	Start(ctx context.Context, req Request) (Run, error)
	// Close ends what still runs and frees what the runner holds. It returns after
	// the last process is gone that this program started.
	Close() error
}

// Run is a command that runs.
type Run interface {
	// Frames is the stream of frames, up to its end. It must be read, or the
	// command waits. The stream also ends where the command fails: ask Wait.
	Frames() io.Reader
	// Wait waits for the end and tells how it went: nil only when the stream ended
	// on a frame's boundary, the number of frames equals what the worker counted,
	// and the process ended well, as far as this program is told: one that ignores
	// SIGCHLD is not. The error is an *Error. The Result is filled as
	// far as it is known, also beside an error. Frames that were not read are read
	// and dropped. Later calls return the same.
	Wait() (*Result, error)
	// Close ends the command, if it still runs, and frees what it holds. Wait does
	// not need it; who leaves before the end does.
	Close() error
}

// Result tells what a command did.
type Result struct {
	// Rows is the number of frames that arrived whole.
	Rows int64
	// Plugin and Volatility are what ran: "linux.pslist.PsList", "2.28.2".
	Plugin, Volatility string
	// Missing names the fields whose column the plugin does not have.
	Missing []string
	// Lost counts values that could not be written, by field and reason.
	Lost []Loss
	// Warnings are sentences for the user, in order.
	Warnings []string
	// Files are those that the plugin wrote to Config.Files, or to Request.Files.
	Files []File
	// Duration is how long the command took, from Start to its end.
	Duration time.Duration
	// Cold says why the command ran in a process of its own; "" where it was forked
	// from the session's.
	Cold string
}

// File is a file that a plugin wrote.
type File struct {
	// Name is its name in that folder, which the plugin chose and volint made safe.
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size"`
	// SHA256 is of its content, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Row is the number of the first row that names it, counted from 0 in the order in
	// which rows come; -1 where none does.
	Row int64 `json:"row"`
}

// Loss counts the values of one field that could not be written.
type Loss struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// Complete reports whether the rows hold all that the message asks for.
func (r *Result) Complete() bool { return len(r.Missing) == 0 && len(r.Lost) == 0 }
