package qemu

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

const (
	mib = uint64(1) << 20
	gib = uint64(1) << 30
)

// Markers that QEMU itself put at guest-physical addresses are found there, in every
// machine, by every way, on both sides of the hole.
func TestMarkers(t *testing.T) {
	backends := map[string]qemutest.Backend{
		"anonymous": qemutest.Anonymous, "file": qemutest.File, "memfd": qemutest.Memfd, "private": qemutest.Private,
	}
	tests := []struct {
		machine, memory string
		backends        []string
		ends            []uint64 // of the runs above the first MiB
	}{
		{"pc", "256M", []string{"anonymous", "file", "memfd", "private"}, []uint64{256 * mib}},
		{"q35", "256M", []string{"anonymous", "memfd"}, []uint64{256 * mib}},
		{"microvm", "256M", []string{"anonymous", "memfd"}, []uint64{256 * mib}},
		{"pc,max-ram-below-4g=128M", "384M", []string{"anonymous", "file", "memfd"}, []uint64{128 * mib, 4*gib + 256*mib}},
		{"q35,max-ram-below-4g=128M", "384M", []string{"anonymous", "memfd"}, []uint64{128 * mib, 4*gib + 256*mib}},
		{"pc", "5G", []string{"memfd"}, []uint64{3 * gib, 6 * gib}},
		{"q35", "5G", []string{"memfd"}, []uint64{2 * gib, 7 * gib}},
	}
	for _, tt := range tests {
		for _, backend := range tt.backends {
			t.Run(fmt.Sprintf("%s %s %s", tt.machine, tt.memory, backend), func(t *testing.T) {
				markers := make(map[uint64]uint64)
				start := 16 * mib
				for _, end := range tt.ends {
					// Firmware keeps tables below the end of low memory.
					for addr := start; addr < end-mib; addr += (end-start)/7 + 4096 {
						markers[addr+4092&^7] = addr ^ 0x5555_0000_AAAA_0000
					}
					start = 4 * gib
				}
				g := qemutest.Start(t, qemutest.Options{Machine: tt.machine, Memory: tt.memory, Backend: backends[backend], Markers: markers})
				m := open(t, g, Options{})
				for addr, want := range markers {
					if got := binary.LittleEndian.Uint64(read(t, m, addr, 8)); got != want {
						t.Errorf("at %#x is %#x, want %#x", addr, got, want)
					}
				}
				checkRuns(t, m, tt.ends)
				checkSecondOpinion(t, g, m)
				if got, want := m.Runs()[0], backend == "file" || backend == "memfd"; (fileOf(m, got) != nil) != want {
					t.Errorf("there is a file: %t", !want)
				}
				if id := m.Identity(); id.Process != g.Process || !id.Live() || id.Started == 0 {
					t.Errorf("the identity is %+v; the process is %d", id, g.Process)
				}
			})
		}
	}
}

func fileOf(f memaccess.Filer, run memaccess.Run) any {
	if file, _ := f.File(run); file != nil {
		return file
	}
	return nil
}

// checkRuns looks at where memory ends.
func checkRuns(t *testing.T, m memaccess.Source, want []uint64) {
	t.Helper()
	var ends []uint64
	for _, r := range m.Runs() {
		if r.End() > mib {
			ends = append(ends, r.End())
		}
	}
	if diff := cmp.Diff(want, ends); diff != "" {
		t.Errorf("ends of runs (-want +got):\n%s\n%+v", diff, m.Runs())
	}
	last := want[len(want)-1]
	for _, addr := range []uint64{last, last - 4, 0xFEE00000, 1 << 62} {
		if _, err := m.ReadAt(make([]byte, 8), int64(addr)); err == nil {
			t.Errorf("8 bytes at %#x can be read", addr)
		}
	}
}

// checkSecondOpinion compares pages with what QEMU's pmemsave says, which takes
// another way to them. The guest stands while it does.
func checkSecondOpinion(t *testing.T, g *qemutest.Guest, m memaccess.Source) {
	t.Helper()
	g.Execute("stop", nil, nil)
	defer g.Execute("cont", nil, nil)
	for _, r := range m.Runs() {
		for _, addr := range []uint64{r.Start, r.Start + r.Length/2&^4095, r.End() - 4096} {
			if !bytes.Equal(read(t, m, addr, 4096), g.Physical(addr, 4096)) {
				t.Errorf("the page at %#x is not what QEMU says", addr)
			}
		}
	}
}

// An NVDIMM that QEMU itself maps for reading only is memory, too.
func TestReadOnlyNVDIMM(t *testing.T) {
	const size = 32 << 20
	file := filepath.Join(t.TempDir(), "nvdimm")
	want := bytes.Repeat([]byte("persistent"), size/10+1)[:size]
	if err := os.WriteFile(file, want, 0o600); err != nil {
		t.Fatal(err)
	}
	g := qemutest.Start(t, qemutest.Options{
		Machine: "pc,nvdimm=on", Memory: "128M,slots=1,maxmem=1G",
		Args: []string{
			"-object", fmt.Sprintf("memory-backend-file,id=nv,share=on,readonly=on,size=%d,mem-path=%s", size, file),
			"-device", "nvdimm,memdev=nv,unarmed=on",
		},
	})
	m := open(t, g, Options{Writable: true})
	var devices []struct{ Data struct{ Addr uint64 } }
	g.Execute("query-memory-devices", nil, &devices)
	if got := read(t, m, devices[0].Data.Addr+12345, 8192); !bytes.Equal(got, want[12345:12345+8192]) {
		t.Error("it reads as something else")
	}
	if _, err := (&writable{m}).WriteAt([]byte{1}, int64(devices[0].Data.Addr)); err == nil || !strings.Contains(err.Error(), "for reading only") {
		t.Errorf("writing to it gives %v", err)
	}
}

// Memory of several backends, as libvirt sets up several nodes, and with names as
// older machines have them.
func TestSeveralBackends(t *testing.T) {
	markers := map[uint64]uint64{16 * mib: 0x1111, 127 * mib: 0x2222, 129 * mib: 0x3333, 200 * mib: 0x4444}
	g := qemutest.Start(t, qemutest.Options{
		Machine: "q35,x-oem-id=volint", Memory: "256M", Markers: markers,
		Args: []string{
			"-object", "memory-backend-memfd,id=node0,share=on,size=128M,x-use-canonical-path-for-ramblock-id=true",
			"-object", "memory-backend-ram,id=node1,size=128M",
			"-numa", "node,memdev=node0", "-numa", "node,memdev=node1",
		},
	})
	m := open(t, g, Options{})
	for addr, want := range markers {
		if got := binary.LittleEndian.Uint64(read(t, m, addr, 8)); got != want {
			t.Errorf("at %#x is %#x, want %#x", addr, got, want)
		}
	}
	checkSecondOpinion(t, g, m)
	// One read across both, of which one is a file and the other none.
	across := read(t, m, 128*mib-4096, 8192)
	if !bytes.Equal(across, g.Physical(128*mib-4096, 8192)) {
		t.Error("what lies across both is not what QEMU says")
	}
	runs := m.Runs()
	if last := runs[len(runs)-1]; last.Start != 128*mib || fileOf(m, last) != nil || fileOf(m, runs[len(runs)-2]) == nil {
		t.Errorf("the runs are %+v", runs)
	}
}
