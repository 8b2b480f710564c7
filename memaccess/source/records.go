package source

import "encoding/binary"

// LiME and AVML write one record a range: a header of 32 bytes, little endian, and
// what the range holds.
//
//	 0  magic: "EMiL", the bytes as they are; "AVML", compressed
//	 4  version: 1 for EMiL, 2 for AVML
//	 8  the range's first address
//	16  its last address
//	24  zero
//
// An AVML file may have records of both kinds.
const recordHeader = 32

const (
	limeMagic = "EMiL\x01\x00\x00\x00"
	avmlMagic = "AVML\x02\x00\x00\x00"
)

// records finds the ranges of a LiME or AVML file. Nothing tells where a record is
// but the one before, so that the first bad header ends the dump.
func records(b *builder) {
	b.window.whole = true
	for offset := int64(0); offset < b.file.Size; {
		if b.full(offset) {
			return
		}
		next, ok := b.record(offset)
		if !ok {
			return
		}
		offset = next
	}
}

// record finds the range of the record at an offset, and where the next one is.
func (b *builder) record(offset int64) (next int64, ok bool) {
	header, err := b.window.peek(offset, recordHeader)
	left := b.left(offset)
	switch {
	case err != nil:
		b.warnf(offset, "the next range can't be read (%v), and %d bytes are left out", err, left)
		return 0, false
	case len(header) < recordHeader:
		b.warnf(offset, "the file ends within the header of a range")
		return 0, false
	}
	magic := string(header[:8])
	first, last := binary.LittleEndian.Uint64(header[8:]), binary.LittleEndian.Uint64(header[16:])
	switch {
	case magic != limeMagic && magic != avmlMagic:
		b.warnf(offset, "no header of a range is here but %q, and the last %d bytes are left out", magic, left)
		return 0, false
	case last < first && last+1 != first:
		b.warnf(offset, "the range from %#x on ends at %#x, before it begins, and the last %d bytes are left out", first, last, left)
		return 0, false
	}
	length := last - first + 1
	if first == 0 && last+1 == 0 {
		length-- // all addresses: one too many to count
	}
	offset += recordHeader
	if magic == avmlMagic {
		return b.frames(offset, first, length)
	}
	b.store(offset-recordHeader, first, length, offset)
	if length > b.left(offset) {
		return 0, false
	}
	return offset + int64(length), true
}
