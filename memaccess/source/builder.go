package source

import (
	"fmt"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

const (
	// maxRanges bounds how many ranges a dump may have, and with that the memory and
	// the time that opening one takes. A dump of 1 TiB by AVML has 65,536.
	maxRanges = 1 << 20
	// maxWarnings are told one by one.
	maxWarnings = 16
)

// builder collects what a dump's headers say.
type builder struct {
	file     *dumpfile.File
	window   window
	found    []found
	ranges   int  // that were looked at
	repeats  bool // the format may well say the same memory more than once
	warnings []string
	more     int // warnings that were one too many
}

func newBuilder(file *dumpfile.File) *builder {
	return &builder{file: file, window: window{file: file}}
}

// warnf says what is wrong with the dump, at a byte of its file.
func (b *builder) warnf(offset int64, format string, args ...any) {
	if len(b.warnings) == maxWarnings {
		b.more++
		return
	}
	b.warnings = append(b.warnings, b.file.Errorf(offset, "", format, args...).Msg)
}

// full counts a range that is described at an offset, and says when there are as many
// as there may be: those that hold nothing take time as well.
func (b *builder) full(offset int64) bool {
	b.ranges++
	if b.ranges <= maxRanges {
		return false
	}
	b.warnf(offset, "there are more than %d ranges, and those from here on are left out", maxRanges)
	return true
}

// store adds a range whose bytes stand in the file, as far as they do. At is where
// the file speaks of the range.
func (b *builder) store(at int64, start, length uint64, offset int64) {
	have := length
	if left := b.left(offset); have > left {
		have = left
		b.warnf(b.file.Size, "the range of %d bytes from %#x on ends with the file, %d bytes short", length, start, length-have)
	}
	b.add(at, start, extent{start: start, length: have, offset: offset})
}

// left is how many bytes the file has from an offset on.
func (b *builder) left(offset int64) uint64 {
	if offset < 0 || offset >= b.file.Size {
		return 0
	}
	return uint64(b.file.Size - offset)
}

// add adds an extent of a range, as far as its addresses can be asked for.
func (b *builder) add(at int64, rangeStart uint64, e extent) {
	if e.length == 0 {
		return
	}
	if e.start >= addressEnd || e.length > addressEnd-e.start {
		b.warnf(at, "the range of %d bytes from %#x on goes past the last address there can be", e.length, e.start)
		if e.start >= addressEnd {
			return
		}
		e.length = addressEnd - e.start
	}
	b.found = append(b.found, found{extent: e, rangeStart: rangeStart})
}

// build makes the dump. Where nothing can be read, the first thing that was wrong is
// the error.
func (b *builder) build(format string) (*dump, error) {
	if len(b.found) == 0 {
		hint := fmt.Sprintf("take the dump again, or say the format that it has, as raw:%s", b.file.Name())
		if len(b.warnings) > 0 {
			return nil, memaccess.Errorf(hint, "%s", b.warnings[0])
		}
		return nil, memaccess.Errorf(hint, "%s: there is no memory in this %s file", b.file.Name(), format)
	}
	extents, within := arrange(b.found)
	if within != nil && !b.repeats {
		b.warnf(within.offset, "the range from %#x on begins within another, which stands where they overlap", within.start)
	}
	return b.dump(extents), nil
}

func (b *builder) dump(extents []extent) *dump {
	if b.more > 0 {
		b.warnings = append(b.warnings, fmt.Sprintf("%s: %d more such things are wrong", b.file.Name(), b.more))
	}
	d := &dump{file: b.file, extents: extents, runs: runsOf(extents), warnings: b.warnings}
	for _, e := range extents {
		if e.kind == packed {
			d.unpack = newUnpacker(b.file)
			break
		}
	}
	return d
}
