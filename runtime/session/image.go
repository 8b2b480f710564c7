package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/volint/volint/memaccess/location"
)

// checkImage returns the absolute path of an image that can be read, or of a
// socket. It looks at no content, and does not connect: a worker's is the only
// connection, since there are servers that take no second one.
func checkImage(image string) (string, error) {
	where := location.Parse(image)
	if where.Kind == location.QEMU {
		return "", live(image)
	}
	info, err := os.Stat(where.Path)
	if err != nil {
		return "", noImage(where.Path, err)
	}
	if e := wrongKind(where, info); e != nil {
		return "", e
	}
	if info.Mode()&fs.ModeSocket == 0 {
		f, err := os.Open(where.Path)
		if err != nil {
			return "", noImage(where.Path, err)
		}
		_ = f.Close()
	}
	return filepath.Abs(where.Path)
}

// isSocket reports whether memory is served at path.
func isSocket(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeSocket != 0
}

func noImage(image string, err error) *Error {
	e := &Error{Code: "unreadable-image", cause: err, Message: fmt.Sprintf("%s can't be read: %v", image, underlying(err)),
		Hint: "give the path of a memory image"}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "you may not read it: change its mode, or run volint as its owner"
	case errors.Is(err, fs.ErrNotExist):
		e.Message = "there is no file " + image
	}
	return e
}

// underlying is an error of the system without the path, which the message has.
func underlying(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func wrongKind(where location.Location, info fs.FileInfo) *Error {
	image := where.Path
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &Error{Code: "unreadable-image", Message: image + " is a folder", Hint: "give the path of a memory image"}
	case where.Kind == location.Socket && mode&fs.ModeSocket == 0:
		return &Error{Code: "unreadable-image", Message: image + " is not a socket", Hint: "give a dump by its path alone: " + image}
	case mode&fs.ModeNamedPipe != 0:
		return &Error{Code: "unreadable-image", Message: image + " is a pipe", Hint: "Volatility needs a file: write the image to one"}
	case mode.IsRegular() && info.Size() == 0:
		return &Error{Code: "unreadable-image", Message: image + " is empty", Hint: "was the image taken to its end?"}
	}
	return nil
}

func live(image string) *Error {
	return &Error{Code: "unsupported-image", Message: "this version of volint does not read a guest through QMP: " + image,
		Hint: "serve its memory on a socket (pmemaccess) and give that, or write it to a file (dump-guest-memory)"}
}
