package kdump

import (
	"encoding/binary"
	"sync"
)

// symbols unpacks what a block's codes stand for. It is one function, and writes out
// what it does several times, so that all it counts stays in registers.
func (z *inflater) symbols(page []byte, o int, t *tables) (int, error) {
	in, at, b, n := z.in, z.at, z.bits, z.n
	for {
		// 56 bits are enough for two bytes that the root has, or for a byte and a length.
		if at+8 > len(in) {
			return o, errEnds
		}
		b |= binary.LittleEndian.Uint64(in[at:]) << (n & 63)
		at += int((63 - n) >> 3)
		n |= 56

		e := t.lit[b&(1<<litRoot-1)]
		if e&literal != 0 && o < len(page) {
			b >>= e.taken()
			n -= e.taken()
			page[o] = byte(e.value())
			o++
			e = t.lit[b&(1<<litRoot-1)]
			if e&literal != 0 && o < len(page) {
				b >>= e.taken()
				n -= e.taken()
				page[o] = byte(e.value())
				o++
				e = t.lit[b&(1<<litRoot-1)]
			}
		}
		if e&link != 0 && e&special != 0 {
			e = t.lit[e.value()+uint(b>>litRoot)&(1<<e.code()-1)]
		}
		if e&(literal|special) != 0 {
			if e&literal != 0 {
				if o == len(page) {
					return o, errTooLong
				}
				b >>= e.taken()
				n -= e.taken()
				page[o] = byte(e.value())
				o++
				continue
			}
			if e&endMark == 0 {
				return o, errCode
			}
			b >>= e.taken()
			n -= e.taken()
			z.at, z.bits, z.n = at, b, n
			if at-int(n>>3) > z.size {
				return o, errEnds
			}
			return o, nil
		}
		length := int(e.value() + e.extra(b))
		b >>= e.taken()
		n -= e.taken()

		if n < maxCode+13 {
			if at+8 > len(in) {
				return o, errEnds
			}
			b |= binary.LittleEndian.Uint64(in[at:]) << (n & 63)
			at += int((63 - n) >> 3)
			n |= 56
		}
		e = t.dist[b&(1<<distRoot-1)]
		if e&special != 0 {
			if e&link == 0 {
				return o, errCode
			}
			e = t.dist[e.value()+uint(b>>distRoot)&(1<<e.code()-1)]
			if e&special != 0 {
				return o, errCode
			}
		}
		distance := int(e.value() + e.extra(b))
		b >>= e.taken()
		n -= e.taken()
		switch {
		case distance > o:
			return o, errDistance
		case length > len(page)-o:
			return o, errTooLong
		}
		copyMatch(page, o, distance, length)
		o += length
	}
}

// What the symbols of the three kinds of codes mean.
var (
	litMeanings  [maxSymbols]entry
	distMeanings [32]entry
	preMeanings  [19]entry
)

func init() {
	for i := range litMeanings {
		litMeanings[i] = invalid
	}
	for i := range 256 {
		litMeanings[i] = literal | entry(i)<<16
	}
	litMeanings[256] = special | endMark
	for i, base := 257, 3; i < 285; i++ {
		extra := max(0, (i-261)/4)
		litMeanings[i] = entry(base<<16 | extra)
		base += 1 << extra
	}
	litMeanings[285] = 258 << 16
	for i, base := 0, 1; i < 30; i++ {
		extra := max(0, i/2-1)
		distMeanings[i] = entry(base<<16 | extra)
		base += 1 << extra
	}
	distMeanings[30], distMeanings[31] = invalid, invalid
	for i := range preMeanings {
		preMeanings[i] = entry(i << 16)
	}
	preMeanings[16] |= 2
	preMeanings[17] |= 3
	preMeanings[18] |= 7
}

// fixed are the tables of the code that is not in the input.
var fixed = sync.OnceValue(func() *tables {
	var lengths [maxSymbols]uint8
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	var dists [32]uint8
	for i := range dists {
		dists[i] = 5
	}
	t, c := new(tables), new(coding)
	c.read(lengths[:])
	c.fill(t.lit[:], litRoot, litMeanings[:])
	c.read(dists[:])
	c.fill(t.dist[:], distRoot, distMeanings[:])
	return t
})
