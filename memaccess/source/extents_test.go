package source

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

var compareExtents = cmp.AllowUnexported(extent{})

func TestArrange(t *testing.T) {
	at := func(start, length uint64, offset int64) extent {
		return extent{start: start, length: length, offset: offset}
	}
	none := func(start, length uint64) extent { return extent{start: start, length: length, kind: zeros} }
	group := func(start, length uint64, offset int64, skip uint32) extent {
		return extent{start: start, length: length, offset: offset, skip: skip, kind: packed}
	}
	for _, tt := range []struct {
		name        string
		found, want []extent
		within      uint64 // the address of the first one that overlaps; 0 is none
	}{
		{name: "nothing"},
		{name: "sorted", found: []extent{at(20, 5, 0), at(10, 5, 50)}, want: []extent{at(10, 5, 50), at(20, 5, 0)}},
		{name: "joined where the file goes on", found: []extent{at(10, 5, 50), at(15, 5, 55)}, want: []extent{at(10, 10, 50)}},
		{name: "apart where it does not", found: []extent{at(10, 5, 50), at(15, 5, 60)}, want: []extent{at(10, 5, 50), at(15, 5, 60)}},
		{name: "the lower stands", found: []extent{at(12, 6, 100), at(10, 5, 50)}, want: []extent{at(10, 5, 50), at(15, 3, 103)}, within: 12},
		{name: "the first stands", found: []extent{at(10, 5, 50), at(10, 9, 100)}, want: []extent{at(10, 5, 50), at(15, 4, 105)}, within: 10},
		{name: "one within another", found: []extent{at(10, 9, 50), at(12, 2, 100), at(19, 1, 200)}, want: []extent{at(10, 9, 50), at(19, 1, 200)}, within: 12},
		{name: "packed ones keep where their chunks begin", found: []extent{at(10, 5, 50), group(12, 8, 100, 0)}, want: []extent{at(10, 5, 50), group(15, 5, 100, 3)}, within: 12},
		{name: "packed ones are not joined", found: []extent{group(10, 5, 100, 0), group(15, 5, 105, 0)}, want: []extent{group(10, 5, 100, 0), group(15, 5, 105, 0)}},
		{name: "zeros stand back", found: []extent{none(0, 30), at(10, 5, 50)}, want: []extent{none(0, 10), at(10, 5, 50), none(15, 15)}},
		{name: "zeros around several", found: []extent{none(0, 12), none(12, 18), at(10, 5, 50), at(20, 20, 70)}, want: []extent{none(0, 10), at(10, 5, 50), none(15, 5), at(20, 20, 70)}},
		{name: "zeros that bytes cover", found: []extent{none(12, 2), none(14, 1), at(10, 5, 50)}, want: []extent{at(10, 5, 50)}},
		{name: "zeros behind all", found: []extent{at(10, 5, 50), none(15, 5)}, want: []extent{at(10, 5, 50), none(15, 5)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, within := arrange(ranges(tt.found))
			if diff := cmp.Diff(tt.want, got, compareExtents); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var start uint64
			if within != nil {
				start = within.start
			}
			if start != tt.within {
				t.Errorf("the first that overlaps begins at %d, want %d", start, tt.within)
			}
		})
	}
}

// The pieces of a range stand or fall with it, wherever each begins.
func TestArrangePieces(t *testing.T) {
	piece := func(rangeStart, start uint64, offset int64) found {
		return found{extent{start: start, length: 4, offset: offset, kind: packed}, rangeStart}
	}
	got, _ := arrange([]found{piece(2, 2, 100), piece(2, 6, 104), piece(0, 0, 200), piece(0, 4, 204)})
	want := []extent{
		{start: 0, length: 4, offset: 200, kind: packed}, {start: 4, length: 4, offset: 204, kind: packed},
		{start: 8, length: 2, offset: 104, kind: packed, skip: 2},
	}
	if diff := cmp.Diff(want, got, compareExtents); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// ranges are extents that are a range each.
func ranges(extents []extent) []found {
	var all []found
	for _, e := range extents {
		all = append(all, found{extent: e, rangeStart: e.start})
	}
	return all
}

// holder is who holds an address, in the plainest words: bytes before zeros, the
// lower one before the higher one, the first before the second.
func holder(found []extent, addr uint64) *extent {
	var best *extent
	for i := range found {
		e := &found[i]
		switch {
		case addr < e.start || addr >= e.end():
		case best == nil, best.kind == zeros && e.kind != zeros,
			(best.kind == zeros) == (e.kind == zeros) && e.start < best.start:
			best = e
		}
	}
	return best
}

// checkArranged holds arrange and runsOf against holder, for each address.
func checkArranged(t *testing.T, found []extent, limit uint64) {
	t.Helper()
	before := append([]extent(nil), found...)
	arranged, within := arrange(ranges(found))
	runs := runsOf(arranged)
	if overlaps := overlap(before); overlaps != (within != nil) {
		t.Fatalf("%+v overlap: %v; told: %+v", before, overlaps, within)
	}
	for i := range arranged {
		if arranged[i].length == 0 || i > 0 && arranged[i].start < arranged[i-1].end() {
			t.Fatalf("%+v became %+v", before, arranged)
		}
	}
	for addr := range limit {
		want, got := holder(before, addr), (*extent)(nil)
		if i := find(arranged, addr); i < len(arranged) && arranged[i].start <= addr {
			got = &arranged[i]
		}
		if (want == nil) != (got == nil) || inRuns(runs, addr) != (want != nil) {
			t.Fatalf("%+v became %+v and %v: wrong at %d", before, arranged, runs, addr)
		}
		if want == nil {
			continue
		}
		// At the same byte of the file, or in the same chunks.
		w, g := want.from(addr), got.from(addr)
		if w.kind != g.kind || w.kind != zeros && w.offset != g.offset || w.skip != g.skip {
			t.Fatalf("%+v became %+v: wrong at %d: %+v, want %+v", before, arranged, addr, g, w)
		}
	}
}

func overlap(found []extent) bool {
	for i, a := range found {
		for _, b := range found[:i] {
			if a.kind != zeros && b.kind != zeros && a.start < b.end() && b.start < a.end() {
				return true
			}
		}
	}
	return false
}

func inRuns(runs []memaccess.Run, addr uint64) bool {
	for _, r := range runs {
		if addr >= r.Start && addr < r.End() {
			return true
		}
	}
	return false
}

// extentsFrom makes extents of three bytes each.
func extentsFrom(b []byte) []extent {
	var found []extent
	for ; len(b) >= 3; b = b[3:] {
		e := extent{start: uint64(b[0]), length: uint64(b[1]%32) + 1, kind: kind(b[2] % 3)}
		if e.kind != zeros {
			e.offset = int64(b[2]) * 64
		}
		found = append(found, e)
	}
	return found
}

func TestArrangeRandomly(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 3*12)
	for range 5000 {
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		checkArranged(t, extentsFrom(b[:3*random.IntN(13)]), 300)
	}
}

func FuzzArrange(f *testing.F) {
	f.Add([]byte{0, 30, 1, 10, 5, 0, 20, 20, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		checkArranged(t, extentsFrom(b[:min(len(b), 60)]), 300)
	})
}
