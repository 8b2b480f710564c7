package kdump

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"sort"

	"github.com/volint/volint/memaccess"
)

const (
	flatHeader   = 4096 // signature, type and version, and zeros
	recordHeader = 16   // offset and size, big endian

	// maxRecords bounds the index. It takes 192 MiB then; QEMU makes so many for
	// 128 GiB of file.
	maxRecords = 1 << 23
)

// flat is a dump that makedumpfile or QEMU wrote to what can't seek: records that say
// what bytes belong at which offset of the dump.
type flat struct {
	plain   *plain
	records []record // sorted; they don't overlap
	end     int64    // of the last one
	// whole is whether the mark of the end was there. If so, what no record has is
	// zeros, as in the file that makedumpfile -R makes.
	whole   bool
	warning string // what is wrong with the records, if anything
}

// record is a stretch of the dump that lies in one piece of the file.
type record struct {
	start, length int64
	at            int64 // where in the file
}

func (r record) stop() int64 { return r.start + r.length }

func openFlat(plain *plain) (*flat, error) {
	var head [32]byte
	if err := plain.readAt(head[:], 0); err != nil {
		return nil, err
	}
	kind, version := binary.BigEndian.Uint64(head[16:]), binary.BigEndian.Uint64(head[24:])
	if kind != 1 || version != 1 {
		return nil, plain.errorf(16, "rearrange it: `makedumpfile -R NEW < OLD`",
			"the file is flattened in a way that is not known (type %d, version %d)", kind, version)
	}
	f := &flat{plain: plain}
	if err := f.index(); err != nil {
		return nil, err
	}
	f.arrange()
	return f, nil
}

// index reads the records' headers. Where they stop making sense, it leaves the rest
// out and a warning.
func (f *flat) index() error {
	var header [recordHeader]byte
	for at := int64(flatHeader); ; {
		if at > f.plain.size()-recordHeader {
			f.warning = f.plain.errorf(f.plain.size(), "", "the file ends before its end mark").Error()
			return nil
		}
		if err := f.plain.readAt(header[:], at); err != nil {
			return err
		}
		start, length := int64(binary.BigEndian.Uint64(header[:])), int64(binary.BigEndian.Uint64(header[8:]))
		if start == -1 {
			f.whole = true
			return nil
		}
		if start < 0 || length < 0 || length > math.MaxInt64-start {
			f.warning = f.plain.errorf(at, "", "here is no record of a flattened dump; what follows is left out").Error()
			return nil
		}
		at += recordHeader
		// The last one of a file that was cut.
		here := min(length, f.plain.size()-at)
		if here > 0 {
			if len(f.records) == maxRecords {
				return f.plain.errorf(at, "rearrange it: `makedumpfile -R NEW < OLD`", "the flattened dump has more than %d records", maxRecords)
			}
			f.records = append(f.records, record{start, here, at})
		}
		at += here
	}
}

// arrange sorts the records, and leaves each byte to the last one that has it.
func (f *flat) arrange() {
	slices.SortFunc(f.records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.at, b.at))
	})
	for i := 1; i < len(f.records); i++ {
		if f.records[i].start < f.records[i-1].stop() {
			f.records = latest(f.records)
			break
		}
	}
	if n := len(f.records); n > 0 {
		f.end = f.records[n-1].stop()
	}
}

// newest is a heap of records, the one that is last in the file on top.
type newest []record

func (h newest) Len() int           { return len(h) }
func (h newest) Less(i, j int) bool { return h[i].at > h[j].at }
func (h newest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *newest) Push(r any)        { *h = append(*h, r.(record)) }
func (h *newest) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}

// latest goes over sorted records from offset to offset, those that have it in a
// heap.
func latest(sorted []record) (out []record) {
	var here newest
	for at := int64(0); len(sorted) > 0 || len(here) > 0; {
		if len(here) == 0 {
			at = sorted[0].start
		}
		for len(sorted) > 0 && sorted[0].start <= at {
			heap.Push(&here, sorted[0])
			sorted = sorted[1:]
		}
		top := here[0]
		if top.stop() <= at {
			heap.Pop(&here)
			continue
		}
		stop := top.stop()
		if len(sorted) > 0 {
			stop = min(stop, sorted[0].start)
		}
		piece := record{at, stop - at, top.at + at - top.start}
		if n := len(out); n > 0 && out[n-1].stop() == at && out[n-1].at+out[n-1].length == piece.at {
			out[n-1].length += piece.length
		} else {
			out = append(out, piece)
		}
		at = stop
	}
	return out
}

// find is the index of the record that has an offset, or of the next one.
func (f *flat) find(offset int64) int {
	return sort.Search(len(f.records), func(i int) bool { return f.records[i].stop() > offset })
}

func (f *flat) readAt(p []byte, offset int64) error {
	if offset < 0 || offset > f.end-int64(len(p)) {
		return f.missing(uint64(offset) + uint64(len(p)))
	}
	for i := f.find(offset); len(p) > 0; {
		r := f.records[i]
		if offset < r.start {
			if !f.whole {
				return f.missing(uint64(r.start))
			}
			n := min(int64(len(p)), r.start-offset)
			clear(p[:n])
			p, offset = p[n:], offset+n
			continue
		}
		n := min(int64(len(p)), r.stop()-offset)
		if err := f.plain.readAt(p[:n], r.at+offset-r.start); err != nil {
			return err
		}
		p, offset = p[n:], offset+n
		i++
	}
	return nil
}

// missing is the error of what no record has.
func (f *flat) missing(before uint64) error {
	return f.plain.errorf(f.plain.size(), hintCut, "the file ends before a record for byte %d of the dump: %w", before-1, io.ErrUnexpectedEOF)
}

func (f *flat) has(offset, n int64) bool {
	if offset < 0 || n < 0 || offset > f.end-n {
		return false
	}
	for i := f.find(offset); !f.whole && n > 0; i++ {
		r := f.records[i]
		if offset < r.start {
			return false
		}
		n -= r.stop() - offset
		offset = r.stop()
	}
	return true
}

func (f *flat) check(end int64) error {
	if end <= 0 || end > f.end {
		return nil
	}
	r := f.records[f.find(end-1)]
	return f.plain.check(r.at + min(r.length, max(0, end-r.start)))
}

func (f *flat) size() int64 { return f.end }

// errorf says where in the file a byte of the dump is.
func (f *flat) errorf(offset int64, hint, format string, args ...any) *memaccess.Error {
	if i := f.find(offset); i < len(f.records) && offset >= f.records[i].start {
		return f.plain.errorf(f.records[i].at+offset-f.records[i].start, hint, format, args...)
	}
	return f.plain.errorf(f.plain.size(), hint, "byte %d of what is flattened: %w", offset, fmt.Errorf(format, args...))
}

func (f *flat) close() { f.plain.close() }
