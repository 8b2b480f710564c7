package location

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu"
	"github.com/volint/volint/memaccess/source"
)

// Options are what is wanted of memory that is opened. The zero value is memory to
// be read.
type Options struct {
	// Writable makes memory that can't be written an error.
	Writable bool
	// Holder is the command line of the process that holds a QEMU guest while it is
	// stopped; nil is `volint hold-guest`, with the volint of the environment variable
	// VOLINT_BIN or the PATH.
	Holder []string
	// Log is told what is noticed on the way; nil drops it.
	Log *slog.Logger
}

// Open opens memory. ctx bounds opening alone. Errors are *memaccess.Error.
func Open(ctx context.Context, s string, o Options) (memaccess.Source, error) {
	where, err := Resolve(s)
	if err != nil {
		return nil, err
	}
	memory, err := where.open(ctx, o)
	if err != nil {
		return nil, err
	}
	if _, ok := memaccess.WriterOf(memory); o.Writable && !ok {
		_ = memory.Close()
		hint := "a running guest's can be: qemu:PATH"
		if where.Kind == Socket {
			hint = "its server must be started with --writable"
		}
		return nil, memaccess.Errorf(hint, "the memory of %s can't be written", s)
	}
	return memory, nil
}

func (l Location) open(ctx context.Context, o Options) (memaccess.Source, error) {
	switch l.Kind {
	case Socket:
		client, err := memaccess.Dial(ctx, l.Path)
		if err != nil {
			return nil, err // not a nil *Client
		}
		return client, nil
	case QEMU:
		return qemu.Open(ctx, l.Path, qemu.Options{Holder: o.Holder, Writable: o.Writable, Log: o.Log})
	default:
		return source.Open(l.Path, l.Format)
	}
}

// Resolve reads a location and looks at the file's type: a Path that is a socket
// becomes a Socket. What is said to be a socket has to be one. Whether anybody
// serves there, or what a file holds, is not looked at.
func Resolve(s string) (Location, error) {
	where := Parse(s)
	if where.Path == "" {
		return where, memaccess.Errorf("give the path of a dump or a socket, or qemu:PATH", "%q names no memory", s)
	}
	info, err := os.Stat(where.Path)
	socket := err == nil && info.Mode()&fs.ModeSocket != 0
	switch {
	case where.Kind == Path && socket:
		where.Kind = Socket
	case where.Kind == Dump && socket:
		return where, memaccess.Errorf("give it by its path alone, or as unix:"+where.Path, "%s is a socket, and no dump", where.Path)
	case where.Kind == Path || where.Kind == Dump || socket:
		// What else is wrong with a file shows when it is opened.
	case errors.Is(err, fs.ErrNotExist):
		return where, memaccess.Errorf(startIt(where.Kind), "there is no file %s", where.Path)
	case err != nil:
		return where, memaccess.Errorf("may you look into its folder?", "can't look for the socket: %w", err)
	default:
		return where, memaccess.Errorf("give a dump by its path alone: "+where.Path, "%s is not a socket", where.Path)
	}
	return where, nil
}

// startIt says how a socket comes to be.
func startIt(k Kind) string {
	if k == QEMU {
		return "is the guest running? QEMU makes the socket with -qmp unix:PATH,server=on,wait=off"
	}
	return "is the server, or the emulator that serves memory, running?"
}
