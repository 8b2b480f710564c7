package row

import (
	"math/bits"
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// list reads a value of a list, and those of the same list that follow at once.
func (d *decoder) list(list *sliceHeader, f *slot, i, end int) int {
	element := f.part.element
	for {
		switch {
		case element.part != nil:
			i = d.nextMessage(list, f, i, end)
		case element.op == opText || element.op == opTextUTF8:
			i = d.nextText((*[]string)(unsafe.Pointer(list)), element.op, i, end)
		default:
			i = d.plain(element.op.extend(list, 1), element.op, i, end)
		}
		if i < 0 || i >= end || !f.begins(d, i) {
			return i
		}
		i += int(f.length)
	}
}

// nextText reads a text into a list.
func (d *decoder) nextText(list *[]string, o op, i, end int) int {
	n, i := varintAt(d.base, i, d.size)
	if i < 0 || i > end || n > uint64(end-i) {
		return -1
	}
	text := ""
	if n > 0 {
		text = unsafe.String((*byte)(unsafe.Add(d.base, i)), int(n))
	}
	if o == opTextUTF8 && !isASCII(unsafe.Pointer(unsafe.StringData(text)), len(text)) && !utf8.ValidString(text) {
		return -1
	}
	*list = append(*list, text)
	return i + int(n)
}

// nextMessage reads a message into a list.
func (d *decoder) nextMessage(list *sliceHeader, f *slot, i, end int) int {
	if element := f.part.element; element.op == opNested {
		n, j := varintAt(d.base, i, d.size)
		if j < 0 || j > end || n > uint64(end-j) {
			return -1
		}
		i, end = j, j+int(n)
	}
	return d.message(f.extend(list), f.part.element.part.sub, f.part.element, i, end, true)
}

// extend makes a list of messages longer by one, whose memory is what an earlier
// row had there.
func (f *slot) extend(list *sliceHeader) unsafe.Pointer {
	if list.length == list.cap {
		old := reflect.NewAt(f.part.list, unsafe.Pointer(list)).Elem()
		longer := reflect.MakeSlice(f.part.list, list.length, max(4, 2*list.length))
		reflect.Copy(longer, old)
		old.Set(longer)
	}
	list.length++
	return unsafe.Add(list.data, uintptr(list.length-1)*f.part.element.part.size)
}

// extend makes a list of values longer by n and returns where the new ones are.
func (o op) extend(list *sliceHeader, n int) unsafe.Pointer {
	at := unsafe.Pointer(list)
	switch o {
	case opVarint64, opZigzag64, opFixed64:
		return extend[uint64](at, n)
	case opVarint32, opZigzag32, opFixed32:
		return extend[uint32](at, n)
	case opBool:
		return extend[bool](at, n)
	case opTime:
		return extend[Timestamp](at, n)
	case opBlob:
		return extend[[]byte](at, n)
	}
	return extend[string](at, n)
}

func extend[T any](at unsafe.Pointer, n int) unsafe.Pointer {
	list := (*[]T)(at)
	old := len(*list)
	if need := old + n; need <= cap(*list) {
		*list = (*list)[:need]
	} else {
		longer := make([]T, need, max(need, 2*old))
		copy(longer, *list)
		*list = longer
	}
	return unsafe.Pointer(unsafe.SliceData((*list)[old:]))
}

// size is what a number takes in memory.
func (o op) size() int {
	switch o {
	case opVarint64, opZigzag64, opFixed64:
		return 8
	case opBool:
		return 1
	}
	return 4
}

// packed reads the numbers between i and end. They are counted first, so that a
// list grows once.
func (d *decoder) packed(list unsafe.Pointer, o op, i, end int) int {
	if i == end {
		return i
	}
	n := d.countPacked(o, i, end)
	if n < 0 {
		return -1
	}
	at, size := o.extend((*sliceHeader)(list), n), o.size()
	if o == opVarint64 && i <= end-8 {
		var done int
		if i, done = packed64(d.base, unsafe.Slice((*uint64)(at), n), i, end); i < 0 {
			return -1
		}
		if n -= done; n > 0 {
			at = unsafe.Add(at, done*size)
		}
	}
	for ; n > 0; n-- {
		if i = d.plain(at, o, i, end); i < 0 {
			return -1
		}
		if n > 1 {
			at = unsafe.Add(at, size)
		}
	}
	return i
}

// packed64 reads numbers of 64 bits for as long as ten bytes are left, and returns
// the index behind them, or -1, and how many they are.
func packed64(base unsafe.Pointer, list []uint64, i, end int) (next, n int) {
	for n = range list {
		if i > end-10 {
			return i, n
		}
		x := load64(base, i)
		stop := ^x & goesOn
		if stop != 0 {
			list[n] = squeeze(x & (stop ^ (stop - 1)))
			i += (bits.TrailingZeros64(stop) + 1) >> 3
			continue
		}
		y := load16(base, i+8)
		v := squeeze(x) | y&0x7f<<56
		i += 9
		if y&0x80 != 0 {
			if y >= 0x200 {
				return -1, 0
			}
			v |= y >> 8 << 63
			i++
		}
		list[n] = v
	}
	return i, len(list)
}

// countPacked returns how many numbers there are, or -1 if the last one is cut.
func (d *decoder) countPacked(o op, i, end int) int {
	if width := o.size(); o == opFixed64 || o == opFixed32 {
		if (end-i)%width != 0 {
			return -1
		}
		return (end - i) / width
	}
	if *(*byte)(unsafe.Add(d.base, end-1)) >= 0x80 {
		return -1
	}
	n := 0
	for ; i <= end-8; i += 8 {
		n += bits.OnesCount64(^load64(d.base, i) & goesOn)
	}
	for ; i < end; i++ {
		n += int(^*(*byte)(unsafe.Add(d.base, i)) >> 7)
	}
	return n
}
