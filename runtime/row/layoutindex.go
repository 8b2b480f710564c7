package row

import (
	"cmp"
	"math/bits"
	"slices"
	"unsafe"
)

// index puts the slots into their order and makes what finds them.
func (l *layout) index(all []slot) {
	slices.SortStableFunc(all, func(a, b slot) int { return cmp.Compare(a.number, b.number) })
	l.slots = append(all, slot{tag: 1, hot: opSlow})
	l.fields = make([]*slot, len(l.message.Fields))
	l.far = map[uint32]*slot{}
	for i := range all {
		s := &l.slots[i]
		if l.fields[s.index] == nil { // the first of two is the way it is written
			l.fields[s.index] = s
			l.sorted = append(l.sorted, s)
			l.strokes = append(l.strokes, l.stroke(s))
		}
		s.next = &l.slots[i+1]
		if s.op == opList {
			s.next = s
		} else if i+1 < len(all) && l.slots[i+1].index == s.index {
			s.next = &l.slots[i+2]
		}
		if s.hot = s.op; s.rare || s.op > opFixed32 {
			s.hot = opSlow
		}
		l.find(s)
	}
	for _, s := range l.fields {
		l.bits |= s.seen
		if s.seen == 0 {
			l.late = append(l.late, s)
		} else {
			l.bySeen[bits.TrailingZeros64(s.seen)] = s
		}
		if s.wire&Required != 0 && !s.isPlain() {
			l.requiredParts = append(l.requiredParts, s)
			l.anyRequired = true
		}
	}
}

// smallTags are the tags that are found by index: those of two bytes, of fields
// up to 127.
const smallTags = 128 << 3

// find enters a slot under its tag.
func (l *layout) find(s *slot) {
	tag, _ := varintAt(unsafe.Pointer(&s.tag), 0, 8)
	if tag >= smallTags {
		l.far[uint32(tag)] = s
		return
	}
	if int(tag) >= len(l.tags) {
		l.tags = append(l.tags, make([]*slot, int(tag)+1-len(l.tags))...)
	}
	l.tags[tag] = s
}

// lookup returns the slot of a tag, or nil.
func (l *layout) lookup(tag uint32) *slot {
	if tag < uint32(len(l.tags)) {
		return l.tags[tag]
	}
	if tag < smallTags || len(l.far) == 0 {
		return nil
	}
	return l.far[tag]
}

// oneofs tells each member of a oneof of the others.
func (l *layout) oneofs() {
	for i, f := range l.message.Fields {
		if f.Oneof == "" {
			continue
		}
		s := l.fields[i]
		if s.part == nil {
			s.part = &part{}
		}
		s.rare, s.hot = true, opSlow
		for j, other := range l.message.Fields {
			if i != j && other.Oneof == f.Oneof {
				s.part.members = append(s.part.members, l.fields[j])
				s.part.others |= l.fields[j].seen
			}
		}
	}
}
