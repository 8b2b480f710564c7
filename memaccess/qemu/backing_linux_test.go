package qemu

import (
	"os"
	"testing"

	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// Each way to a mapped file leads to it, and another file of its name is told from
// it.
func TestWaysToBacking(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{Backend: qemutest.File, Memory: "64M"})
	m := open(t, g, Options{})
	all, err := mappings(g.Process)
	if err != nil {
		t.Fatal(err)
	}
	s := m.table.Load().segments[0]
	mapped, _, ok := sharedFile(all, s.host, s.Length)
	if !ok || mapped.path != g.Path {
		t.Fatalf("the memory is in %+v", mapped)
	}
	want, err := os.Stat(g.Path)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[known]bool)
	for _, w := range waysTo(g.Process, mapped) {
		f, err := os.Open(w.path)
		if err != nil {
			t.Logf("%s: %v", w.path, err)
			continue
		}
		info, err := f.Stat()
		if err != nil || !os.SameFile(info, want) || !w.leadsTo(f, mapped) {
			t.Errorf("%s leads elsewhere: %v", w.path, err)
		}
		seen[w.known] = true
		f.Close()
	}
	if !seen[nameOnly] || !seen[descriptor] {
		t.Errorf("the ways that were open are %v", seen)
	}

	// The name is another file's now.
	if err := os.Rename(g.Path, g.Path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(g.Path, []byte("not the guest"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, path, err := openMapped(g.Process, mapped)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !os.SameFile(info, want) {
		t.Errorf("%s was opened, which is another file: %v", path, err)
	}
}
