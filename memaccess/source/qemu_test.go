package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

const mib = 1 << 20

// A dump by QEMU holds what QEMU says its guest's memory is, below the PCI hole and
// above 4 GiB.
func TestQEMU(t *testing.T) {
	for _, machine := range []string{"pc", "q35"} {
		for name, how := range map[string]map[string]any{
			"elf":                       {"paging": false},
			"elf, by virtual addresses": {"paging": true},
			"kdump":                     {"paging": false, "format": "kdump-zlib"},
		} {
			t.Run(machine+"/"+name, func(t *testing.T) {
				g := qemutest.Start(t, qemutest.Options{
					Machine: machine + ",max-ram-below-4g=48M", Memory: "80M", Backend: qemutest.File, Args: []string{"-S"},
				})
				fill(t, g.Path, 80*mib)
				path := filepath.Join(t.TempDir(), "mem")
				how["protocol"] = "file:" + path
				g.Execute("dump-guest-memory", how, nil)
				s := opened(t, path, "")
				if said := s.(memaccess.Warner).Warnings(); len(said) != 0 {
					t.Errorf("warnings %q", said)
				}
				runs := joined(s.Runs())
				// The firmware's memory ends at 4 GiB, where the guest's goes on.
				if last := runs[len(runs)-1]; last.Start > high || last.End() != high+32*mib {
					t.Errorf("the memory above the hole: %v of %v", last, runs)
				}
				checkProbes(t, g, s, runs)
				if strings.HasPrefix(name, "elf") {
					checkFiles(t, s, true)
				}
			})
		}
	}
}

// fill puts noise into the memory of a guest that stands.
func fill(t *testing.T, path string, n int) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt(noise(n-mib, 7), mib); err != nil { // the firmware is in the first
		t.Fatal(err)
	}
}

// checkProbes compares a dump with QEMU's own memory, at the ends of its runs and
// all over them.
func checkProbes(t *testing.T, g *qemutest.Guest, s memaccess.Source, runs []memaccess.Run) {
	t.Helper()
	const n = 5000
	found := 0
	for _, run := range runs {
		if run.Length < n {
			continue
		}
		step := run.Length / 11
		for i := range uint64(12) {
			at := min(run.Start+i*step, run.End()-n)
			want, got := g.Physical(at, n), make([]byte, n)
			if _, err := s.ReadAt(got, int64(at)); err != nil || !bytes.Equal(got, want) {
				t.Errorf("at %#x: %v", at, err)
			}
			if len(bytes.Trim(want, "\x00")) > n/2 {
				found++
			}
		}
	}
	if found < 20 {
		t.Errorf("%d probes had memory that tells", found)
	}
	// The hole is one in the dump too.
	if _, err := s.ReadAt(make([]byte, 1), 1<<30); err == nil || !strings.Contains(err.Error(), "no memory at 0x40000000") {
		t.Errorf("reading in the hole: %v", err)
	}
}
