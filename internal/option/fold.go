package option

import "strings"

// Fold is how names are compared where spelling differs from one version of
// Volatility to the next, and between a column's title and a field's name:
// ASCII letters in lower case, and digits; all else is dropped.
func Fold(s string) string {
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
