package qemu

import (
	"context"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// segment is a stretch of guest memory that is read in one way.
type segment struct {
	memaccess.Run
	host    uint64   // of the start, in the emulator's process
	backing *backing // the file that it is read from; nil to read the process
	offset  int64    // of the start in the file
}

// table is the guest's address map at one time.
type table struct {
	segments []segment
	runs     []memaccess.Run
	made     time.Time
}

// find returns the segment that holds an address.
func (t *table) find(addr uint64) (segment, bool) {
	i := sort.Search(len(t.segments), func(i int) bool { return t.segments[i].End() > addr })
	if i == len(t.segments) || t.segments[i].Start > addr {
		return segment{}, false
	}
	return t.segments[i], true
}

func newTable(segments []segment) *table {
	t := &table{segments: segments, made: time.Now()}
	for _, s := range segments {
		t.runs = append(t.runs, s.Run)
	}
	return t
}

const hintVersion = "volint reads guests of QEMU 2.10 and later, which know the monitor's `info mtree -f` and `gpa2hva`"

// askSegments asks QEMU where the guest's memory is.
func askSegments(ctx context.Context, c *qmp.Conn) ([]segment, error) {
	text, err := c.Monitor(ctx, "info mtree -f")
	if err != nil {
		return nil, err
	}
	regions := parseFlatView(text)
	backends, err := askBackends(ctx, c)
	if err != nil {
		return nil, err
	}
	if len(regions) > 0 && (len(backends) == 0 || isDefault(regions[0])) {
		backends = append(backends, regions[0].name)
	}
	var segments []segment
	for _, r := range guestMemory(regions, backends) {
		text, err := c.Monitor(ctx, "gpa2hva "+hex(r.Start))
		if err != nil {
			return nil, err
		}
		host, ok := parseHostAddress(text)
		if !ok {
			return nil, memaccess.Errorf(hintVersion, "QEMU does not tell where it has the guest's memory at %s: %s", hex(r.Start), strings.TrimSpace(text))
		}
		segments = append(segments, segment{Run: r.Run, host: host})
	}
	if len(segments) == 0 {
		return nil, memaccess.Errorf(hintVersion, "QEMU tells of no guest memory in `info mtree -f`")
	}
	return segments, nil
}

// isDefault reports whether a region is a machine's memory by its place and name
// ("pc.ram"). Before QEMU 5.0 it was none of a backend's.
func isDefault(r region) bool { return r.Start == 0 && strings.HasSuffix(r.name, ".ram") }

// askBackends asks for the names of what holds the guest's memory.
func askBackends(ctx context.Context, c *qmp.Conn) ([]string, error) {
	var backends []struct{ ID string }
	if err := c.Execute(ctx, "query-memdev", nil, &backends); err != nil && !isRefusal(err) {
		return nil, err
	}
	var devices []struct {
		Type string
		Data struct{ Memdev string }
	}
	if err := c.Execute(ctx, "query-memory-devices", nil, &devices); err != nil && !isRefusal(err) {
		return nil, err
	}
	var names []string
	for _, b := range backends {
		names = append(names, b.ID)
	}
	for _, d := range devices {
		name := d.Data.Memdev[strings.LastIndexByte(d.Data.Memdev, '/')+1:]
		if d.Type == "sgx-epc" { // nobody but its enclave can read it
			names = slices.DeleteFunc(names, func(n string) bool { return n == name })
			continue
		}
		names = append(names, name)
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "" }), nil
}
