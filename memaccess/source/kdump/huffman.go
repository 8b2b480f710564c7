package kdump

import "math/bits"

// A table of a Huffman code is looked up with the next bits of the input, the first
// of them lowest. Its root has an entry for each pattern of so many bits; a code
// that is longer has its own table behind the root, which the entry points at.
//
// An entry's lowest byte says how many bits it takes: the code, and the extra bits
// behind it. The next byte says how many of these are the code. What the upper 16
// bits mean is told by the flags between.
const (
	litRoot  = 10
	distRoot = 8
	preRoot  = 7

	// The most entries that codes of 288, 32 and 19 symbols and of 15, 15 and 7 bits
	// take with these roots.
	litEntries  = 1334
	distEntries = 402
	preEntries  = 1 << preRoot

	maxCode = 15 // the bits of the longest code
)

// Flags of an entry. One without any is a length or a distance.
const (
	literal entry = 1 << 15
	special entry = 1 << 14 // none of the others: end, link, or nothing at all
	end     entry = 1 << 13 // the block's end
	link    entry = 1 << 12 // a table of its own, from the upper 16 bits on; the second byte has its bits
)

type entry uint32

// invalid is the entry of bits that are no code.
const invalid = special

func (e entry) taken() uint { return uint(e) & 63 }
func (e entry) code() uint  { return uint(e>>8) & 15 }
func (e entry) value() uint { return uint(e >> 16) }

// makeTable fills a table for a code that is given by the lengths of its symbols'
// codes, 0 for a symbol that has none. symbols has each symbol's entry, without the
// bits of its code. It reports whether there is such a code: one that has no bits
// left over, but for a code of no symbol at all, or of one of a single bit.
func makeTable(table []entry, root uint, lengths []uint8, symbols []entry) bool {
	var count [maxCode + 1]int
	for _, n := range lengths {
		count[n&maxCode]++
	}
	left := 1
	for _, n := range count[1:] {
		if left = left<<1 - n; left < 0 {
			return false
		}
	}
	used := len(lengths) - count[0]
	if left > 0 && !(used == 0 || used == 1 && count[1] == 1) {
		return false
	}

	var sorted [288]uint16
	var next [maxCode + 2]int
	for n := 1; n <= maxCode; n++ {
		next[n+1] = next[n] + count[n]
	}
	for symbol, n := range lengths {
		if n != 0 {
			sorted[next[n&maxCode]] = uint16(symbol)
			next[n&maxCode]++
		}
	}
	f := filler{table: table, root: root, free: 1 << root}
	f.short(sorted[:used], &count, symbols)
	return left > 0 || f.long(sorted[:used], &count, symbols)
}

// filler fills one table.
type filler struct {
	table []entry
	root  uint
	code  uint // the next code, its first bit highest
	done  int  // how many symbols have theirs
	free  uint // where the next table behind the root goes
}

// short fills the root with the codes that it has room for. It is filled for codes
// of one bit first, and doubled for each bit more.
func (f *filler) short(sorted []uint16, count *[maxCode + 1]int, symbols []entry) {
	f.table[0] = invalid
	size := uint(1)
	for n := uint(1); n <= f.root; n++ {
		copy(f.table[size:2*size], f.table[:size])
		size *= 2
		f.code <<= 1
		for range count[n] {
			at := bits.Reverse16(uint16(f.code)) >> (16 - n)
			f.table[at] = symbols[sorted[f.done]] + entry(n<<8|n)
			f.code++
			f.done++
		}
	}
}

// long makes the tables of codes that are longer than the root's bits. Those that
// begin alike follow each other, the longest last, and fill their table.
func (f *filler) long(sorted []uint16, count *[maxCode + 1]int, symbols []entry) bool {
	n := f.root
	for f.done < len(sorted) {
		var prefix uint = 1 << f.root // no prefix
		// The codes that begin like the next one: their longest tells the table's size.
		first, from, code, length := f.done, f.code, f.code, n
		left := 0
		for i := f.done; i < len(sorted); i++ {
			for left == 0 {
				length++
				code <<= 1
				left = count[length]
				if i == f.done {
					n, from = length, code
				}
			}
			begins := code >> (length - f.root)
			if prefix == 1<<f.root {
				prefix = begins
			}
			if begins != prefix {
				break
			}
			code++
			left--
			_ = first
		}
		_ = from
		return false
	}
	return true
}
