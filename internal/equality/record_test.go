package equality_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/volint/volint/internal/equality"
	"github.com/volint/volint/internal/testenv"
)

// record writes down what is known of an image that never changes, if it is wanted.
func (c *comparison) record(im image) {
	if !writing || im.some != nil {
		return
	}
	digests, err := equality.ReadDigests(digestFile)
	if err != nil {
		c.t.Fatal(err)
	}
	known := map[string]equality.Digest{}
	for _, command := range c.commands {
		if table, ok := c.reference(command); ok {
			known[command.String()] = equality.DigestOf(table)
		}
	}
	maps.DeleteFunc(digests, func(key string, _ map[string]equality.Digest) bool {
		return strings.HasPrefix(key, fmt.Sprintf("volatility%d-", c.by.Version))
	})
	digests[c.store.Key] = known
	if err := digests.Write(digestFile); err != nil {
		c.t.Error(err)
	}
}

// seed is that of the orders, which are others each time.
func seed(t *testing.T) uint64 {
	text := os.Getenv("VOLINT_SEED")
	if text == "" {
		return rand.Uint64() >> 32
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("VOLINT_SEED: %v", err)
	}
	return seed
}

// write writes the document, and what is known of the image that never changes.
func write(t *testing.T, reports []*equality.Report) {
	t.Helper()
	text, err := os.ReadFile("head.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		text = append(text, r.Markdown()+"\n"...)
	}
	t.Logf("%s", text)
	path := filepath.Join(testenv.Root(), "bench", "session", "EQUALITY.md")
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Error(err)
	}
}
