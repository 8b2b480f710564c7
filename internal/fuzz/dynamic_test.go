package fuzz

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/fuzz/oracle"
	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/dynamic"
	"github.com/volint/volint/runtime/row"
)

// TestDynamic: rows of a schema that is read at run time.
func TestDynamic(t *testing.T) {
	t.Parallel()
	c := compiled(t)
	rows := make([]row.Row, len(c.Messages))
	for i, md := range c.Messages {
		r, err := dynamic.NewRow(md)
		if err != nil {
			t.Fatal(err)
		}
		rows[i] = r
	}
	everything(t, c, 5, func(kind int, batch [][]byte) {
		for _, message := range batch {
			same(t, c.Messages[kind], message, readRow(rows[kind], c.Messages[kind], message))
		}
	})
}

// readRow is what a row makes of a message.
func readRow(r row.Row, md protoreflect.MessageDescriptor, message []byte) answer {
	a := answer{Result: oracle.ReadRow(r, md, message)}
	if a.OK {
		a.Encoded = r.Append(nil)
	}
	return a
}

// same fails the test unless an answer is what it must be.
func same(t *testing.T, md protoreflect.MessageDescriptor, message []byte, got answer) {
	t.Helper()
	if err := differs(md, message, got); err != nil {
		t.Fatal(err)
	}
}

// differs says how an answer differs from what it must be. What was encoded must
// read the same again.
func differs(md protoreflect.MessageDescriptor, message []byte, got answer) error {
	want := oracle.Read(md, message)
	if got.Result != want {
		return fmt.Errorf("%s: %x\ngot:  %v\nwant: %v", md.FullName(), message, got.Result, want)
	}
	if again := oracle.ReadAgain(md, got.Encoded); want.OK && again.Values != want.Values {
		return fmt.Errorf("%s: %x\nis written as %x\nwhich is: %v\nwant:     %v", md.FullName(), message, got.Encoded, again, want)
	}
	return nil
}

// one is a schema by its seed, which is made once.
var one struct {
	sync.Mutex
	made map[uint8]*schema.Compiled
}

func schemaOf(t testing.TB, seed uint8) *schema.Compiled {
	one.Lock()
	defer one.Unlock()
	if c := one.made[seed]; c != nil {
		return c
	}
	c, err := schema.Random(uint64(seed), module).Compile(filepath.Join(testenv.Root(), "schema"))
	if err != nil {
		t.Fatal(err)
	}
	if one.made == nil {
		one.made = map[uint8]*schema.Compiled{}
	}
	one.made[seed] = c
	return c
}

// FuzzDynamic: any bytes, for messages of 256 schemas.
func FuzzDynamic(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 2))
	for seed := range uint8(12) {
		c := schemaOf(f, seed)
		for i, md := range c.Messages {
			for _, message := range messages(random, md, 4) {
				f.Add(seed, uint8(i), message)
			}
		}
	}
	f.Fuzz(func(t *testing.T, seed, which uint8, message []byte) {
		c := schemaOf(t, seed)
		md := c.Messages[int(which)%len(c.Messages)]
		r, err := dynamic.NewRow(md)
		if err != nil {
			t.Fatal(err)
		}
		same(t, md, message, readRow(r, md, message))
	})
}
