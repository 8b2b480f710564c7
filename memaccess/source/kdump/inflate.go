package kdump

import (
	"encoding/binary"
	"errors"
)

// A page is some kilobytes, and all of what it is unpacked from is in memory. So this
// decoder of deflate (RFC 1951) and zlib (RFC 1950) has no state to keep and no
// window: matches are copied within the page. Half of its time goes to the tables of
// the Huffman codes, which each page brings anew.

// What is wrong with compressed bytes.
var (
	errEnds     = errors.New("its compressed bytes end too early")
	errTooLong  = errors.New("it unpacks to more than a page")
	errTooShort = errors.New("it unpacks to less than a page")
	errCode     = errors.New("its compressed bytes have a Huffman code that can't be")
	errBlock    = errors.New("its compressed bytes have a block of no known type")
	errDistance = errors.New("its compressed bytes refer to what is before the page")
	errHeader   = errors.New("its compressed bytes don't begin as they must")
	errChecksum = errors.New("its checksum is wrong")
)

// slack is how many bytes behind their input the decoders may look at. They make
// nothing of them. inflate has taken up to seven bytes ahead of what it used when it
// takes eight more.
const slack = 16

// tables are those of a block of deflate.
type tables struct {
	lit  [litEntries]entry
	dist [distEntries]entry
}

// inflater unpacks pages. It is used by one goroutine at a time.
type inflater struct {
	in   []byte // with slack behind it
	size int    // of in without slack
	at   int    // of the next byte of in
	bits uint64 // what was taken from in and is not used yet
	n    uint   // how many bits that is; bits may have more, which are right

	own     tables
	pre     [preEntries]entry
	coding  coding
	lengths [maxSymbols + 32]uint8
}

// zlib fills page with what the first size bytes of in unpack to. There are slack
// bytes more in in.
func (z *inflater) zlib(page, in []byte, size int) error {
	if size < 2 || in[0]&15 != 8 || in[0]>>4 > 7 || in[1]&0x20 != 0 || (uint(in[0])<<8|uint(in[1]))%31 != 0 {
		return errHeader
	}
	z.in, z.size, z.at, z.bits, z.n = in[:size+slack], size, 2, 0, 0
	for o, last := 0, false; !last; {
		var err error
		if o, last, err = z.block(page, o); err != nil {
			return err
		}
		if last && o < len(page) {
			return errTooShort
		}
	}
	z.align()
	if z.at+4 > size {
		return errEnds
	}
	if binary.BigEndian.Uint32(in[z.at:]) != adler32(page) {
		return errChecksum
	}
	return nil
}

// fill sees to it that there are 56 bits at least. Behind the end of the input are
// bits too; who used them finds out by ended.
func (z *inflater) fill() bool {
	if z.at+8 > len(z.in) {
		return false
	}
	z.bits |= binary.LittleEndian.Uint64(z.in[z.at:]) << (z.n & 63)
	z.at += int((63 - z.n) >> 3)
	z.n |= 56
	return true
}

func (z *inflater) take(n uint) uint {
	v := uint(z.bits & (1<<n - 1))
	z.bits >>= n
	z.n -= n
	return v
}

// align goes to the next whole byte, and gives back those that were not used.
func (z *inflater) align() {
	z.at -= int(z.n >> 3)
	z.bits, z.n = 0, 0
}

// block unpacks a block to page from o on, and returns where it ends.
func (z *inflater) block(page []byte, o int) (next int, last bool, err error) {
	if !z.fill() {
		return o, false, errEnds
	}
	last = z.take(1) == 1
	switch z.take(2) {
	case 0:
		next, err = z.stored(page, o)
	case 1:
		next, err = z.symbols(page, o, fixed())
	case 2:
		if err = z.readTables(); err == nil {
			next, err = z.symbols(page, o, &z.own)
		}
	default:
		err = errBlock
	}
	return next, last, err
}

// stored copies a block that is not compressed.
func (z *inflater) stored(page []byte, o int) (int, error) {
	z.align()
	if z.at+4 > z.size {
		return o, errEnds
	}
	n, not := binary.LittleEndian.Uint16(z.in[z.at:]), binary.LittleEndian.Uint16(z.in[z.at+2:])
	z.at += 4
	switch {
	case n != ^not:
		return o, errBlock
	case z.at+int(n) > z.size:
		return o, errEnds
	case int(n) > len(page)-o:
		return o, errTooLong
	}
	copy(page[o:], z.in[z.at:z.at+int(n)])
	z.at += int(n)
	return o + int(n), nil
}

// preOrder is the order in which the lengths of the codes for lengths come.
var preOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readTables reads the codes of a block.
func (z *inflater) readTables() error {
	if !z.fill() {
		return errEnds
	}
	lits, dists, pres := 257+int(z.take(5)), 1+int(z.take(5)), 4+int(z.take(4))
	if lits > 286 || dists > 30 {
		return errCode
	}
	var lengths [19]uint8
	for i, symbol := range preOrder[:pres] {
		if i == 12 && !z.fill() { // 14 bits and 36 are gone
			return errEnds
		}
		lengths[symbol] = uint8(z.take(3))
	}
	if !z.coding.read(lengths[:]) {
		return errCode
	}
	z.coding.fill(z.pre[:], preRoot, preMeanings[:])
	if err := z.readLengths(lits + dists); err != nil {
		return err
	}
	if z.lengths[256] == 0 || !z.coding.read(z.lengths[:lits]) {
		return errCode
	}
	z.coding.fill(z.own.lit[:], litRoot, litMeanings[:])
	if !z.coding.read(z.lengths[lits : lits+dists]) {
		return errCode
	}
	z.coding.fill(z.own.dist[:], distRoot, distMeanings[:])
	return nil
}

// readLengths reads the lengths of so many codes.
func (z *inflater) readLengths(count int) error {
	for i := 0; i < count; {
		if z.n < preRoot+7 && !z.fill() {
			return errEnds
		}
		e := z.pre[z.bits&(1<<preRoot-1)]
		if e&special != 0 {
			return errCode
		}
		more := int(e.extra(z.bits))
		z.take(e.taken())
		length, times := uint8(e.value()), 1
		switch length {
		case 16: // the last one, 3 to 6 times
			if i == 0 {
				return errCode
			}
			length, times = z.lengths[i-1], 3+more
		case 17: // none, 3 to 10 times
			length, times = 0, 3+more
		case 18: // none, 11 to 138 times
			length, times = 0, 11+more
		}
		if times > count-i {
			return errCode
		}
		for ; times > 0; times-- {
			z.lengths[i] = length
			i++
		}
	}
	return nil
}
