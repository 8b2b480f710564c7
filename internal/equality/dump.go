package equality

import (
	"encoding/hex"
	"regexp"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// fromDigits reads bytes as pairs of hexadecimal digits, with a blank between two of
// them, or without any.
func fromDigits(text string) ([]byte, bool) {
	if strings.Contains(text, " ") {
		if !spaced.MatchString(text) {
			return nil, false
		}
		text = strings.ReplaceAll(text, " ", "")
	}
	data, err := hex.DecodeString(text)
	return data, err == nil
}

var spaced = regexp.MustCompile(`^[0-9a-f]{2}( [0-9a-f]{2})*$`)

const (
	// Of a line of a dump so many columns are digits: 16 bytes of three.
	dumpDigits = 48
	dumpBytes  = 16
)

// fromDump reads the lines of digits and characters that Volatility 3 writes of bytes
// that are no text.
func fromDump(text string) ([]byte, bool) {
	lines, ok := strings.CutPrefix(text, "\n")
	if !ok {
		return nil, text == ""
	}
	var data []byte
	for i, line := range strings.Split(lines, "\n") {
		if len(line) < dumpDigits || i > 0 && len(data)%dumpBytes != 0 {
			return nil, false
		}
		digits := strings.TrimRight(line[:dumpDigits], " ")
		part, ok := fromDigits(digits)
		if !ok || len(part) == 0 {
			return nil, false
		}
		data = append(data, part...)
	}
	return data, true
}

// isReading reports whether a text is one of the readings of bytes as characters that
// Volatility makes: which encoding it takes hangs on the plugin. It cuts a text at its
// first NUL, or has a new line for each.
func isReading(data []byte, text string) bool {
	for _, read := range []func([]byte) string{asUTF16, asUTF8, asLatin1} {
		whole := oneReplacement(read(data))
		cut, _, _ := strings.Cut(whole, "\x00")
		for _, each := range []string{whole, cut, strings.ReplaceAll(whole, "\x00", "\n")} {
			if each == oneReplacement(text) {
				return true
			}
		}
	}
	return false
}

func asUTF16(data []byte) string {
	var units []uint16
	for ; len(data) > 1; data = data[2:] {
		units = append(units, uint16(data[0])|uint16(data[1])<<8)
	}
	text := string(utf16.Decode(units))
	if len(data) == 1 {
		text += string(utf8.RuneError)
	}
	return text
}

func asUTF8(data []byte) string { return strings.ToValidUTF8(string(data), string(utf8.RuneError)) }

func asLatin1(data []byte) string {
	runes := make([]rune, len(data))
	for i, c := range data {
		runes[i] = rune(c)
	}
	return string(runes)
}

// oneReplacement has one sign for what can't be read, however long it is: Python and
// Go write as many as they like.
func oneReplacement(text string) string { return replacements.ReplaceAllString(text, "\uFFFD") }

var replacements = regexp.MustCompile(`\x{FFFD}+`)
