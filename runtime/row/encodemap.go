package row

import (
	"cmp"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// entry is an entry of a map on its way out of it.
type entry struct{ key, value cell }

// ranked is the place of an entry and the start of its key as a number, by which
// most keys can be told apart. It is what is sorted, since it is small and without
// pointers.
type ranked struct {
	start uint64
	entry int
}

// sorting is the memory that appendMap needs for one map.
type sorting struct {
	entries []entry
	order   []ranked
}

var sortings = sync.Pool{New: func() any { return new(sorting) }}

// mostKept is the number of entries for which the memory is kept.
const mostKept = 1024

// release gives the memory back, without what it points to.
func (s *sorting) release() {
	if len(s.entries) > mostKept {
		return
	}
	clear(s.entries)
	sortings.Put(s)
}

// appendMap appends the entries, sorted by their keys, so that equal rows have
// equal encodings.
func (s *slot) appendMap(b []byte, at unsafe.Pointer) []byte {
	p := s.part
	if p.entries.length(at) == 0 {
		return b
	}
	sorted := sortings.Get().(*sorting)
	sorted.entries = p.entries.all(p, at, sorted.entries[:0])
	sorted.sort(p.key)
	for _, o := range sorted.order {
		b = s.appendEntry(b, &sorted.entries[o.entry])
	}
	sorted.release()
	return b
}

func (s *slot) appendEntry(b []byte, e *entry) []byte {
	key, value := s.part.key, s.part.value
	b, start := openLength(s.appendTag(b))
	b = key.appendPlain(key.appendTag(b), key.at(&e.key))
	switch {
	case value.part == nil:
		b = value.appendPlain(value.appendTag(b), value.at(&e.value))
	case e.value.text.data != nil:
		b = value.appendMessage(value.appendTag(b), e.value.text.data)
	}
	return closeLength(b, start)
}

// sort puts the entries into the order of their keys.
func (s *sorting) sort(key *slot) {
	s.order = s.order[:0]
	for i := range s.entries {
		s.order = append(s.order, ranked{key.start(&s.entries[i].key), i})
	}
	if len(s.order) > 1 {
		slices.SortFunc(s.order, func(a, b ranked) int {
			if a.start != b.start || key.kind != String {
				return cmp.Compare(a.start, b.start)
			}
			return strings.Compare(s.entries[a.entry].key.string(), s.entries[b.entry].key.string())
		})
	}
}

// start returns the first eight bytes of a text, or a number, as a number of the
// same order.
func (s *slot) start(key *cell) uint64 {
	const lowest = 1 << 63
	at := s.at(key)
	switch {
	case s.kind == String:
		return startOfText(key.string())
	case s.kind == Bool:
		return uint64(*(*byte)(at))
	case s.kind == Int && s.op.size() == 8:
		return *(*uint64)(at) ^ lowest
	case s.kind == Int:
		return uint64(*(*int32)(at)) ^ lowest
	case s.op.size() == 8:
		return *(*uint64)(at)
	}
	return uint64(*(*uint32)(at))
}

func startOfText(text string) (start uint64) {
	data := unsafe.Pointer(unsafe.StringData(text))
	if len(text) >= 8 {
		return bits.ReverseBytes64(load64(data, 0))
	}
	for i := range len(text) {
		start |= uint64(text[i]) << (56 - 8*i)
	}
	return start
}

// string is the text that a cell holds.
func (c *cell) string() string { return *(*string)(unsafe.Pointer(&c.text)) }
