package fuzz

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/testenv"
)

// TestPythonFaults: generated Python says of bytes that are no message what generated Go
// says: the same field, place and reason, so that logs of both can be compared.
func TestPythonFaults(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, "internal/fuzz/testee")
	c := goldenSchema(t)
	dir := t.TempDir()
	generate(t, c, filepath.Join(dir, "rows"), "lang=python")
	args := append([]string{"-B", testeeFile("faults.py"), dir}, c.Roots...)
	for name, python := range map[string]func(testing.TB) string{"Python 2": testenv.Python2, "Python 3": testenv.Python3} {
		t.Run(name, func(t *testing.T) {
			p, random, reasons := start(t, python(t), args...), rand.New(rand.NewPCG(7, 8)), map[string]int{}
			for kind, g := range golden {
				batch := damaged(random, c.Messages[kind])
				answers, err := p.ask(kind, batch)
				if err != nil {
					t.Fatalf("%s: %x: %v", g.name, batch[len(answers)], err)
				}
				for i, a := range answers {
					want := ""
					if err := g.fresh().Decode(batch[i]); err != nil {
						want = err.Error()
						reasons[reason(err)]++
					}
					if a.Values != want {
						t.Fatalf("%s: %x\nPython: %s\nGo:     %s", g.name, batch[i], a.Values, want)
					}
				}
			}
			t.Logf("reasons: %v", reasons)
			if len(reasons) < 8 {
				t.Errorf("the bytes are wrong in too few ways: %v", reasons)
			}
		})
	}
}

// reason is the reason that a row was not decoded for.
func reason(err error) string { return errors.Unwrap(err).Error() }

// damaged makes messages of a type with bytes changed, and cuts some of them, and
// some that were whole, anywhere.
func damaged(random *rand.Rand, md protoreflect.MessageDescriptor) [][]byte {
	all := messages(random, md, 3000)
	for _, message := range all[:1000] {
		if len(message) > 0 {
			all = append(all, message[:random.IntN(len(message))])
		}
	}
	return all
}
