package row

// Wire says how a field is encoded, as far as the types of a message's struct do
// not.
type Wire struct {
	// Form is that of the value, Key that of a map's keys.
	Form, Key Form
	// Absent is the number that stands for no value, as 64 bits, where Form has
	// HasAbsent.
	Absent uint64
	// Entries reaches into a map: EntriesOf its type.
	Entries Entries
}

// Form is a set of what there is to say of an encoding. A number without any is a
// varint.
type Form uint16

// The forms.
const (
	// Zigzag is for sint32 and sint64.
	Zigzag Form = 1 << iota
	// Fixed is for integers of 4 or 8 bytes.
	Fixed
	// UTF8 has text checked.
	UTF8
	// Packed has a list written as one piece. Both ways are read.
	Packed
	// Delimited is for a message between two tags, as a group.
	Delimited
	// Required is for a field that must be there.
	Required
	// Implicit is for a field without a presence bit, which is written unless it is
	// zero.
	Implicit
	// HasAbsent says that Wire.Absent stands for no value.
	HasAbsent
)
