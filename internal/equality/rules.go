package equality

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/volint/volint/runtime/row"
)

// Rules say when a field of a typed row holds what Volatility shows in a column. They
// hang on the field's type, since JSON does not tell a date from text:
//
//	no value    null; but for text also "", "-" and "N/A"; the number that stands for
//	            none in the field
//	integers    the same number; a time, as seconds; text that is the number. Of a
//	            canonical address bit 47 was copied into the bits above. A negative
//	            number in an unsigned field is its two's complement in 64 bits: there
//	            are columns with -1 for no address
//	float       the same number, in as many bits
//	bool        the same; 0 and 1; "True", "no" and the like
//	string      the same bytes, once unescaped; a number or a truth as Python writes it
//	bytes       the digits of a hex dump; text that these bytes are in UTF-16, UTF-8 or
//	            Latin-1, up to the first NUL where it is cut there
//	Timestamp   the same instant; text without a zone is UTC
//	enum        the name, or the number
//	Disassembly what Volatility's own renderer makes of bytes, address and architecture
type Rules struct {
	// Disassemble is the text that Volatility makes of machine code; nil where nothing
	// can.
	Disassemble func(code Code) (string, error)
}

// Code is machine code, as a Disassembly has it.
type Code struct {
	Data         []byte
	Address      uint64
	Architecture string
}

// difference says in what a field's value is not what Volatility shows; "" where it
// is.
func (r Rules) difference(f row.Field, v row.Value, s shown) string {
	if !v.Present() {
		if isNothing(f.Kind, s) {
			return ""
		}
		return fmt.Sprintf("it is not set, and Volatility shows %s", s)
	}
	if s.kind != shownNull && r.same(f, v, s) {
		return ""
	}
	return fmt.Sprintf("it is %s, and Volatility shows %s", describe(f, v), s)
}

// isNothing reports whether what is shown stands for no value: Volatility's JSON has
// null for some types of columns, and a mark in text for others.
func isNothing(kind row.Kind, s shown) bool {
	if s.kind == shownText && kind != row.String {
		return slices.Contains([]string{"", "-", "N/A"}, s.text)
	}
	return s.kind == shownNull
}

func describe(f row.Field, v row.Value) string {
	if f.Meaning != row.Plain && f.Kind == row.Uint {
		return fmt.Sprintf("%d (%#x)", v.Uint(), v.Uint())
	}
	return brief(v.String())
}

func (r Rules) same(f row.Field, v row.Value, s shown) bool {
	if f.List || f.Key != 0 {
		return false // which no column of a table is
	}
	switch f.Kind {
	case row.Bool:
		return sameBool(v.Bool(), s)
	case row.Int:
		return sameInteger(big.NewInt(v.Int()), f.Meaning, s)
	case row.Uint:
		return sameUnsigned(v.Uint(), f.Meaning, s)
	case row.Float:
		n, err := strconv.ParseFloat(s.text, 32)
		return s.isNumber() && err == nil && n == v.Float()
	case row.Double:
		n, err := strconv.ParseFloat(s.text, 64)
		return s.isNumber() && err == nil && n == v.Float()
	case row.String:
		return sameText(string(row.Unescape(v.Str())), s)
	case row.Bytes:
		return s.kind == shownText && sameBytes(v.Bytes(), s.text)
	case row.Enum:
		return s.kind == shownText && s.text == v.EnumName() || s.kind == shownNumber && s.text == strconv.FormatInt(v.Int(), 10)
	case row.Time:
		t, ok := s.instant()
		return ok && t.Equal(v.Time())
	case row.Nested:
		return r.sameMessage(v.Row(), s)
	}
	return false
}

// isNumber says that a number is shown, in JSON's form or in text.
func (s shown) isNumber() bool { return s.kind == shownNumber || s.kind == shownText }

func sameBool(b bool, s shown) bool {
	switch s.kind {
	case shownTruth:
		return s.truth == b
	case shownNumber:
		return s.text == map[bool]string{false: "0", true: "1"}[b]
	}
	return slices.Contains(truths[b], strings.ToLower(s.text))
}

var truths = map[bool][]string{false: {"false", "no"}, true: {"true", "yes"}}

func sameInteger(n *big.Int, meaning row.Meaning, s shown) bool {
	want, ok := s.integer()
	if !ok {
		return false
	}
	if meaning == row.CanonicalAddress {
		want = canonicalAddress(want)
	}
	return n.Cmp(want) == 0
}

