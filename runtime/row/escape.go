package row

import "unicode/utf8"

// Escape returns the text by which a string field holds bytes that need not be
// UTF-8; Unescape gives the bytes back. Each byte that is no part of valid UTF-8
// becomes \xhh, with two lower-case hexadecimal digits, and a backslash that
// stands before an x and two such digits becomes \x5c.
func Escape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		_, backslash := escape(string(b[i:min(i+4, len(b))]))
		if backslash || r == utf8.RuneError && size == 1 {
			out = append(out, '\\', 'x', hexDigits[b[i]>>4], hexDigits[b[i]&15])
		} else {
			out = append(out, b[i:i+size]...)
		}
		i += size
	}
	return string(out)
}

const hexDigits = "0123456789abcdef"

// Unescape gives back the bytes that a string field stood for: see Escape.
func Unescape(s string) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if c, ok := escape(s[i:]); ok {
			b = append(b, c)
			i += 4
			continue
		}
		b = append(b, s[i])
		i++
	}
	return b
}

// escape returns the byte that s starts with the escape of.
func escape(s string) (byte, bool) {
	if len(s) < 4 || s[0] != '\\' || s[1] != 'x' {
		return 0, false
	}
	high, low := hexDigit(s[2]), hexDigit(s[3])
	return high<<4 | low&0xf, high|low < 16
}

// hexDigit returns the number of a lower-case hexadecimal digit, and 0xff for
// anything else.
func hexDigit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}
