package source

import "errors"

// Chunks are kept track of by the group: what is known all the time is where each
// group begins, 32 bytes for 4 MiB of memory. Where its chunks are is looked up when
// it is read.
const (
	groupFrames = 256
	groupLength = 4 << 20
)

// frames finds the groups of chunks of an AVML record, and where the next record is.
func (b *builder) frames(offset int64, start, length uint64) (next int64, ok bool) {
	group, count := extent{start: start, offset: offset, kind: packed}, 0
	for found := uint64(0); found < length; {
		f, err := b.window.nextFrame(offset)
		if err != nil {
			b.add(group.offset, start, group)
			b.brokenFrame(err, start, found, length)
			return 0, false
		}
		if uint64(f.length) > length-found {
			b.warnf(f.offset-frameHeader, "a chunk has more memory than its range, which ends at %#x", start+length-1)
			f.length = uint32(length - found)
		}
		if count == groupFrames || group.length+uint64(f.length) > groupLength {
			b.add(group.offset, start, group)
			if b.full(offset) {
				return 0, false
			}
			group, count = extent{start: start + found, offset: offset, kind: packed}, 0
		}
		group.length += uint64(f.length)
		found += uint64(f.length)
		offset = f.next()
		count++
	}
	b.add(group.offset, start, group)
	if b.left(offset) < frameTrailer {
		b.warnf(offset, "the file ends within the range of %d bytes from %#x on, whose memory is all there", length, start)
		return 0, false
	}
	return offset + frameTrailer, true
}

// brokenFrame warns of a record that ends too early.
func (b *builder) brokenFrame(err error, start, found, length uint64) {
	offset := b.window.start
	if bad := (*frameError)(nil); errors.As(err, &bad) {
		offset = bad.offset
	}
	b.warnf(offset, "%v: of the range of %d bytes from %#x on, the last %d are missing, and so is what comes behind",
		err, length, start, length-found)
}
