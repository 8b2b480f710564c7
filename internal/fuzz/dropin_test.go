package fuzz

import (
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/fuzz/oracle"
	"github.com/volint/volint/internal/testenv"
)

// TestDropIns: what the functions in Volatility write of a row is a message with
// the row's values.
func TestDropIns(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, "internal/fuzz/testee")
	c := compiled(t)
	dir := t.TempDir()
	generate(t, c, filepath.Join(dir, "rows"), "lang=python")
	generate(t, c, filepath.Join(dir, "plugins"), "lang=python3")
	p := start(t, testenv.Python3(t), append([]string{"-B", testeeFile("dropin.py"), dir}, c.Roots...)...)
	written, good := 0, 0
	everything(t, c, 2, func(kind int, batch [][]byte) {
		answers, err := p.ask(kind, batch)
		if err != nil {
			t.Fatalf("%s: %x: %v", c.Roots[kind], batch[len(answers)], err)
		}
		for i, a := range answers {
			want := oracle.Read(c.Messages[kind], batch[i])
			if a.OK != want.OK {
				t.Fatalf("%s: %x is not taken", c.Roots[kind], batch[i])
			}
			if !a.OK {
				continue
			}
			if good++; a.Values == "?" {
				continue
			}
			written++
			if got := oracle.ReadAgain(c.Messages[kind], a.Encoded); got.Values != want.Values {
				t.Fatalf("%s: %x\nis written as %x\nwhich is: %v\nwant:     %v", c.Roots[kind], batch[i], a.Encoded, got, want)
			}
		}
	})
	t.Logf("%d of %d rows hold nothing that would be lost", written, good)
	if written < good/4 {
		t.Errorf("%d of %d rows are compared: the test shows little", written, good)
	}
}
