package row

import (
	"reflect"
	"unicode/utf8"
	"unsafe"
)

// decodePart reads a field of a kind that is not plain, behind its tag at i. If it
// is stale, what it holds is an earlier row's.
func (l *layout) decodePart(d *decoder, m unsafe.Pointer, f *slot, i, end int, stale bool) int {
	at := unsafe.Add(m, f.offset)
	if f.op == opGroup {
		return d.message(f.message(m, stale), f.part.sub, f, i, end, stale)
	}
	if f.op == opList {
		list := (*sliceHeader)(at)
		if stale {
			list.length = 0
		}
		return d.list(list, f, i, end)
	}
	n, i := varintAt(d.base, i, d.size)
	if i < 0 || i > end || n > uint64(end-i) {
		return -1
	}
	end = i + int(n)
	switch f.op {
	case opTime:
		if stale {
			*(*Timestamp)(at) = Timestamp{}
		}
		return d.time((*Timestamp)(at), i, end)
	case opNested:
		return d.message(f.message(m, stale), f.part.sub, f, i, end, stale)
	case opPacked:
		if stale {
			(*sliceHeader)(at).length = 0
		}
		return d.packed(at, f.part.element.op, i, end)
	}
	return d.entry(m, f, i, end, stale)
}

// message returns the message of a field, which is the one that is there, the one
// that was kept, or a new one.
func (f *slot) message(m unsafe.Pointer, stale bool) (sub unsafe.Pointer) {
	at := (*unsafe.Pointer)(unsafe.Add(m, f.offset))
	if *at == nil {
		spare := (*unsafe.Pointer)(unsafe.Add(m, f.part.spare))
		if *at = *spare; *at == nil {
			*at = reflect.New(f.part.typ).UnsafePointer()
		} else {
			*spare = nil
			f.part.sub.reset(*at)
		}
	}
	return *at
}

// message reads a message, or a group, whose layout is sub.
func (d *decoder) message(m unsafe.Pointer, sub *layout, f *slot, i, end int, fresh bool) int {
	if d.depth >= maxDepth {
		return -1
	}
	d.depth++
	until := uint32(0)
	if f.op == opGroup {
		until = f.number<<3 | wireEndGroup
	}
	i = sub.decode(d, m, i, end, until, fresh)
	d.depth--
	return i
}

// time reads a Timestamp.
func (d *decoder) time(t *Timestamp, i, end int) int {
	if d.depth >= maxDepth {
		return -1
	}
	d.depth++
	for i < end {
		tag, j := tagAt(d.base, i, d.size)
		if j < 0 {
			return -1
		}
		var v uint64
		switch tag {
		case tagSeconds:
			v, i = varintAt(d.base, j, d.size)
			t.Seconds = int64(v)
		case tagNanos:
			v, i = varintAt(d.base, j, d.size)
			t.Nanos = int32(v)
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
	return i
}

// plain reads a value that is no part, to where at points.
func (d *decoder) plain(at unsafe.Pointer, o op, i, end int) int {
	var v uint64
	switch o {
	case opFixed64:
		if end-i < 8 {
			return -1
		}
		*(*uint64)(at) = load64(d.base, i)
		return i + 8
	case opFixed32:
		if end-i < 4 {
			return -1
		}
		*(*uint32)(at) = load32(d.base, i)
		return i + 4
	}
	v, i = varintAt(d.base, i, d.size)
	if i < 0 || i > end {
		return -1
	}
	if o <= opZigzag32 {
		store(at, o, v)
		return i
	}
	if v > uint64(end-i) {
		return -1
	}
	n := int(v)
	data := d.base
	if n > 0 {
		data = unsafe.Add(data, i)
	}
	switch o {
	case opTime:
		*(*Timestamp)(at) = Timestamp{}
		return d.time((*Timestamp)(at), i, i+n)
	case opBlob:
		*(*sliceHeader)(at) = sliceHeader{data, n, n}
	default:
		*(*textHeader)(at) = textHeader{data, n}
		if o == opTextUTF8 && !isASCII(data, n) && !utf8.ValidString(*(*string)(at)) {
			return -1
		}
	}
	return i + n
}

// store writes a number that was a varint.
func store(at unsafe.Pointer, o op, v uint64) {
	switch o {
	case opVarint64:
		*(*uint64)(at) = v
	case opVarint32:
		*(*uint32)(at) = uint32(v)
	case opBool:
		*(*bool)(at) = v != 0
	case opZigzag64:
		*(*int64)(at) = unzigzag64(v)
	case opZigzag32:
		*(*int32)(at) = unzigzag32(v)
	}
}
