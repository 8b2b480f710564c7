package fuzz

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

var (
	invariant = regexp.MustCompile(`(?m)^(\d+)\. \*\*`)
	goTest    = regexp.MustCompile("`([a-z][\\w/-]*)\\.((?:Test|Fuzz)\\w+)`")
	pythonOne = regexp.MustCompile("`([a-z][\\w/-]*\\.py):(test_\\w+)`")
)

// TestSecurityDocument: every invariant of docs/security.md has a number and names
// tests, and those are there.
func TestSecurityDocument(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(testenv.Root(), "docs", "security.md"))
	if err != nil {
		t.Fatal(err)
	}
	starts := invariant.FindAllStringSubmatchIndex(string(text), -1)
	if len(starts) == 0 {
		t.Fatal("no invariants")
	}
	for i, start := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		body, number := string(text[start[0]:end]), string(text[start[2]:start[3]])
		if body, _, _ = strings.Cut(body, "\n## "); number != fmt.Sprint(i+1) {
			t.Errorf("invariant %s is number %d", number, i+1)
		}
		tests := append(goTest.FindAllStringSubmatch(body, -1), pythonOne.FindAllStringSubmatch(body, -1)...)
		if len(tests) == 0 {
			t.Errorf("invariant %s names no test", number)
		}
		for _, test := range tests {
			if !isThere(t, test[1], test[2]) {
				t.Errorf("invariant %s: there is no %s in %s", number, test[2], test[1])
			}
		}
	}
}

// isThere reports whether a package, or a file in Python, has a test.
func isThere(t *testing.T, place, name string) bool {
	t.Helper()
	pattern, declared := filepath.Join(testenv.Root(), place, "*_test.go"), "func "+name+"("
	if strings.HasSuffix(place, ".py") {
		pattern, declared = filepath.Join(testenv.Root(), place), "    def "+name+"("
	}
	paths, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains("\n"+string(text), "\n"+declared) {
			return true
		}
	}
	return false
}
