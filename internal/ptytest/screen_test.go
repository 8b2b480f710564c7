package ptytest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestScreen(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"lines":        {"ab\r\ncd\r\n", "ab\ncd\n"},
		"over":         {"abc\rX", "Xbc\n"},
		"wraps":        {"abcdefghijk", "abcdefghij\nk\n"},
		"just full":    {"abcdefghij\r\nk", "abcdefghij\nk\n"},
		"scrolls":      {"1\r\n2\r\n3\r\n4", "2\n3\n4\n"},
		"up and erase": {"1\r\n2\r\n3\r\x1b[1A\x1b[Jx", "1\nx\n"},
		"end of line":  {"abc\x1b[2D\x1b[K", "a\n"},
		"clear":        {"1\r\n2\x1b[2J\x1b[Hx", "x\n"},
		"styles":       {"a\x1b[7mb\x1b[0mc", "a⟨7:b⟩c\n"},
		"wide letters": {"é日", "é日\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScreen(10, 3)
			for i := range len(tt.in) { // however it is cut
				s.write([]byte{tt.in[i]})
			}
			if diff := cmp.Diff(tt.want, s.text(true)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestTerminal(t *testing.T) {
	p := Open(t, 20, 5)
	if _, err := p.Slave.WriteString("hello\n"); err != nil {
		t.Fatal(err)
	}
	p.Await("hello")
	p.Type("typed\n")
	b := make([]byte, 10)
	n, err := p.Slave.Read(b)
	if err != nil || string(b[:n]) != "typed\n" {
		t.Errorf("%q, %v", b[:n], err)
	}
}
