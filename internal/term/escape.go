// Package term makes text safe and measured for people's screens.
//
// What a guest calls its processes and files is chosen by whoever runs there. A
// terminal must never act on it, and two names that differ must not look the
// same because of characters that nobody sees.
package term

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/volint/volint/runtime/row"
)

const hexDigits = "0123456789abcdef"

// Escape returns s with every character that is not plainly visible written as
// its UTF-8 bytes in the form \xhh: controls, bidirectional and other format
// characters, line separators, spaces other than U+0020, invisible letters and
// variation selectors; and so every byte that is not part of valid UTF-8.
//
// It is the form that string fields already use for bytes that are not UTF-8,
// so one rule (row.Unescape) gives back the bytes that the guest has.
func Escape(s string) string {
	for i, r := range s {
		if !Visible(r) || r == utf8.RuneError {
			return escapeFrom(s, i)
		}
	}
	return s
}

func escapeFrom(s string, start int) string {
	var b strings.Builder
	b.Grow(len(s) + 16)
	b.WriteString(s[:start])
	for i := start; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if Visible(r) && !(r == utf8.RuneError && n == 1) {
			b.WriteString(s[i : i+n])
		} else {
			writeHex(&b, s[i:i+n])
		}
		i += n
	}
	return b.String()
}

// EscapeBytes is Escape for raw bytes. A backslash that starts what would read
// as an escape is escaped itself, so that the rule stays reversible.
func EscapeBytes(p []byte) string { return Escape(row.Escape(p)) }

func writeHex(b *strings.Builder, s string) {
	for i := range len(s) {
		b.WriteString(`\x`)
		b.WriteByte(hexDigits[s[i]>>4])
		b.WriteByte(hexDigits[s[i]&15])
	}
}

// Visible reports whether r may stand on a screen as it is.
func Visible(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	return unicode.IsPrint(r) && !unicode.In(r, invisible...)
}

// invisible are characters that count as letters, marks or symbols and yet show
// nothing: fillers, joiners, variation selectors, and the Braille blank.
var invisible = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: 0x2800, Hi: 0x2800, Stride: 1}}},
}
