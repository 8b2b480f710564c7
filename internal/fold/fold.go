// Package fold compares names whose spelling differs from one version of Volatility
// to the next, and a column's title with a field's name.
package fold

import "strings"

// Name returns a name's ASCII letters, in lower case, and digits; all else is
// dropped. Two names are the same when this is.
func Name(s string) string {
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
