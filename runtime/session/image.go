package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkImage returns the absolute path of an image that can be read. It looks at
// no content.
func checkImage(image string) (string, error) {
	info, err := os.Stat(image)
	if err != nil {
		return "", noImage(image, err)
	}
	if e := wrongKind(image, info); e != nil {
		return "", e
	}
	f, err := os.Open(image)
	if err != nil {
		return "", noImage(image, err)
	}
	_ = f.Close()
	return filepath.Abs(image)
}

func noImage(image string, err error) *Error {
	e := &Error{Code: "unreadable-image", cause: err, Message: fmt.Sprintf("%s can't be read: %v", image, underlying(err)),
		Hint: "give the path of a memory image"}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "you may not read it: change its mode, or run volint as its owner"
	case strings.HasPrefix(image, "qemu:"), strings.HasPrefix(image, "unix:"):
		return live(image)
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

func wrongKind(image string, info fs.FileInfo) *Error {
	switch mode := info.Mode(); {
	case mode.IsDir():
		return &Error{Code: "unreadable-image", Message: image + " is a folder", Hint: "give the path of a memory image"}
	case mode&fs.ModeSocket != 0:
		return live(image)
	case mode&fs.ModeNamedPipe != 0:
		return &Error{Code: "unreadable-image", Message: image + " is a pipe", Hint: "Volatility needs a file: write the image to one"}
	case mode.IsRegular() && info.Size() == 0:
		return &Error{Code: "unreadable-image", Message: image + " is empty", Hint: "was the image taken to its end?"}
	}
	return nil
}

func live(image string) *Error {
	return &Error{Code: "unsupported-image", Message: "this version of volint reads dumps only, not live memory: " + image,
		Hint: "write the guest's memory to a file (QEMU: dump-guest-memory) and give that"}
}
