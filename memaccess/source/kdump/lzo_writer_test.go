package kdump

// packLZO makes LZO1X of a page: of matches it takes the last one that begins with
// the same four bytes.
func packLZO(page []byte) []byte {
	w := lzoWriter{page: page}
	last := make(map[[4]byte]int)
	for at := 0; at+4 <= len(page); {
		key := [4]byte(page[at:])
		from, known := last[key]
		last[key] = at
		if !known || at-from >= 48<<10 {
			at++
			continue
		}
		length := 4
		for at+length < len(page) && page[from+length] == page[at+length] {
			length++
		}
		w.literals(at)
		w.match(at-from, length)
		at += length
		w.done = at
	}
	w.literals(len(page))
	return append(w.out, 0x11, 0, 0)
}

type lzoWriter struct {
	page, out []byte
	done      int // bytes of page that are in out
	behind    int // where out has the count of bytes behind the last match
}

// literals writes what is not written up to an offset.
func (w *lzoWriter) literals(to int) {
	n := to - w.done
	switch {
	case n == 0:
		return
	case w.done == 0 && n <= 238:
		w.out = append(w.out, byte(n+17))
	case w.done != 0 && n <= 3:
		w.out[w.behind] |= byte(n)
	default:
		w.long(0, 15, n-3)
	}
	w.out = append(w.out, w.page[w.done:to]...)
	w.done = to
}

// long writes an instruction with a number that has room up to most, or follows.
func (w *lzoWriter) long(op byte, most, n int) {
	if n <= most {
		w.out = append(w.out, op|byte(n))
		return
	}
	w.out = append(w.out, op)
	for n -= most; n > 255; n -= 255 {
		w.out = append(w.out, 0)
	}
	w.out = append(w.out, byte(n))
}

func (w *lzoWriter) match(distance, length int) {
	switch {
	case length <= 8 && distance <= 2048:
		distance--
		w.behind = len(w.out)
		w.out = append(w.out, byte((length-1)<<5|distance&7<<2), byte(distance>>3))
		return
	case distance <= 16384:
		w.long(0x20, 31, length-2)
		distance--
	default:
		distance -= 16384
		w.long(0x10|byte(distance>>14<<3), 7, length-2)
		distance &= 1<<14 - 1
	}
	w.behind = len(w.out)
	w.out = append(w.out, byte(distance<<2), byte(distance>>6))
}
