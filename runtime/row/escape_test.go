package row_test

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"github.com/volint/volint/runtime/row"
)

func TestEscape(t *testing.T) {
	for _, test := range []struct{ bytes, text string }{
		{"", ""},
		{"init", "init"},
		{"größe €", "größe €"},
		{"\xff", `\xff`},
		{"a\x1b[31m\n\x00", "a\x1b[31m\n\x00"}, // for terminals, see those who print
		{`C:\x`, `C:\x`},
		{`C:\xf`, `C:\xf`},
		{`C:\xff`, `C:\x5cxff`},
		{`C:\xFF`, `C:\xFF`},
		{`\\x41`, `\\x5cx41`},
		{"\\\xff", `\\xff`},
		{"\\x\xff", `\x\xff`},
		{"\xe2\x82", `\xe2\x82`},
		{"\xed\xa0\x80", `\xed\xa0\x80`},
		{"\xf4\x90\x80\x80", `\xf4\x90\x80\x80`},
		{"�", "�"},
	} {
		if got := row.Escape([]byte(test.bytes)); got != test.text {
			t.Errorf("Escape(%q) = %q, want %q", test.bytes, got, test.text)
		}
		if got := row.Unescape(test.text); string(got) != test.bytes {
			t.Errorf("Unescape(%q) = %q, want %q", test.text, got, test.bytes)
		}
	}
}

// FuzzEscape: any bytes come back, and are UTF-8 on the way.
func FuzzEscape(f *testing.F) {
	f.Add([]byte("\\\\x41\xff\\x"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := row.Escape(b)
		if !utf8.ValidString(s) {
			t.Errorf("%q is not UTF-8", s)
		}
		if got := row.Unescape(s); !bytes.Equal(got, b) {
			t.Errorf("%q comes back as %q, over %q", b, got, s)
		}
	})
}
