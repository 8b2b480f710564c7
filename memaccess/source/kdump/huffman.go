package kdump

import "math/bits"

// A table of a Huffman code is looked up with the next bits of the input, the first
// of them lowest. Its root has an entry for each pattern of so many bits; codes that
// are longer and begin alike share a table behind the root, which the root's entry
// links to.
const (
	litRoot  = 10
	distRoot = 8
	preRoot  = 7

	// The most entries that any codes take, of 288, 32 and 19 symbols, of at most 15,
	// 15 and 7 bits, with these roots.
	litEntries  = 1334
	distEntries = 402
	preEntries  = 1 << preRoot

	maxSymbols = 288
	maxCode    = 15 // bits
)

// entry is what some bits stand for. From the lowest bit on: 8 bits that say how many
// bits it takes, the code and the extra bits behind it; 4 bits for the code alone; the
// flags; 16 bits for the value. One without flags is a length or a distance.
type entry uint32

const (
	literal entry = 1 << 15 // the value is a byte
	special entry = 1 << 14 // ends the block, links to a table, or is no code
	endMark entry = 1 << 13
	link    entry = 1 << 12 // the value is where the table begins; the code's bits say how many bits it takes

	invalid = special
)

func (e entry) taken() uint { return uint(e) & 63 }
func (e entry) code() uint  { return uint(e>>8) & 15 }
func (e entry) value() uint { return uint(e >> 16) }

// extra is the number in the bits behind the code.
func (e entry) extra(bits uint64) uint {
	return uint(bits&(1<<e.taken()-1)) >> e.code()
}

// coding is a canonical Huffman code: its symbols in the order of their codes.
type coding struct {
	count   [maxCode + 1]int // symbols by the length of their code
	symbols [maxSymbols]uint16
	used    int
}

// read takes the length of each symbol's code, 0 for a symbol that has none. It
// reports whether there is such a code: one in which no bits are left over, unless
// it has no symbol at all or one with a single bit.
func (c *coding) read(lengths []uint8) bool {
	c.count = [maxCode + 1]int{}
	for _, n := range lengths {
		c.count[n&maxCode]++
	}
	c.used = len(lengths) - c.count[0]
	left := 1
	var next [maxCode + 1]int
	for n := 1; n <= maxCode; n++ {
		next[n] = next[n-1] + c.count[n-1]
		if left = left<<1 - c.count[n]; left < 0 {
			return false
		}
	}
	if left > 0 && c.used != 0 && (c.used != 1 || c.count[1] != 1) {
		return false
	}
	for symbol, n := range lengths {
		if n != 0 {
			at := &next[n&maxCode]
			c.symbols[*at-c.count[0]] = uint16(symbol)
			*at++
		}
	}
	return true
}

// fill makes the table of a code. meanings are the symbols' entries without the bits
// of the code.
func (c *coding) fill(table []entry, root int, meanings []entry) {
	// The root is made for codes of one bit, and doubled for each bit more.
	table[0] = invalid
	code, done := uint(0), 0
	for n := 1; n <= root; n++ {
		copy(table[1<<(n-1):1<<n], table)
		code <<= 1
		for range c.count[n] {
			table[reverse(code, n)] = meanings[c.symbols[done]] + entry(n<<8|n)
			code++
			done++
		}
	}
	if done < c.used {
		c.fillLinked(table, root, code, done, meanings)
	}
}

// fillLinked makes the tables of the codes from the one numbered done on, which are
// longer than the root's bits. Of those that begin alike the last is the longest: how
// large their table is has to be known before it is filled.
func (c *coding) fillLinked(table []entry, root int, code uint, done int, meanings []entry) {
	free := uint(1) << root
	for _, filling := range []bool{false, true} {
		code, done := code, done
		for n := root + 1; n <= maxCode; n++ {
			code <<= 1
			for range c.count[n] {
				reversed := reverse(code, n)
				first := &table[reversed&(1<<root-1)]
				if !filling {
					*first = special | link | entry(n-root)<<8
				} else {
					if first.value() == 0 {
						*first |= entry(free << 16)
						free += 1 << first.code()
					}
					own := table[first.value():][:1<<first.code()]
					for i := reversed >> root; i < uint(len(own)); i += 1 << (n - root) {
						own[i] = meanings[c.symbols[done]] + entry(n<<8|n)
					}
				}
				code++
				done++
			}
		}
	}
}

// reverse puts the first bit of a code of n bits lowest, as the input has it.
func reverse(code uint, n int) uint { return uint(bits.Reverse16(uint16(code)) >> (16 - n)) }
