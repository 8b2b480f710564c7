package kdump

import (
	"encoding/binary"
	"math/bits"
)

const (
	minBlock = 4 << 10
	maxBlock = 256 << 10

	descriptorSize = 24

	// maxBitmap bounds how long a bitmap is read: enough for 32 TiB of pages of 4 KiB.
	maxBitmap = 1 << 30

	statusIncomplete = 0x8 // what wrote the dump found no room for all pages
)

// layout is where the fields of the main header lie. They are 32-bit numbers behind a
// time of two words, so that it depends on the machine's words.
type layout struct {
	words                                              int // of the machine, in bytes
	status, blockSize, subBlocks, bitmapBlocks, maxPFN int
	split                                              int // in the sub header
}

var (
	layout32 = layout{words: 4, status: 412, blockSize: 416, subBlocks: 420, bitmapBlocks: 424, maxPFN: 428, split: 8}
	layout64 = layout{words: 8, status: 424, blockSize: 428, subBlocks: 432, bitmapBlocks: 436, maxPFN: 440, split: 12}
)

const (
	mainHeader = 464 // bytes of it that are known
	subHeader  = 104
	maxPFN64   = 96 // in the sub header of a machine of 64 bits
)

// header is what the headers say about where the rest is.
type header struct {
	shift       int    // a block, and a page, has 1<<shift bytes
	pages       uint64 // page numbers are below
	bitmap      int64  // offset of the bitmap of pages that are in the dump
	descriptors int64  // offset of the descriptors of these
	incomplete  bool
}

func (h header) block() int { return 1 << h.shift }

const hintHeader = "take or copy the dump again: its header is damaged"

func readHeader(c content) (header, error) {
	var head [mainHeader]byte
	if err := c.readAt(head[:], 0); err != nil {
		return header{}, err
	}
	switch string(head[:len(signature)]) {
	case signature:
	case oldSignature:
		return header{}, c.errorf(0, "open it with crash, which reads that format", "the dump is in the diskdump format, before kdump")
	default:
		hint := "leave out which format it has, and it is told by its content"
		if _, ok := c.(*flat); ok {
			hint = "rearrange it with `makedumpfile -R NEW < OLD`, and open that"
		}
		return header{}, c.errorf(0, hint, "there is no kdump here: it begins with %q", head[:len(signature)])
	}
	l, ok := findLayout(head[:], binary.LittleEndian)
	if !ok {
		if _, big := findLayout(head[:], binary.BigEndian); big {
			return header{}, c.errorf(8, "open it with crash on a machine of that kind",
				"the dump is of a big-endian machine, and only little-endian ones are read")
		}
		return header{}, c.errorf(8, hintHeader, "the header's numbers can't be: block size %d of a machine of 64 bits, %d of one of 32",
			binary.LittleEndian.Uint32(head[layout64.blockSize:]), binary.LittleEndian.Uint32(head[layout32.blockSize:]))
	}
	if version := binary.LittleEndian.Uint32(head[8:]); version < 1 || version > 6 {
		return header{}, c.errorf(8, "versions 1 to 6 are read", "the header has version %d", version)
	}
	return l.read(c, head[:])
}

// findLayout tells the machine's words. What is the block's size of one kind is a
// time or a number of pages of the other, and the next numbers can't be then.
func findLayout(head []byte, order binary.ByteOrder) (layout, bool) {
	for _, l := range []layout{layout32, layout64} {
		block := order.Uint32(head[l.blockSize:])
		sub, bitmap := order.Uint32(head[l.subBlocks:]), order.Uint32(head[l.bitmapBlocks:])
		if block >= minBlock && block <= maxBlock && bits.OnesCount32(block) == 1 &&
			sub >= 1 && sub < 1<<20 && bitmap >= 1 && uint64(order.Uint32(head[l.maxPFN:])) <= 8*uint64(block)*uint64(bitmap) {
			return l, true
		}
	}
	return layout{}, false
}

// read reads the rest: head is the main header, and plausible.
func (l layout) read(c content, head []byte) (header, error) {
	number := func(at int) int64 { return int64(binary.LittleEndian.Uint32(head[at:])) }
	block := number(l.blockSize)
	var sub [subHeader]byte
	if err := c.readAt(sub[:], block); err != nil {
		return header{}, err
	}
	version := number(8)
	if version >= 2 && binary.LittleEndian.Uint32(sub[l.split:]) != 0 {
		return header{}, c.errorf(block+int64(l.split), "put the parts together: `makedumpfile --reassemble PART PART… WHOLE`",
			"the file is one part of a dump that was split")
	}
	h := header{
		shift:      bits.TrailingZeros64(uint64(block)),
		pages:      uint64(number(l.maxPFN)),
		bitmap:     (1 + number(l.subBlocks)) * block,
		incomplete: number(l.status)&statusIncomplete != 0,
	}
	if version >= 6 && l.words == 8 {
		h.pages = binary.LittleEndian.Uint64(sub[maxPFN64:])
	}
	// There are two bitmaps, of pages that are memory and of those that are in the
	// dump, or else one for both.
	length := number(l.bitmapBlocks) * block
	h.descriptors = h.bitmap + length
	if half := number(l.bitmapBlocks) / 2 * block; h.pages <= 8*uint64(half) {
		h.bitmap += half
		length = half
	}
	switch {
	case h.pages > 8*uint64(length):
		return header{}, c.errorf(h.bitmap, hintHeader, "the bitmap has %d bytes, too few for %d pages", length, h.pages)
	case h.pages > 8*maxBitmap:
		return header{}, c.errorf(h.bitmap, hintHeader, "the dump is of %d pages, and at most %d are read", h.pages, uint64(8*maxBitmap))
	case c.size() <= h.descriptors:
		return header{}, c.errorf(c.size(), hintCut, "the dump ends here, before its first page, whose descriptor is at byte %d", h.descriptors)
	}
	return h, nil
}
