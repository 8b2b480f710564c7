package fuzz

import (
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/volint/volint/internal/fuzz/message"
	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// What the tests run when nothing else is asked for: few schemas, always the same.
var (
	schemas  = flag.Int("schemas", 3, "how many random schemas")
	seed     = flag.Uint64("seed", 1, "the seed of the first one; 0 takes one from the clock")
	duration = flag.Duration("for", 0, "how long to make messages, instead of a fixed number")
)

// module is where the generated Go packages are.
const module = "github.com/volint/volint/internal/fuzz/generated"

// all are the schemas of this run, those of the cases first, compiled together;
// known are the cases' messages by their types.
var all = sync.OnceValues(func() (*schema.Compiled, error) {
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano()) >> 10
	}
	some, messages, err := readCases()
	if err != nil {
		return nil, err
	}
	known = messages
	known[limits] = append(known[limits], nested()...)
	for _, trap := range traps(300) {
		known[limits] = append(known[limits], trap)
	}
	for i := range *schemas {
		some = append(some, schema.Random(*seed+uint64(i), module))
	}
	return schema.Join(some...).Compile(filepath.Join(testenv.Root(), "schema"))
})

var known map[string][][]byte

func compiled(t testing.TB) *schema.Compiled {
	t.Helper()
	c, err := all()
	if err != nil {
		t.Fatalf("seed %d: %v", *seed, err)
	}
	t.Logf("seed %d, %d schemas", *seed, *schemas)
	return c
}

// descriptorSet writes the schemas' descriptors to a file.
func descriptorSet(t testing.TB, c *schema.Compiled) string {
	t.Helper()
	set, err := c.Set()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "set.binpb")
	if err := os.WriteFile(path, set, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// testeeFile is the path of a file of the testees.
func testeeFile(name string) string {
	return filepath.Join(testenv.Root(), "internal", "fuzz", "testee", name)
}

// perBatch is how many messages go to a testee at once.
const perBatch = 400

// everything tries the cases, and makes messages of all types, in so many batches
// a type, or for as long as was asked for.
func everything(t *testing.T, c *schema.Compiled, batches int, try func(kind int, batch [][]byte)) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 0))
	for kind, name := range c.Roots {
		if cases := known[name]; len(cases) > 0 {
			try(kind, cases)
		}
	}
	tried, end := 0, time.Now().Add(*duration)
	for round := 0; round < batches && *duration == 0 || time.Now().Before(end); round++ {
		for kind, md := range c.Messages {
			batch := messages(random, md, perBatch)
			try(kind, batch)
			tried += len(batch)
		}
	}
	t.Logf("%d messages", tried)
}

// messages makes messages of a type: half of them as they are made, half with
// bytes changed.
func messages(random *rand.Rand, md protoreflect.MessageDescriptor, n int) [][]byte {
	var out [][]byte
	var last []byte
	for len(out) < n {
		whole := message.Random(random, md)
		out = append(out, whole, message.Mutate(random, whole, last))
		last = whole
	}
	return out
}
