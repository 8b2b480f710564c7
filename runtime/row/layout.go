package row

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"unsafe"
)

// layout is a message's description, joined to the memory of the struct that
// holds it. Decoding, encoding and all else that rows do walk its slots.
//
// Offsets are taken from the struct type, and each field's type is compared with
// its description, so that what is read and written through them is sound
// whatever generated code says.
type layout struct {
	message *Message
	typ     reflect.Type

	// slots has a slot for each way in which a field may be encoded, by number;
	// behind them stands one that fits no tag. fields has the way in which each is
	// written, in the order of Message.Fields, and sorted the same by number.
	slots          []slot
	fields, sorted []*slot
	// tags finds a slot by its tag where the tag is small, and far all others.
	tags []*slot
	far  map[uint32]*slot

	// words is how many words of presence bits there are, at has.
	has, unknown uintptr
	words        int
	// bits are the seen bits of all fields, and late the fields that have none,
	// which are made empty before a row is decoded, not after it.
	bits uint64
	late []*slot
	// required are the bits of required fields in each word, and requiredParts the
	// required messages. anyRequired says that one is here or in a part.
	required      []uint64
	requiredParts []*slot
	anyRequired   bool
	// flat says that no field has memory of its own that is kept.
	flat bool
}

// slot is one field in one encoding.
type slot struct {
	// tag is the tag as it stands in a frame, in the low bytes, mask has the bits of
	// those bytes, and shift is how many.
	tag, mask uint64
	// next is the slot to expect behind this one.
	next *slot
	// seen is the bit of a field's index, which is set once a row has it, and 0 for
	// those beyond the 64th.
	seen uint64
	// has is the presence bit, if it is in the first word; else word is which, and
	// far the bit.
	has, far uint64
	// others are the presence bits, in the first word, of the other members of the
	// oneof.
	others uint64
	offset uintptr
	number uint32
	shift  uint8
	op     op
	word   uint16
	// rare says that there is more to do with the field than most need: far or part.
	rare bool

	index int
	wire  Form
	kind  Kind
	part  *part
}

// part is what only some slots have.
type part struct {
	// sub is the layout of messages, and typ their struct.
	sub *layout
	typ reflect.Type
	// spare is where messages are kept, if hasSpare.
	spare    uintptr
	hasSpare bool
	// list is the type of a list of messages.
	list reflect.Type
	// key and value are a map's, element is a list's.
	key, value, element *slot
	entries             Entries
	// members are the other members of the oneof.
	members []*slot
}

// op is what a decoder does with a value; those from opVarint64 to opZigzag32 are
// varints.
type op uint8

const (
	opVarint64 op = iota
	opVarint32
	opBool
	opZigzag64
	opZigzag32
	opFixed64
	opFixed32
	opText
	opTextUTF8
	opBlob
	opTime
	opNested
	opGroup
	opList
	opPacked
	opMap
)

var (
	layoutsMu sync.Mutex
	layouts   = map[reflect.Type]*layout{}
)

// layoutOf returns the layout of a struct type. It is made once.
func layoutOf(t reflect.Type, m *Message) *layout {
	layoutsMu.Lock()
	defer layoutsMu.Unlock()
	made := len(layouts)
	l := makeLayout(t, m)
	if len(layouts) > made {
		spreadRequired()
	}
	return l
}

// spreadRequired tells layouts of the required fields in their parts, until none
// learns of any more: messages may lie in themselves.
func spreadRequired() {
	for again := true; again; {
		again = false
		for _, l := range layouts {
			if l.anyRequired {
				continue
			}
			for _, s := range l.fields {
				if sub := s.sub(); sub != nil && sub.anyRequired {
					l.anyRequired, again = true, true
				}
			}
		}
	}
}

// sub is the layout of a field's messages, or nil.
func (s *slot) sub() *layout {
	switch {
	case s.part == nil:
		return nil
	case s.part.value != nil:
		return s.part.value.sub()
	case s.part.element != nil:
		return s.part.element.sub()
	}
	return s.part.sub
}

// partLayout is the layout of the messages in a field, whose type knows its
// description.
func partLayout(t reflect.Type) *layout {
	return makeLayout(t, reflect.New(t).Interface().(Row).Message())
}

func makeLayout(t reflect.Type, m *Message) *layout {
	if l := layouts[t]; l != nil {
		return l
	}
	l := &layout{message: m, typ: t, flat: true}
	layouts[t] = l // before the fields, which may have the type themselves
	l.findMembers()
	var all []slot
	bit := 0
	for i := range m.Fields {
		s := l.slot(i)
		if s.wire&Implicit == 0 && s.isPlain() {
			l.presence(&s, bit)
			bit++
		}
		all = append(all, s)
		if other, ok := otherWay(s); ok {
			all = append(all, other)
		}
	}
	if words := (bit + 63) / 64; words != l.words {
		panic(fmt.Sprintf("package row: %s has %d words of presence bits, and %d fields with presence", t, l.words, bit))
	}
	l.index(all)
	l.oneofs()
	return l
}

// findMembers finds what stands behind the fields of the struct.
func (l *layout) findMembers() {
	unknown, ok := l.typ.FieldByName("unknown")
	if !ok || unknown.Type.Kind() != reflect.Int {
		panic(fmt.Sprintf("package row: %s has no count of unknown fields", l.typ))
	}
	l.unknown = unknown.Offset
	if has, ok := l.typ.FieldByName("has"); ok {
		if has.Type.Kind() != reflect.Array || has.Type.Elem().Kind() != reflect.Uint64 {
			panic(fmt.Sprintf("package row: the presence bits of %s are %s", l.typ, has.Type))
		}
		l.has, l.words = has.Offset, has.Type.Len()
	}
	l.required = make([]uint64, l.words)
}

// presence gives a slot its presence bit.
func (l *layout) presence(s *slot, bit int) {
	s.word, s.far = uint16(bit/64), 1<<(bit%64)
	if s.word == 0 {
		s.has = s.far
	} else {
		s.rare = true
	}
	if s.wire&Required != 0 && int(s.word) < l.words {
		l.required[s.word] |= s.far
		l.anyRequired = true
	}
}

// isPlain reports a field that has a presence bit unless it is implicit: one
// value that is no message.
func (s *slot) isPlain() bool { return s.op <= opTime }

// index puts the slots into their order and makes what finds them.
func (l *layout) index(all []slot) {
	slices.SortStableFunc(all, func(a, b slot) int { return cmp.Compare(a.number, b.number) })
	l.slots = append(all, slot{tag: 1})
	l.fields = make([]*slot, len(l.message.Fields))
	l.far = map[uint32]*slot{}
	for i := range all {
		s := &l.slots[i]
		if l.fields[s.index] == nil { // the first of two is the way it is written
			l.fields[s.index] = s
			l.sorted = append(l.sorted, s)
		}
		s.next = &l.slots[i+1]
		if s.op == opList {
			s.next = s
		} else if i+1 < len(all) && l.slots[i+1].index == s.index {
			s.next = &l.slots[i+2]
		}
		l.find(s)
	}
	for _, s := range l.fields {
		l.bits |= s.seen
		l.flat = l.flat && s.isPlain()
		if s.seen == 0 {
			l.late = append(l.late, s)
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
	if int(tag) < len(l.tags) {
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
		s.rare = true
		for j, other := range l.message.Fields {
			if i != j && other.Oneof == f.Oneof {
				s.part.members = append(s.part.members, l.fields[j])
				s.others |= l.fields[j].has
			}
		}
	}
}
