package fuzz

import (
	"testing"

	"github.com/volint/volint/internal/fuzz/oracle"
	"github.com/volint/volint/internal/testenv"
)

// TestPeers: Google's two implementations read the same of the same bytes, but
// for what package oracle says. So what is wanted of generated code is not what
// one of them happens to do.
func TestPeers(t *testing.T) {
	t.Parallel()
	c := compiled(t)
	testenv.Uses(t, "internal/fuzz/testee")
	args := []string{testeeFile("upb.py"), descriptorSet(t, forUPB(c))}
	upb := start(t, testenv.Python3(t), append(args, c.Roots...)...)
	everything(t, c, 5, func(kind int, batch [][]byte) {
		answers, err := upb.ask(kind, batch)
		if err != nil {
			t.Fatalf("%s: %x: %v", c.Roots[kind], batch[len(answers)], err)
		}
		for i, a := range answers {
			want := oracle.Read(c.Messages[kind], batch[i])
			if a.OK && a.Values == "?" {
				a.Values = want.Values
			}
			if !oracle.Agrees(c.Messages[kind], batch[i], a.Result, want) {
				t.Fatalf("%s: %x\nupb:  %v\nwant: %v", c.Roots[kind], batch[i], a.Result, want)
			}
		}
	})
}
