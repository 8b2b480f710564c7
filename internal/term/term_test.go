package term_test

import (
	"testing"

	"github.com/volint/volint/internal/term"
)

func TestEscape(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain":              {"kworker/0:1H-kblockd", "kworker/0:1H-kblockd"},
		"empty":              {"", ""},
		"spaces stay":        {" a b ", " a b "},
		"escape sequence":    {"\x1b[31mred", `\x1b[31mred`},
		"newline, tab, CR":   {"a\nb\tc\rd", `a\x0ab\x09c\x0dd`},
		"NUL and DEL":        {"\x00\x7f", `\x00\x7f`},
		"C1 control":         {"\u009b31m", `\xc2\x9b31m`},
		"invalid byte":       {"a\xffb", `a\xffb`},
		"escaped already":    {`a\xffb`, `a\xffb`},
		"right-to-left":      {"a\u202etxt.exe", `a\xe2\x80\xaetxt.exe`},
		"isolate":            {"\u2066x\u2069", `\xe2\x81\xa6x\xe2\x81\xa9`},
		"zero width space":   {"a\u200bb", `a\xe2\x80\x8bb`},
		"byte order mark":    {"\ufeffa", `\xef\xbb\xbfa`},
		"line separator":     {"a\u2028b", `a\xe2\x80\xa8b`},
		"no-break space":     {"a\u00a0b", `a\xc2\xa0b`},
		"hangul filler":      {"\u3164", `\xe3\x85\xa4`},
		"variation selector": {"a\ufe0f", `a\xef\xb8\x8f`},
		"tag character":      {"a\U000e0041", `a\xf3\xa0\x81\x81`},
		"letters stay":       {"naïve 日本 Ω", "naïve 日本 Ω"},
		"real U+FFFD stays":  {"a\ufffdb", "a\ufffdb"},
		"surrogate's bytes":  {"\xed\xa0\x80", `\xed\xa0\x80`},
		"cut sequence":       {"\xe2\x82", `\xe2\x82`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := term.Escape(tt.in); got != tt.want {
				t.Errorf("Escape(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestEscapeBytes(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"plain":            {"ELF", "ELF"},
		"binary":           {"\x7fELF\xff", `\x7fELF\xff`},
		"backslash":        {`C:\dir`, `C:\dir`},
		"reads as escaped": {`\x41`, `\x5cx41`},
		"upper case":       {`\xFF`, `\xFF`},
		"both":             {"\\x41\xff", `\x5cx41\xff`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := term.EscapeBytes([]byte(tt.in)); got != tt.want {
				t.Errorf("EscapeBytes(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestWidth(t *testing.T) {
	tests := map[string]int{"": 0, "abc": 3, "日本": 4, "e\u0301": 1, "naïve": 5, "🐧": 2}
	for in, want := range tests {
		if got := term.Width(in); got != want {
			t.Errorf("Width(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestCut(t *testing.T) {
	tests := []struct {
		in    string
		width int
		want  string
	}{{"abcdef", 3, "abc"}, {"abc", 3, "abc"}, {"日本語", 3, "日"}, {"abc", 0, ""}}
	for _, tt := range tests {
		if got := term.Cut(tt.in, tt.width); got != tt.want {
			t.Errorf("Cut(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
		}
	}
}
