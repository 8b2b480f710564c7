package row

import "strconv"

// Absence is volint.volrender.v1.Absence: why Volatility has no value for a
// field.
type Absence int32

// The kinds of absence.
const (
	// AbsenceUnspecified: there is a value.
	AbsenceUnspecified Absence = iota
	// AbsenceUnknown: there is none, and Volatility does not say why.
	AbsenceUnknown
	// AbsenceUnreadable: the memory could not be read.
	AbsenceUnreadable
	// AbsenceUnparsable: the memory made no sense.
	AbsenceUnparsable
	// AbsenceNotApplicable: the value has no meaning for this row.
	AbsenceNotApplicable
	// AbsenceNotAvailable: the value could not be had in this run.
	AbsenceNotAvailable
)

// AbsenceNames are the numbers of Absence with the names of its .proto file. It
// must not be changed.
var AbsenceNames = map[int32]string{
	0: "ABSENCE_UNSPECIFIED",
	1: "ABSENCE_UNKNOWN",
	2: "ABSENCE_UNREADABLE",
	3: "ABSENCE_UNPARSABLE",
	4: "ABSENCE_NOT_APPLICABLE",
	5: "ABSENCE_NOT_AVAILABLE",
}

// String returns the name in the .proto file, or the number where it has none.
func (a Absence) String() string { return EnumString(AbsenceNames, int32(a)) }

// EnumString returns the name of an enum's number, or the number in decimal
// where it has no name.
func EnumString(names map[int32]string, n int32) string {
	if s, ok := names[n]; ok {
		return s
	}
	return strconv.Itoa(int(n))
}
