package qemu

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/volint/volint/memaccess"
)

// region is a stretch of guest-physical memory that lies in one piece of the
// emulator's memory.
type region struct {
	memaccess.Run
	name   string // of the memory region
	offset uint64 // of the start in it
}

// flatLine is a line of `info mtree -f`:
//
//	0000000100000000-000000023fffffff (prio 0, ram): pc.ram @00000000c0000000 KVM
//
// The end is the last byte's address. The offset is left out where it is 0, and
// what follows it are an accelerator's name, once for each address space, and in
// some versions an owner. Some print 0x before numbers, or no priority.
var flatLine = regexp.MustCompile(`^\s+(?:0x)?([0-9a-f]{1,16})-(?:0x)?([0-9a-f]{1,16}) \((?:prio -?\d+, )?([a-z/-]+)\): (\S+)(?: @(?:0x)?([0-9a-f]{1,16}))?(?: .*)?$`)

// addressSpace is how QEMU calls the guest's physical memory.
const addressSpace = `AS "memory"`

// parseFlatView returns the stretches of memory in the flat view of the guest's
// physical memory, by address, whatever memory it is: a device's and firmware's
// too. MMIO is left out.
func parseFlatView(text string) []region {
	var all, view []region
	var wanted bool
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "FlatView"):
			if wanted {
				all = append(all, view...)
			}
			view, wanted = nil, false
		case strings.HasPrefix(strings.TrimSpace(line), addressSpace):
			wanted = true
		default:
			if r, ok := parseFlatLine(line); ok {
				view = append(view, r)
			}
		}
	}
	if wanted {
		all = append(all, view...)
	}
	return inOrder(all)
}

// parseFlatLine reads a line of memory.
func parseFlatLine(line string) (region, bool) {
	m := flatLine.FindStringSubmatch(line)
	if m == nil || !isMemory(m[3]) {
		return region{}, false
	}
	// The expression leaves room for no other errors than none.
	start, _ := strconv.ParseUint(m[1], 16, 64)
	last, _ := strconv.ParseUint(m[2], 16, 64)
	offset, _ := strconv.ParseUint(m[5], 16, 64) // "" is 0
	length := last - start + 1
	if last < start || last+1 == 0 || offset+length < offset {
		return region{}, false
	}
	return region{memaccess.Run{Start: start, Length: length}, m[4], offset}, true
}

// isMemory reports whether a kind of line is memory that can be read without the
// device that it may belong to. ramd and romd are a device's own.
func isMemory(kind string) bool {
	switch strings.TrimPrefix(kind, "nv-") {
	case "ram", "rom":
		return true
	}
	return false
}

// inOrder sorts regions, and leaves out what overlaps: there is none in a flat
// view.
func inOrder(regions []region) []region {
	slices.SortStableFunc(regions, func(a, b region) int { return cmp.Compare(a.Start, b.Start) })
	var end uint64
	return slices.DeleteFunc(regions, func(r region) bool {
		if r.Start < end {
			return true
		}
		end = r.End()
		return false
	})
}

// guestMemory chooses the regions that are the guest's own memory: those of its
// memory backends. Firmware and what devices map are none. Neighbours that lie side
// by side in one backend become one.
func guestMemory(regions []region, backends []string) []region {
	var out []region
	for _, r := range regions {
		// Some machines name a region by the backend's whole path.
		name := strings.TrimPrefix(r.name, "/objects/")
		if !slices.Contains(backends, name) {
			continue
		}
		r.name = name
		if n := len(out); n > 0 && out[n-1].continuedBy(r) {
			out[n-1].Length += r.Length
			continue
		}
		out = append(out, r)
	}
	return out
}

func (r region) continuedBy(next region) bool {
	return r.End() == next.Start && r.name == next.name && r.offset+r.Length == next.offset
}

// hostAddress finds the address in what gpa2hva prints:
//
//	Host virtual address for 0x100000000 (pc.ram) is 0x7f2e40000000
var hostAddress = regexp.MustCompile(`^Host virtual address for (?:0x)?[0-9a-f]+ \(.*\) is (?:0x)?([0-9a-f]{1,16})\s*$`)

// parseHostAddress returns the address, and false where QEMU printed something
// else: what is wrong.
func parseHostAddress(text string) (uint64, bool) {
	m := hostAddress.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	address, err := strconv.ParseUint(m[1], 16, 64)
	return address, err == nil && address != 0
}
