package row

import (
	"reflect"
	"unsafe"
)

// entry reads an entry of a map.
func (d *decoder) entry(m unsafe.Pointer, f *slot, i, end int, stale bool) int {
	if d.depth >= maxDepth {
		return -1
	}
	p := f.part
	at := unsafe.Add(m, f.offset)
	if stale {
		f.clear(m)
	}
	var key, value cell
	if p.value.part != nil {
		value.text.data = p.takeSpare(m)
	}
	d.depth++
	for first := true; i < end; {
		tag, j := uint32(*(*byte)(unsafe.Add(d.base, i))), i+1
		if tag >= 0x80 {
			if tag, j = tagAt(d.base, i, d.size); j < 0 {
				return -1
			}
		}
		switch uint64(tag) {
		case p.key.tag:
			i = d.plain(p.key.at(&key), p.key.op, j, end)
		case p.value.tag:
			i = d.entryValue(&value, p.value, j, end, first)
			first = false
		default:
			i = d.skip(j, end, tag)
		}
		if i < 0 {
			return -1
		}
	}
	d.depth--
	if i > end {
		return -1
	}
	if p.value.part != nil && p.value.part.sub.anyRequired {
		// The value may be an empty message, which no decoder saw.
		d.incomplete = true
	}
	p.entries.put(p, at, (*cell)(hidden(unsafe.Pointer(&key))), (*cell)(hidden(unsafe.Pointer(&value))))
	return i
}

// entryValue reads the value of an entry.
func (d *decoder) entryValue(value *cell, f *slot, i, end int, first bool) int {
	if f.part == nil {
		return d.entryPlain(value, f, i, end, first)
	}
	if f.op == opGroup {
		return d.message(value.text.data, f.part.sub, f, i, end, first)
	}
	n, i := varintAt(d.base, i, d.size)
	if i < 0 || i > end || n > uint64(end-i) {
		return -1
	}
	return d.message(value.text.data, f.part.sub, f, i, i+int(n), first)
}

// entryPlain reads the value of an entry that is no message, but that a Timestamp
// which comes twice is merged.
func (d *decoder) entryPlain(value *cell, f *slot, i, end int, first bool) int {
	if f.op != opTime || first {
		return d.plain(f.at(value), f.op, i, end)
	}
	n, i := varintAt(d.base, i, d.size)
	if i < 0 || i > end || n > uint64(end-i) {
		return -1
	}
	return d.time((*Timestamp)(f.at(value)), i, i+int(n))
}

// takeSpare returns an empty message for a map.
func (p *part) takeSpare(m unsafe.Pointer) unsafe.Pointer {
	if sub := p.entries.take(p, unsafe.Add(m, p.spare)); sub != nil {
		p.value.part.sub.reset(sub)
		return sub
	}
	return reflect.New(p.value.part.typ).UnsafePointer()
}

// cell holds a key or a value of any kind on its way into a map or out of it:
// numbers and Timestamps in one part, what points in the other, since a number
// must not lie where the garbage collector looks for a pointer.
type cell struct {
	number Timestamp
	// text is a string, a slice, or a pointer, which all start with one.
	text sliceHeader
}

// at is where a value of a slot's op lies.
func (s *slot) at(c *cell) unsafe.Pointer {
	if s.inText {
		return unsafe.Pointer(&c.text)
	}
	return unsafe.Pointer(&c.number)
}

// Entries reaches into maps of one type. The part of a slot that each function
// takes knows where keys and values lie in cells.
type Entries interface {
	mapType() reflect.Type
	length(at unsafe.Pointer) int
	// put enters an entry into the map at a place, and makes the map.
	put(p *part, at unsafe.Pointer, key, value *cell)
	// each shows all entries, in no order.
	each(p *part, at unsafe.Pointer, visit func(key, value cell))
	// all appends all entries to a list, in no order.
	all(p *part, at unsafe.Pointer, to []entry) []entry
	get(p *part, at unsafe.Pointer, key cell) (cell, bool)
	// empty takes all entries out, and moves messages to the list at spare, if that
	// is not nil.
	empty(at, spare unsafe.Pointer)
	// take takes a message out of the list at spare; nil if there is none.
	take(p *part, spare unsafe.Pointer) unsafe.Pointer
}

// EntriesOf is the Entries of map[K]V.
type EntriesOf[K comparable, V any] struct{}

func (EntriesOf[K, V]) mapType() reflect.Type { return reflect.TypeFor[map[K]V]() }

func (EntriesOf[K, V]) length(at unsafe.Pointer) int { return len(*(*map[K]V)(at)) }

func (EntriesOf[K, V]) put(p *part, at unsafe.Pointer, key, value *cell) {
	m := (*map[K]V)(at)
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[*(*K)(p.key.at(key))] = *(*V)(p.value.at(value))
}

func (EntriesOf[K, V]) each(p *part, at unsafe.Pointer, visit func(key, value cell)) {
	for k, v := range *(*map[K]V)(at) {
		var key, value cell
		*(*K)(p.key.at(&key)), *(*V)(p.value.at(&value)) = k, v
		visit(key, value)
	}
}

func (EntriesOf[K, V]) all(p *part, at unsafe.Pointer, to []entry) []entry {
	for k, v := range *(*map[K]V)(at) {
		to = append(to, entry{})
		e := &to[len(to)-1]
		*(*K)(p.key.at(&e.key)), *(*V)(p.value.at(&e.value)) = k, v
	}
	return to
}

func (EntriesOf[K, V]) get(p *part, at unsafe.Pointer, key cell) (value cell, ok bool) {
	v, ok := (*(*map[K]V)(at))[*(*K)(p.key.at(&key))]
	*(*V)(p.value.at(&value)) = v
	return value, ok
}

func (EntriesOf[K, V]) empty(at, spare unsafe.Pointer) {
	m := *(*map[K]V)(at)
	if spare != nil {
		kept := (*[]V)(spare)
		for _, v := range m {
			*kept = append(*kept, v)
		}
	}
	clear(m)
}

func (EntriesOf[K, V]) take(p *part, spare unsafe.Pointer) unsafe.Pointer {
	kept := (*[]V)(spare)
	last := len(*kept) - 1
	if last < 0 {
		return nil
	}
	var c cell
	*(*V)(p.value.at(&c)) = (*kept)[last]
	clear((*kept)[last:])
	*kept = (*kept)[:last]
	return c.text.data
}
