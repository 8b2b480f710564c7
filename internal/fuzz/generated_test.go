//go:build generated

package fuzz

import "testing"

// TestGo runs these, with the packages that they need.

func TestGenerated(t *testing.T) {
	all, err := commandsFor(compiled(t).Messages)
	if err != nil {
		t.Fatal(err)
	}
	tryAll(t, all)
}

func FuzzGenerated(f *testing.F) {
	all, err := commandsFor(compiled(f).Messages)
	if err != nil {
		f.Fatal(err)
	}
	fuzzAll(f, all)
}
