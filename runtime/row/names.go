package row

import (
	"strings"
	"unicode"
)

// name returns the message's name without its package.
func (m *Message) name() string {
	return m.FullName[strings.LastIndexByte(m.FullName, '.')+1:]
}

// fold returns a name's ASCII letters, in lower case, and digits: how names are
// compared where spelling differs from one version of Volatility to the next.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r - 'A' + 'a'
		}
		return -1
	}, s)
}

// lessClass returns a plugin's name up to its last dot, "" where it has none.
func lessClass(s string) string {
	return s[:max(0, strings.LastIndexByte(s, '.'))]
}

// lessWord returns a message's name without its last word, "" where it has but
// one: words are parted by underscores or, in a name without any, start with a
// capital.
func lessWord(s string) string {
	at := strings.LastIndexByte(s, '_')
	if at < 0 {
		at = strings.LastIndexFunc(s, unicode.IsUpper)
	}
	return s[:max(0, at)]
}
