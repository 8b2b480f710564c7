package qemu

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parseMaps(t *testing.T, text string) []mapping {
	t.Helper()
	var all []mapping
	for line := range strings.Lines(text) {
		m, ok := parseMapping(strings.TrimSpace(line))
		if !ok {
			t.Fatalf("%q is not understood", line)
		}
		all = append(all, m)
	}
	return all
}

func TestParseMapping(t *testing.T) {
	got := parseMaps(t, `7fe32ffff000-7fe33ffff000 rw-s 00001000 00:01 27                         /memfd:memory-backend-memfd (deleted)
		7f9954000000-7f995424d000 r--p 00000000 00:00 0
		7f9954000000-7f995424d000 ---p 00000000 fe:00 10168603 /a file  of spaces`)
	want := []mapping{
		{0x7fe32ffff000, 0x7fe33ffff000, true, true, true, 0x1000, "00:01", 27, "/memfd:memory-backend-memfd (deleted)"},
		{start: 0x7f9954000000, end: 0x7f995424d000, readable: true, device: "00:00"},
		{start: 0x7f9954000000, end: 0x7f995424d000, device: "fe:00", inode: 10168603, path: "/a file  of spaces"},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(mapping{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, bad := range []string{"", "x", "1-2", "2-1 rw-p 0 00:00 0", "1-2 rwp 0 00:00 0", "1-2 rw-p g 00:00 0", "1-2 rw-p 0 00:00", "1-2 rw-p 0 00:00 x /f"} {
		if m, ok := parseMapping(bad); ok {
			t.Errorf("%q is %+v", bad, m)
		}
	}
}

// Memory lies in a shared file only if all of it does, in one, in order.
func TestSharedFile(t *testing.T) {
	all := parseMaps(t, `1000-3000 rw-s 5000 00:01 7 /ram
		3000-4000 rw-s 7000 00:01 7 /ram
		4000-5000 rw-s 7000 00:01 7 /ram
		5000-6000 rw-p 8000 00:01 7 /ram
		7000-8000 rw-s 0 00:01 8 /other
		8000-9000 ---s 0 00:01 8 /other
		9000-a000 rw-s 0 00:00 0`)
	tests := []struct {
		name          string
		start, length uint64
		covered       bool
		file          bool
		offset        uint64
	}{
		{"one", 0x1000, 0x2000, true, true, 0x5000},
		{"within one", 0x1800, 0x800, true, true, 0x5800},
		{"two pieces", 0x2000, 0x2000, true, true, 0x6000},
		{"out of order", 0x3000, 0x2000, true, false, 0},
		{"partly private", 0x4000, 0x2000, true, false, 0},
		{"over a gap", 0x5000, 0x3000, false, false, 0},
		{"only set apart", 0x7000, 0x2000, false, false, 0},
		{"no file", 0x9000, 0x1000, true, false, 0},
		{"past the end", 0x9000, 0x2000, false, false, 0},
		{"nowhere", 0x100, 0x100, false, false, 0},
		{"around the end of numbers", 0x9000, ^uint64(0) - 0x100, false, false, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := covering(all, tt.start, tt.length) != nil; got != tt.covered {
				t.Errorf("covered: %t", got)
			}
			_, offset, ok := sharedFile(all, tt.start, tt.length)
			if ok != tt.file || ok && offset != tt.offset {
				t.Errorf("in a file: %t, at %#x", ok, offset)
			}
		})
	}
}
