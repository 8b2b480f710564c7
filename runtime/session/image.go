package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/location"
	"github.com/volint/volint/memaccess/source"
)

// image is the memory that commands read.
type image struct {
	// path is what a worker opens, a dump or a socket; "" where there is no memory.
	path string
	// name is what the user calls it.
	name string
	// dump is the path of the dump that the memory is, "" for all else, and format what
	// the user called its format, or "": see identity.
	dump, format string
	// socket says that path is a socket.
	socket bool
	// own serves memory that Volatility can't read by itself; nil where it can.
	own *ownServer
	// warnings say what of the memory is missing.
	warnings []string
}

// openImage opens the memory that is configured. What Volatility reads by itself is
// only looked at. To a server that the user named nobody connects: the worker's is
// the only connection, since there are servers that take no second one.
func openImage(ctx context.Context, cfg *Config) (*image, error) {
	switch {
	case cfg.Connect != nil && cfg.Memory == nil:
		im := &image{name: strings.ToValidUTF8(cmp.Or(cfg.Image, "the program's memory"), "?")}
		return im, im.passOn(cfg)
	case cfg.Memory != nil && cfg.Image != "":
		return nil, &Error{Code: "bad-setting", Message: "both an image and a memory of the program's are configured", Hint: "leave one of them out"}
	case cfg.Memory != nil:
		im := &image{name: strings.ToValidUTF8(cfg.Memory.Name(), "?")}
		return im, im.serve(cfg, cfg.Memory, false)
	case cfg.Image == "" && cfg.Pause:
		return nil, cantPause("nothing runs that could be stopped: there is no image")
	case cfg.Image == "":
		return &image{}, nil
	}
	im := &image{name: cfg.Image}
	if err := im.open(ctx, cfg); err != nil {
		im.close()
		return nil, err
	}
	return im, nil
}

func (im *image) open(ctx context.Context, cfg *Config) error {
	where, err := location.Resolve(cfg.Image)
	if err != nil {
		return unreadable(err)
	}
	if im.path, err = filepath.Abs(where.Path); err != nil {
		return err
	}
	if where.Kind == location.Socket {
		im.socket = true
		return nil
	}
	if cfg.Pause && where.Kind != location.QEMU {
		return cantPause(fmt.Sprintf("%s is a dump: nothing runs that could be stopped", where.Path))
	}
	if where.Kind == location.Path || where.Kind == location.Dump {
		im.dump, im.format = im.path, where.Format
	}
	memory, err := location.Open(ctx, cfg.Image, location.Options{Holder: cfg.Holder, Log: cfg.Log})
	if err != nil {
		return unreadable(err)
	}
	if w, ok := memory.(memaccess.Warner); ok {
		im.warnings = w.Warnings()
	}
	if where.Kind == location.Path {
		format, err := source.Detect(where.Path)
		// What was cut short it may refuse, where the rest can be read.
		if err == nil && len(im.warnings) == 0 && readByItself(format) {
			cfg.tell("%s: %s, which Volatility reads by itself", im.name, format)
			im.name = im.path
			return memory.Close()
		}
	}
	return im.serve(cfg, memory, true)
}

// readByItself reports whether Volatility reads a format of dumps well. Of an ELF core
// file 2 wants QEMU's own notes, and 3 leaves out each segment that ends in zeros.
func readByItself(format string) bool { return format == "raw" || format == "lime" }

// serve serves memory on a socket of the session's own. The source is closed with
// it, if it is the session's.
func (im *image) serve(cfg *Config, memory memaccess.Source, ours bool) error {
	if _, ok := memaccess.PauserOf(memory); cfg.Pause && !ok {
		if ours {
			_ = memory.Close()
		}
		return cantPause(im.name + " can't be stopped")
	}
	own, err := startServer(cfg, memory, ours)
	if err != nil {
		if ours {
			_ = memory.Close()
		}
		return err
	}
	im.own, im.path, im.socket = own, own.path, true
	return nil
}

// passOn has the program serve memory on a socket of the session's own.
func (im *image) passOn(cfg *Config) error {
	own, err := startPassing(cfg.Connect)
	if err != nil {
		return err
	}
	im.own, im.path, im.socket = own, own.path, true
	return nil
}

func (im *image) close() {
	if im.own != nil {
		im.own.close()
	}
}

// unreadable is the error of memory that can't be opened.
func unreadable(err error) *Error {
	e := &Error{Code: "unreadable-image", Message: err.Error(), cause: err}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		e.Hint = hinter.Hint()
	}
	return e
}

func cantPause(message string) *Error {
	return &Error{Code: "cannot-pause", Message: message, Hint: "leave the pause out, or give a guest that runs: qemu:PATH"}
}
