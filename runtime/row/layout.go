package row

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"sync"
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
	// written, in the order of Message.Fields, and sorted the same by number; strokes
	// is made of sorted.
	slots          []slot
	fields, sorted []*slot
	strokes        []stroke
	// tags finds a slot by its tag where the tag is small, and far all others.
	tags []*slot
	far  map[uint32]*slot

	// words is how many words of presence bits there are, at has.
	has, unknown uintptr
	words        int
	// bits are the seen bits of all fields. The presence bits of the first word are
	// the seen bits of their fields. late are the fields that have no seen bit, which
	// are made empty before a row is decoded, not after it.
	bits, presence uint64
	late           []*slot
	// bySeen has the fields by the index of their seen bits.
	bySeen [64]*slot
	// required are the bits of required fields in each word, and requiredParts the
	// required messages. anyRequired says that one is here or in a part.
	required      []uint64
	requiredParts []*slot
	anyRequired   bool
}

// slot is one field in one encoding.
type slot struct {
	// tag is the tag as it stands in a frame, in the low bytes, mask has the bits of
	// those bytes; length is how many bytes they are, and shift how many bits.
	tag, mask uint64
	tagBytes  [8]byte
	// next is the slot to expect behind this one.
	next *slot
	// seen is a bit that is set once a message has the field; 0 for some fields, if
	// there are more than 64.
	seen uint64
	// has is the presence bit, if any, in the word at index word.
	has    uint64
	offset uintptr
	number uint32
	length uint8
	shift  uint8
	// op is what to do with a value, and hot the same where it is done by run; else
	// opSlow.
	op, hot op
	word    uint16
	// rare says that there is more to do with the field than most need: it is the
	// member of a oneof, or has a presence bit beyond the first word.
	rare bool

	// inText says where the key or value of a map is put: see cell.
	inText bool

	index int
	wire  Form
	kind  Kind
	part  *part
}

// part is what only some slots have.
type part struct {
	// sub is the layout of messages, and typ their struct. size is the size of that,
	// or of a list's element.
	sub  *layout
	typ  reflect.Type
	size uintptr
	// spare is where messages are kept, if hasSpare.
	spare    uintptr
	hasSpare bool
	// list is the type of a list of messages.
	list reflect.Type
	// key and value are a map's, element is a list's.
	key, value, element *slot
	entries             Entries
	// members are the other members of the oneof, and others their seen bits.
	members []*slot
	others  uint64
}

// op is what a decoder does with a value. Those up to opZigzag32 are varints, and
// those up to opBlob start with one.
type op uint8

const (
	opVarint64 op = iota
	opVarint32
	opBool
	opZigzag64
	opZigzag32
	opText
	opTextUTF8
	opBlob
	opFixed64
	opFixed32
	opTime
	opNested
	opGroup
	opList
	opPacked
	opMap
	opSlow
)

// layoutKey is what a layout is made of.
type layoutKey struct {
	typ     reflect.Type
	message *Message
}

// layouts are those that were made; pending those that are being made, by
// layoutOf, which holds the mutex.
var (
	layoutsMu        sync.Mutex
	layouts, pending map[layoutKey]*layout
)

// layoutOf returns the layout of a struct type. It is made once.
func layoutOf(t reflect.Type, m *Message) *layout {
	layoutsMu.Lock()
	defer layoutsMu.Unlock()
	pending = map[layoutKey]*layout{}
	l := makeLayout(t, m)
	spreadRequired()
	if layouts == nil {
		layouts = pending
	} else {
		maps.Copy(layouts, pending)
	}
	return l
}

// spreadRequired tells layouts of the required fields in their parts, until none
// learns of any more: messages may lie in themselves.
func spreadRequired() {
	for again := true; again; {
		again = false
		for _, l := range pending {
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
	key := layoutKey{t, m}
	if l := cmp.Or(layouts[key], pending[key]); l != nil {
		return l
	}
	l := &layout{message: m, typ: t}
	pending[key] = l // before the fields, which may have the type themselves
	l.findMembers()
	var all []slot
	for i := range m.Fields {
		s := l.slot(i)
		all = append(all, s)
		if other, ok := otherWay(s); ok {
			all = append(all, other)
		}
	}
	l.presenceBits(all)
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

// presenceBits gives presence bits to the fields that have one, in their order,
// and seen bits to all as far as they go: the presence bit, or one behind those.
func (l *layout) presenceBits(all []slot) {
	bit := 0
	for i := range all {
		if s := &all[i]; s.hasBit() {
			s.word, s.has = uint16(bit/64), 1<<(bit%64)
			if s.rare = bit >= 64; !s.rare {
				s.seen = s.has
				l.presence |= s.has
			}
			if s.wire&Required != 0 && bit/64 < l.words {
				l.required[s.word] |= s.has
				l.anyRequired = true
			}
			bit++
		}
	}
	if words := (bit + 63) / 64; words != l.words {
		panic(fmt.Sprintf("package row: %s has %d words of presence bits, and %d fields with presence", l.typ, l.words, bit))
	}
	for i := range all {
		s := &all[i]
		switch {
		case i > 0 && all[i-1].index == s.index:
			s.seen = all[i-1].seen
		case !s.hasBit() && bit < 64:
			s.seen = 1 << bit
			bit++
		}
	}
}

// hasBit reports fields that have a presence bit: all that are explicit, but for
// messages, which are there or not.
func (s *slot) hasBit() bool { return s.wire&Implicit == 0 && s.isPlain() }

// isPlain reports a field that is one value and no message.
func (s *slot) isPlain() bool { return s.op <= opTime }
