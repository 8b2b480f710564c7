package qemu

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// flat is a flat view of physical memory with these lines.
func flat(lines ...string) string {
	return "FlatView #0\n AS \"I/O\", root: io\n Root memory region: io\n" +
		"  0000000000000000-0000000000000007 (prio 0, ram): pc.ram\n\n" +
		"FlatView #1\n AS \"memory\", root: system\n AS \"cpu-memory-0\", root: system\n Root memory region: system\n" +
		strings.Join(lines, "\n") + "\n\n" +
		"FlatView #2\n AS \"cpu-smm-0\", root: memory\n  0000000000000000-00000000000a0000 (prio 0, ram): smram\n"
}

func at(start, length, offset uint64) region {
	return region{memaccess.Run{Start: start, Length: length}, "pc.ram", offset}
}

func TestGuestMemory(t *testing.T) {
	low := at(0, 0xA0000, 0)
	tests := []struct {
		name, text string
		want       []region
	}{
		{"low and high", flat(
			"  0000000000000000-00000000bfffffff (prio 0, ram): pc.ram",
			"  00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi",
			"  0000000100000000-000000017fffffff (prio 0, ram): pc.ram @00000000c0000000",
		), []region{at(0, 0xC0000000, 0), at(1<<32, 0x80000000, 0xC0000000)}},
		{"pieces that lie side by side", flat(
			"  0000000000000000-00000000000c2fff (prio 0, ram): pc.ram",
			"  00000000000c3000-00000000000e7fff (prio 0, rom): pc.ram @00000000000c3000",
			"  00000000000e8000-000000000fffffff (prio 0, ram): pc.ram @00000000000e8000",
		), []region{at(0, 0x10000000, 0)}},
		{"pieces that only touch", flat(
			"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram",
			"  00000000000a0000-00000000000affff (prio 0, ram): pc.ram @00000000000c0000",
		), []region{low, at(0xA0000, 0x10000, 0xC0000)}},
		{"with an accelerator", flat(
			"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram KVM KVM",
			"  0000000100000000-000000010000ffff (prio 0, ram): pc.ram @00000000000c0000 KVM",
		), []region{low, at(1<<32, 0x10000, 0xC0000)}},
		{"with owners", flat(
			"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram owner:{obj path=/objects/pc.ram} KVM",
		), []region{low}},
		{"with 0x, without a priority", flat(
			"  0x0000000000000000-0x000000000009ffff (ram): pc.ram",
			"  0x0000000100000000-0x000000010000ffff (ram): pc.ram @0x00000000000c0000",
		), []region{low, at(1<<32, 0x10000, 0xC0000)}},
		{"as a path, and not volatile", flat(
			"  0000000000000000-000000000009ffff (prio 0, nv-ram): /objects/pc.ram",
		), []region{low}},
		{"of others", flat(
			"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram",
			"  00000000000a0000-00000000000affff (prio 1, ram): vga.vram",
			"  00000000fd000000-00000000fdffffff (prio 1, ramd): pc.ram",
			"  00000000fe000000-00000000fe000fff (prio 1, i/o): pc.ram",
			"  00000000fffc0000-00000000ffffffff (prio 0, rom): pc.bios",
		), []region{low}},
		{"nonsense", flat(
			"  0000000000000000-000000000009ffff (prio 0, ram): pc.ram",
			"  0000000000001000-0000000000001fff (prio 0, ram): pc.ram",
			"  00000000fffff000-00000000ffffefff (prio 0, ram): pc.ram",
			"  fffffffffffff000-ffffffffffffffff (prio 0, ram): pc.ram",
			"  0000000200000000-0000000200000fff (prio 0, ram): pc.ram @fffffffffffff001",
			"  0000000200000000-00000002000000000 (prio 0, ram): pc.ram",
		), []region{low}},
		{"no view of memory", "FlatView #0\n AS \"I/O\", root: io\n  0000000000000000-000000000009ffff (prio 0, ram): pc.ram\n", nil},
		{"nothing", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, text := range []string{tt.text, strings.ReplaceAll(tt.text, "\n", "\r\n")} {
				got := guestMemory(parseFlatView(text), []string{"other", "pc.ram"})
				if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(region{})); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// What QEMUs have printed.
func TestFlatViewsOfQEMUs(t *testing.T) {
	tests := map[string][]region{
		"pc-5g-7.2.txt":       {at(0, 0xC0000000, 0), at(1<<32, 0x80000000, 0xC0000000)},
		"q35-vga-7.2.txt":     {at(0, 0xA0000, 0), at(0xC0000, 0x0FF40000, 0xC0000)},
		"microvm-7.2.txt":     {at(0, 0xF0000, 0), at(0x100000, 0x0FF00000, 0x100000)},
		"q35-below1g-7.2.txt": {at(0, 0x40000000, 0), at(1<<32, 0x40000000, 0x40000000)},
	}
	for file, want := range tests {
		t.Run(file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "mtree", file))
			if err != nil {
				t.Fatal(err)
			}
			got := guestMemory(parseFlatView(string(text)), []string{"pc.ram"})
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(region{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestHostAddress(t *testing.T) {
	tests := []struct {
		text string
		want uint64
		ok   bool
	}{
		{"Host virtual address for 0x0 (pc.ram) is 0x7fa237e00000\n", 0x7fa237e00000, true},
		{"Host virtual address for 0x0 (a (b) is 1) is 7fa237e00000\r\n", 0x7fa237e00000, true},
		{"Host virtual address for 0x0 (pc.ram) is (nil)\n", 0, false},
		{"Host virtual address for 0x0 (pc.ram) is 0x0\n", 0, false},
		{"Memory at address 0xfee00000 is not RAM\n", 0, false},
		{"unknown command: 'gpa2hva'\n", 0, false},
	}
	for _, tt := range tests {
		if got, ok := parseHostAddress(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("%q gave %#x, %t", tt.text, got, ok)
		}
	}
}

// Whatever QEMU prints, the regions are in order and don't overlap, and none wraps
// around.
func FuzzFlatView(f *testing.F) {
	f.Add(flat("  0000000000000000-00000000bfffffff (prio 0, ram): pc.ram", "  0000000100000000-000000017fffffff (prio 0, ram): pc.ram @00000000c0000000 KVM"))
	f.Add(flat("  fffffffffffff000-ffffffffffffffff (prio -1, nv-rom): /objects/pc.ram owner:{obj}"))
	f.Add("FlatView #0\r\n AS \"memory\"\r\n  0x1-0x2 (ram): pc.ram @0xffffffffffffffff")
	f.Fuzz(func(t *testing.T, text string) {
		var end uint64
		for _, r := range guestMemory(parseFlatView(text), []string{"pc.ram"}) {
			if r.Start < end || r.End() <= r.Start || r.offset+r.Length < r.offset {
				t.Fatalf("a region from %#x to %#x with offset %#x follows one that ends at %#x", r.Start, r.End(), r.offset, end)
			}
			end = r.End()
		}
		_, _ = parseHostAddress(text)
	})
}
