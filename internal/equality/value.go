package equality

import (
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// shown is a value as Volatility's JSON has it.
type shown struct {
	kind shownKind
	// text is a number as it was written, or what a text says: the bytes that it
	// stands for, which need not be UTF-8.
	text  string
	truth bool
}

type shownKind uint8

const (
	shownNull shownKind = iota
	shownTruth
	shownNumber
	shownText
)

// readShown reads a value. Lists and objects are no values of a table.
func readShown(raw json.RawMessage) (shown, error) {
	switch {
	case len(raw) == 0:
	case string(raw) == "null":
		return shown{kind: shownNull}, nil
	case string(raw) == "true", string(raw) == "false":
		return shown{kind: shownTruth, truth: raw[0] == 't'}, nil
	case raw[0] == '"':
		text, err := unquote(raw)
		return shown{kind: shownText, text: text}, err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return shown{kind: shownNumber, text: string(raw)}, nil
	}
	return shown{}, fmt.Errorf("%.40s is no value of a table", raw)
}

func (s shown) String() string {
	switch s.kind {
	case shownNull:
		return "null"
	case shownTruth:
		return strconv.FormatBool(s.truth)
	case shownNumber:
		return s.text
	}
	return brief(strconv.QuoteToASCII(s.text))
}

// brief cuts what is too long to be read.
func brief(text string) string {
	const most = 120
	if len(text) <= most {
		return text
	}
	return fmt.Sprintf("%s… (%d)", text[:most], len(text))
}

// unquote gives the bytes that a text in JSON stands for. Python 3 has a half of a
// surrogate pair from U+DC80 to U+DCFF for a byte that is no UTF-8; other halves are
// their own three bytes. Package encoding/json would lose both.
func unquote(raw []byte) (string, error) {
	bad := fmt.Errorf("%.40s is no text", raw)
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", bad
	}
	var to []byte
	for in := raw[1 : len(raw)-1]; len(in) > 0; {
		if in[0] != '\\' {
			to, in = append(to, in[0]), in[1:]
			continue
		}
		if len(in) < 2 {
			return "", bad
		}
		if in[1] != 'u' {
			c, ok := escapes[in[1]]
			if !ok {
				return "", bad
			}
			to, in = append(to, c), in[2:]
			continue
		}
		unit, ok := escapedUnit(in)
		if !ok {
			return "", bad
		}
		in = in[6:]
		if low, ok := escapedUnit(in); ok && utf16.DecodeRune(unit, low) != utf8.RuneError {
			to, in = utf8.AppendRune(to, utf16.DecodeRune(unit, low)), in[6:]
			continue
		}
		to = appendUnit(to, unit)
	}
	return string(to), nil
}

var escapes = map[byte]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escapedUnit reads a \uXXXX.
func escapedUnit(in []byte) (rune, bool) {
	if len(in) < 6 || in[0] != '\\' || in[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(in[2:6]), 16, 16)
	return rune(n), err == nil
}

// appendUnit appends what one unit of UTF-16 stands for by itself.
func appendUnit(to []byte, unit rune) []byte {
	switch {
	case unit >= 0xDC80 && unit <= 0xDCFF:
		return append(to, byte(unit))
	case utf16.IsSurrogate(unit):
		return append(to, byte(0xE0|unit>>12), byte(0x80|unit>>6&0x3F), byte(0x80|unit&0x3F))
	}
	return utf8.AppendRune(to, unit)
}
