package kdump

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/volint/volint/memaccess"
)

// How a page is compressed, in its descriptor's flags.
const (
	byZlib   = 0x1
	byLZO    = 0x2
	bySnappy = 0x4
	byZstd   = 0x20
	byAny    = byZlib | byLZO | bySnappy | byZstd
)

// descriptor says where a page is.
type descriptor struct {
	offset int64
	size   uint32
	flags  uint32
}

func parseDescriptor(b []byte) descriptor {
	return descriptor{
		offset: int64(binary.LittleEndian.Uint64(b)),
		size:   binary.LittleEndian.Uint32(b[8:]),
		flags:  binary.LittleEndian.Uint32(b[12:]),
	}
}

// trouble says what is wrong with a descriptor, or nothing.
func (d descriptor) trouble(block int) string {
	switch packed := d.flags&byAny != 0; {
	case d.offset == 0:
		return "was not written: the dump is incomplete"
	case d.offset < 0:
		return fmt.Sprintf("is said to be at byte %d", uint64(d.offset))
	case packed && (d.size == 0 || d.size > uint32(2*block)), !packed && d.size != uint32(block):
		return fmt.Sprintf("is said to take %d bytes", d.size)
	}
	return ""
}

// lookBack is how many of the last pages tell whether a dump was cut.
const lookBack = 256

// findLost leaves pages out of the runs that the dump lists and has not: it was cut,
// or what wrote it found no more room.
func (d *dump) findLost() error {
	if !d.header.incomplete && d.warning == "" && !d.isCut() {
		return nil
	}
	kept := runList{shift: d.header.shift}
	var all, there uint64
	d.eachDescriptor(0, func(page uint64, e descriptor, ok bool) {
		all++
		if ok && e.trouble(d.header.block()) == "" && d.content.has(e.offset, int64(e.size)) && kept.add(page, 1) {
			there++
		}
	})
	if all == there {
		return nil
	}
	if d.warning == "" {
		d.warning = d.content.errorf(d.content.size(), "", "the dump ends here").Error()
	}
	d.warning += fmt.Sprintf("; of %d pages, %d are lost", all, all-there)
	if there == 0 {
		return memaccess.Errorf(hintCut, "%s: %w", d.warning, io.ErrUnexpectedEOF)
	}
	d.runs = kept.list
	return nil
}

// isCut looks whether the last pages are there.
func (d *dump) isCut() bool {
	cut := false
	d.eachDescriptor(max(d.pages.there, lookBack)-lookBack, func(_ uint64, e descriptor, ok bool) {
		cut = cut || !ok || e.trouble(d.header.block()) == "" && !d.content.has(e.offset, int64(e.size))
	})
	return cut
}

// descriptorBatch is how many descriptors are read at once.
const descriptorBatch = 1024

// eachDescriptor goes over the descriptors from one on, with the numbers of their
// pages. ok is false for those that can't be read.
func (d *dump) eachDescriptor(from uint64, visit func(page uint64, e descriptor, ok bool)) {
	buffer := make([]byte, descriptorBatch*descriptorSize)
	index := uint64(0) // of the run's first
	for _, run := range d.pages.runs {
		first, count := run.Start>>d.header.shift, run.Length>>d.header.shift
		for at := max(from, index) - index; at < count; {
			n := min(count-at, descriptorBatch)
			d.readDescriptors(buffer[:n*descriptorSize], index+at, func(i uint64, e descriptor, ok bool) {
				visit(first+at+i, e, ok)
			})
			at += n
		}
		index += count
	}
}

// readDescriptors reads descriptors from the how-manieth on: all at once, or where
// some are lost, each by itself.
func (d *dump) readDescriptors(buffer []byte, index uint64, visit func(i uint64, e descriptor, ok bool)) {
	offset := d.header.descriptors + int64(index)*descriptorSize
	all := d.content.readAt(buffer, offset) == nil
	for i := 0; i < len(buffer); i += descriptorSize {
		one := buffer[i : i+descriptorSize]
		ok := all || d.content.readAt(one, offset+int64(i)) == nil
		visit(uint64(i/descriptorSize), parseDescriptor(one), ok)
	}
}