// sameUnsigned compares a number in 64 bits, in which a negative one is its two's
// complement.
func sameUnsigned(n uint64, meaning row.Meaning, s shown) bool {
	if want, ok := s.integer(); ok && want.Sign() < 0 && want.IsInt64() {
		return n == uint64(want.Int64())
	}
	return sameInteger(new(big.Int).SetUint64(n), meaning, s)
}

// isInteger reports whether a number is shown that in 64 bits is this one.
func (s shown) isInteger(n uint64) bool { return sameUnsigned(n, row.Plain, s) }

// canonicalAddress is the address whose low 48 bits Volatility 3 shows. A number that
// has more is one already.
func canonicalAddress(n *big.Int) *big.Int {
	if n.Sign() < 0 || n.BitLen() != 48 {
		return n
	}
	return new(big.Int).Or(n, new(big.Int).SetUint64(0xFFFF<<48))
}

// integer is the whole number that is shown. One in text has no zeros before it, so
// that the text comes back, unless it is in hexadecimal.
func (s shown) integer() (*big.Int, bool) {
	switch s.kind {
	case shownTruth:
		if s.truth {
			return big.NewInt(1), true
		}
		return new(big.Int), true
	case shownNumber:
		if whole, ok := strings.CutSuffix(s.text, ".0"); ok {
			return new(big.Int).SetString(whole, 10)
		}
		return new(big.Int).SetString(s.text, 10)
	case shownText:
		if digits, ok := strings.CutPrefix(strings.ToLower(s.text), "0x"); ok {
			return new(big.Int).SetString(digits, 16)
		}
		if n, ok := new(big.Int).SetString(s.text, 10); ok {
			return n, n.String() == s.text
		}
		if t, ok := s.instant(); ok {
			return big.NewInt(t.Unix()), true
		}
	}
	return nil, false
}

// layouts are the forms of dates: isoformat() of Volatility 3, with a zone or without,
// and what Volatility 2 prints.
var layouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05 MST-0700", "2006-01-02 15:04:05"}

// instant is the time that is shown, as a date or as seconds since 1970.
func (s shown) instant() (time.Time, bool) {
	switch s.kind {
	case shownNumber:
		n, err := strconv.ParseInt(s.text, 10, 64)
		return time.Unix(n, 0), err == nil
	case shownText:
		for _, layout := range layouts {
			if t, err := time.Parse(layout, s.text); err == nil {
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func sameText(text string, s shown) bool {
	switch s.kind {
	case shownTruth:
		return text == map[bool]string{false: "False", true: "True"}[s.truth]
	case shownNumber:
		return text == s.text || sameDigits(text, s.text)
	}
	return text == s.text
}

// sameDigits reports whether text is a number in hexadecimal or binary, as a class of
// Volatility's numbers is written.
func sameDigits(text, number string) bool {
	n, ok := new(big.Int).SetString(number, 10)
	return ok && (text == fmt.Sprintf("%#x", n) || text == fmt.Sprintf("%#b", n))
}

// sameBytes compares bytes with a dump of them, or with the text that MultiTypeData is
// shown as, which stands in quotes.
func sameBytes(data []byte, text string) bool {
	if inner, ok := strings.CutPrefix(text, `"`); ok && strings.HasSuffix(inner, `"`) {
		inner = strings.TrimSuffix(inner, `"`)
		if dumped, ok := fromDump(inner); ok && bytes.Equal(dumped, data) {
			return true
		}
		return isReading(data, inner)
	}
	dumped, ok := fromDigits(text)
	return ok && bytes.Equal(dumped, data)
}

// disassemblyName is the message that has machine code.
const disassemblyName = "volint.volrender.v1.Disassembly"

func (r Rules) sameMessage(m row.Row, s shown) bool {
	if m == nil || m.Message().FullName != disassemblyName || s.kind != shownText {
		return false
	}
	var code Code
	for i, f := range m.Message().Fields {
		switch v := m.Value(i); f.Name {
		case "data":
			code.Data = v.Bytes()
		case "address":
			code.Address = v.Uint()
		case "architecture":
			code.Architecture = v.Str()
		}
	}
	return r.sameCode(code, s.text)
}

// sameCode holds machine code beside its disassembly in quotes; without Capstone
// Volatility shows the bytes.
func (r Rules) sameCode(code Code, text string) bool {
	if sameBytes(code.Data, strings.Trim(text, `"`)) {
		return true
	}
	if r.Disassemble == nil {
		return false
	}
	own, err := r.Disassemble(code)
	return err == nil && `"`+own+`"` == text
}
