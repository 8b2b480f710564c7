package kdump

import (
	"encoding/binary"
	"errors"
)

var errNoEnd = errors.New("its compressed bytes don't end as they must")

// lzoReader unpacks LZO1X: instructions of a byte and what belongs to it, each of
// which is a run of bytes that stand there, or a match in the page and up to three
// such bytes.
type lzoReader struct {
	page, in []byte // in has slack behind it
	size     int    // of in without slack
	i, o     int    // the next bytes of in and page
}

// lzo fills page with what the first size bytes of in unpack to. There are slack
// bytes more in in.
func lzo(page, in []byte, size int) error {
	r := lzoReader{page: page, in: in[:size+slack], size: size}
	if size == 0 {
		return errEnds
	}
	// How many bytes the last instruction had behind its match, 4 for a run: the
	// meaning of the next one depends on it.
	state := 0
	if first := int(r.in[0]); first > 17 {
		r.i = 1
		state = min(first-17, 4)
		if err := r.run(first - 17); err != nil {
			return err
		}
	}
	for r.i < size {
		op := int(r.in[r.i])
		r.i++
		var length, distance int
		switch {
		case op >= 64: // up to 8 bytes from the last 2 KiB
			length = op>>5 + 1
			distance = int(r.in[r.i])<<3 + op>>2&7 + 1
			r.i++
		case op >= 16: // any length
			bits, base := 31, 1
			if op < 32 {
				bits, base = 7, op&8<<11+1<<14
			}
			if length = op & bits; length == 0 {
				length = bits + r.long()
			}
			length += 2
			op = int(binary.LittleEndian.Uint16(r.in[min(r.i, size):]))
			distance = base + op>>2
			r.i += 2
			if distance == 1<<14 && base == 1<<14 {
				return r.end(length)
			}
		case state == 0:
			if op == 0 {
				op = 15 + r.long()
			}
			if err := r.run(op + 3); err != nil {
				return err
			}
			state = 4
			continue
		case state == 4:
			length, distance = 3, int(r.in[r.i])<<2+op>>2+2049
			r.i++
		default:
			length, distance = 2, int(r.in[r.i])<<2+op>>2+1
			r.i++
		}
		state = op & 3
		if err := r.match(distance, length, state); err != nil {
			return err
		}
	}
	return errEnds
}

// long reads a number that does not fit into its instruction: 255 for each zero, and
// the byte that is none.
func (r *lzoReader) long() int {
	from := r.i
	for r.i < r.size && r.in[r.i] == 0 {
		r.i++
	}
	n := (r.i-from)*255 + int(r.in[r.i])
	r.i++
	return n
}

// run copies bytes that stand in the input.
func (r *lzoReader) run(length int) error {
	switch {
	case length > r.size-r.i:
		return errEnds
	case length > len(r.page)-r.o:
		return errTooLong
	}
	if length <= 8 && len(r.page)-r.o >= 8 {
		binary.LittleEndian.PutUint64(r.page[r.o:], binary.LittleEndian.Uint64(r.in[r.i:]))
	} else {
		copy(r.page[r.o:], r.in[r.i:r.i+length])
	}
	r.i += length
	r.o += length
	return nil
}

// match copies a match, and the bytes behind it.
func (r *lzoReader) match(distance, length, behind int) error {
	switch {
	case r.i+behind > r.size:
		return errEnds
	case distance > r.o:
		return errDistance
	case length+behind > len(r.page)-r.o:
		return errTooLong
	}
	copyMatch(r.page, r.o, distance, length)
	r.o += length
	if behind == 0 {
		return nil
	}
	if len(r.page)-r.o >= 4 {
		binary.LittleEndian.PutUint32(r.page[r.o:], binary.LittleEndian.Uint32(r.in[r.i:]))
	} else {
		copy(r.page[r.o:], r.in[r.i:r.i+behind])
	}
	r.i += behind
	r.o += behind
	return nil
}

// end is a match of three bytes, from nowhere.
func (r *lzoReader) end(length int) error {
	switch {
	case r.i != r.size || length != 3:
		return errNoEnd
	case r.o < len(r.page):
		return errTooShort
	}
	return nil
}
