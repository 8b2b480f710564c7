package kdump

import (
	"encoding/binary"
	"math/bits"

	"github.com/volint/volint/memaccess"
)

const (
	blockWords = 512 // 4 KiB of bitmap
	blockPages = 64 * blockWords
	groupWords = 8

	// maxRuns bounds the list of runs, at 128 MiB.
	maxRuns = 1 << 23
)

// pages tells which pages are in a dump, and the how-manieth each of them is. Where
// all pages of a block of the bitmap are there or none is, it takes no room.
type pages struct {
	count  uint64 // all page numbers are below
	there  uint64 // how many are in the dump
	blocks []*pageBlock
	before []uint64 // pages in the blocks before each block
	runs   []memaccess.Run
}

// pageBlock is a block of the bitmap.
type pageBlock struct {
	words  [blockWords]uint64
	before [blockWords / groupWords]uint16 // pages in the words before each group of words
}

var noPages, allPages = new(pageBlock), fullBlock()

func fullBlock() *pageBlock {
	b := new(pageBlock)
	for i := range b.words {
		b.words[i] = ^uint64(0)
	}
	b.sum()
	return b
}

// sum fills in before and returns how many pages there are.
func (b *pageBlock) sum() int {
	sum := 0
	for i, word := range b.words {
		if i%groupWords == 0 {
			b.before[i/groupWords] = uint16(sum)
		}
		sum += bits.OnesCount64(word)
	}
	return sum
}

// index returns the how-manieth of the dump's pages one is, or false if it is not
// among them.
func (p *pages) index(page uint64) (uint64, bool) {
	if page >= p.count {
		return 0, false
	}
	at := page / blockPages
	b := p.blocks[at]
	word := page / 64 % blockWords
	bit := uint64(1) << (page % 64)
	if b.words[word]&bit == 0 {
		return 0, false
	}
	group := word / groupWords
	n := p.before[at] + uint64(b.before[group]) + uint64(bits.OnesCount64(b.words[word]&(bit-1)))
	for _, w := range b.words[group*groupWords : word] {
		n += uint64(bits.OnesCount64(w))
	}
	return n, true
}

// readPages reads the bitmap. Of its length nothing is believed: memory is taken for
// what was read.
func readPages(c content, h header) (*pages, error) {
	p := &pages{count: h.pages}
	runs := runList{shift: h.shift}
	var bytes [8 * blockWords]byte
	var room *pageBlock // for the next block
	sum := uint64(0)
	for first := uint64(0); first < h.pages; first += blockPages {
		left := min(h.pages-first, blockPages)
		raw := bytes[:(left+7)/8]
		if err := c.readAt(raw, h.bitmap+int64(first/8)); err != nil {
			return nil, err
		}
		clear(bytes[len(raw):])
		if left%8 != 0 {
			raw[len(raw)-1] &= 1<<(left%8) - 1
		}
		if room == nil {
			room = new(pageBlock)
		}
		block, count := room.set(&bytes)
		if block == room {
			room = nil
		}
		p.blocks = append(p.blocks, block)
		p.before = append(p.before, sum)
		sum += uint64(count)
		if !runs.addBlock(first, block) {
			return nil, c.errorf(h.bitmap+int64(first/8), "make it anew with a lower `makedumpfile -d`, which leaves less out",
				"the dump has more than %d separate stretches of memory", maxRuns)
		}
	}
	p.there, p.runs = sum, runs.list
	if len(p.runs) == 0 {
		return nil, c.errorf(h.bitmap, "take the dump again", "the dump has no page of memory")
	}
	return p, nil
}

// set makes b a block of these bytes, unless it is one of the two that are there
// already. It returns which, and counts its pages.
func (b *pageBlock) set(bytes *[8 * blockWords]byte) (*pageBlock, int) {
	for i := range b.words {
		b.words[i] = binary.LittleEndian.Uint64(bytes[8*i:])
	}
	switch count := b.sum(); count {
	case 0:
		return noPages, 0
	case blockPages:
		return allPages, count
	default:
		return b, count
	}
}

// runList collects runs of pages, in the order of their addresses.
type runList struct {
	shift int
	list  []memaccess.Run
}

// add adds pages. It reports false where they would be a run too many.
func (l *runList) add(first, count uint64) bool {
	start, length := first<<l.shift, count<<l.shift
	if n := len(l.list); n > 0 && l.list[n-1].End() == start {
		l.list[n-1].Length += length
		return true
	}
	if len(l.list) == maxRuns {
		return false
	}
	l.list = append(l.list, memaccess.Run{Start: start, Length: length})
	return true
}

// addBlock adds the pages of a block whose first page is given.
func (l *runList) addBlock(first uint64, b *pageBlock) bool {
	switch b {
	case noPages:
		return true
	case allPages:
		return l.add(first, blockPages)
	}
	for i, word := range b.words {
		for at := 0; word != 0; {
			skip := bits.TrailingZeros64(word)
			word >>= skip
			at += skip
			count := bits.TrailingZeros64(^word)
			if !l.add(first+uint64(64*i+at), uint64(count)) {
				return false
			}
			word >>= count // 64 leaves none
			at += count
		}
	}
	return true
}
