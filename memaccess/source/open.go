// Package source opens dumps of physical memory: raw, LiME, AVML, ELF core and
// kdump files.
//
//	memory, err := source.Open("mem.lime", "")
//
// A dump is read where it is: opening one looks at its headers, and a read takes the
// bytes from the file, so that one that is cut while it is open gives errors. Of a
// compressed dump some megabytes are kept.
//
// What a dump's headers say is not believed: memory and time are bounded, by the
// file's own length among others. A dump that was cut short, or whose headers go
// wrong somewhere, opens with what is there up to that place; what it implements of
// memaccess.Warner says what is missing and at which byte of the file. It is an
// error where nothing can be read.
//
// Where two ranges of a dump overlap, the one that begins lower stands, and of two
// that begin together the first in the file.
package source

import (
	"slices"
	"strings"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
	"github.com/volint/volint/memaccess/source/kdump"
)

// Formats of dumps.
const (
	formatRaw   = "raw"
	formatLiME  = "lime"
	formatELF   = "elf"
	formatAVML  = "avml"
	formatKdump = "kdump"
)

var formats = []string{formatRaw, formatLiME, formatELF, formatAVML, formatKdump}

// Open opens a dump of a format: "raw", "lime", "elf", "avml" or "kdump". Where it is
// "" the file's first bytes tell, and what they don't tell is raw: but for files that
// are compressed as a whole, which are an error. Errors are *memaccess.Error.
func Open(path, format string) (memaccess.Source, error) {
	if format != "" && !slices.Contains(formats, format) {
		return nil, memaccess.Errorf("it is one of "+strings.Join(formats, ", "), "there is no format of dumps %q", format)
	}
	file, err := dumpfile.Open(path)
	if err != nil {
		return nil, err
	}
	memory, err := open(file, format)
	if err != nil {
		err = advised(err, file, format)
		_ = file.Close()
		return nil, err
	}
	return memory, nil
}

// advised is the error of a dump that is not of the format that was said, with advice
// from what its first bytes tell.
func advised(err error, file *dumpfile.File, said string) error {
	head, unreadable := readHead(file)
	if said == "" || unreadable != nil {
		return err
	}
	looksLike, packed := detect(file.Name(), head)
	switch {
	case packed != nil:
		return packed
	case looksLike == said:
		return err
	case looksLike == formatRaw:
		return memaccess.Errorf("its first bytes are of no other format: if it is a raw dump, say raw:"+file.Name(), "%w", err)
	}
	return memaccess.Errorf("it looks like the format "+looksLike+": leave out "+said+":", "%w", err)
}

// Detect tells the format that Open would read a dump as.
func Detect(path string) (format string, err error) {
	file, err := dumpfile.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	head, err := readHead(file)
	if err != nil {
		return "", err
	}
	return detect(file.Name(), head)
}

// open opens a dump; the file is its, unless there is an error.
func open(file *dumpfile.File, format string) (memaccess.Source, error) {
	head, err := readHead(file)
	if err != nil {
		return nil, err
	}
	if format == "" {
		if format, err = detect(file.Name(), head); err != nil {
			return nil, err
		}
	}
	switch format {
	case formatKdump:
		return kdump.Open(file)
	case formatRaw:
		return whole(file), nil
	}
	b := newBuilder(file)
	if format == formatELF {
		err = elfCore(b)
	} else {
		records(b)
	}
	if err != nil {
		return nil, err
	}
	memory, err := b.build(names[format])
	if err != nil {
		return nil, err // not a nil *dump
	}
	return memory, nil
}

// names are what people call the formats.
var names = map[string]string{formatLiME: "LiME", formatELF: "ELF core", formatAVML: "AVML"}

// headSize is how many of a file's first bytes tell its format.
const headSize = 4096

func readHead(file *dumpfile.File) ([]byte, error) {
	head := make([]byte, min(headSize, file.Size))
	_, err := file.ReadFull(head, 0)
	return head, err
}
