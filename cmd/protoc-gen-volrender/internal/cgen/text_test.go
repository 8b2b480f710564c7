package cgen

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestComment(t *testing.T) {
	for _, tt := range []struct{ name, doc, want string }{
		{"none", "", ""},
		{"one line", "Why.", "  /* Why. */\n"},
		{"two lines", "Why\nand how.", "  /* Why\n   * and how.\n   */\n"},
		{"empty line", "Why.\n\nHow.", "  /* Why.\n   *\n   * How.\n   */\n"},
		{"end of comment", "*/ int x; /*", "  /* * / int x; / * */\n"},
		{"a path", "/proc/*/maps", "  /* /proc/ * /maps */\n"},
		{"ends that share a star", "*/*", "  /* * / * */\n"},
		{"trigraph", "What??/", "  /* What? ?/ */\n"},
		{"trigraph behind a question mark", "???/", "  /* ? ? ?/ */\n"},
		{"hidden characters", "a\u202eb\x1bc", "  /* abc */\n"},
		{"slash at a line's start", "*\n/", "  /* *\n   * /\n   */\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, comment("  ", tt.doc)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"linux.pslist.PsList": `"linux.pslist.PsList"`,
		`a"b\c`:               `"a\"b\\c"`,
		"??/\n1":              `"\077\077/\0121"`,
		"ü":                   `"\303\274"`,
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}
