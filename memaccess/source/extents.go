package source

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"github.com/volint/volint/memaccess"
)

// kind is how a dump keeps the bytes of an extent.
type kind uint8

const (
	stored kind = iota // as they are, at the offset
	zeros              // not at all: they are zeros
	packed             // in compressed chunks, the first of which is at the offset
)

// extent is a stretch of guest-physical memory that a dump keeps in one piece.
type extent struct {
	start, length uint64 // length is not 0, and start+length at most addressEnd
	offset        int64
	skip          uint32 // packed: how many bytes of the first chunks come before start
	kind          kind
}

func (e extent) end() uint64 { return e.start + e.length }

// from is what is left of an extent from an address in it on.
func (e extent) from(start uint64) extent {
	gone := start - e.start
	switch e.kind {
	case stored:
		e.offset += int64(gone)
	case packed:
		e.skip += uint32(gone)
	}
	e.start, e.length = start, e.length-gone
	return e
}

// to is what an extent has before an address in it.
func (e extent) to(end uint64) extent {
	e.length = end - e.start
	return e
}

// follows reports whether e goes on where before ends, in memory and in the file.
func (e extent) follows(before extent) bool {
	if e.start != before.end() || e.kind != before.kind {
		return false
	}
	return e.kind == zeros || e.kind == stored && e.offset == before.offset+int64(before.length)
}

// found is an extent as a dump's headers tell it.
type found struct {
	extent
	rangeStart uint64 // where the range begins that it is a piece of
}

// addressEnd is the first address that ReadAt can't be asked for.
const addressEnd = math.MaxInt64

// arrange sorts extents and takes out what two ranges hold: the one that begins lower
// keeps it, or of two that begin together the one that was found first. Zeros never
// stand before bytes. It returns as well an extent whose bytes begin within another
// range's, or nil. The slice that it is given is sorted.
func arrange(all []found) (arranged []extent, within *extent) {
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.rangeStart, b.rangeStart) })
	bytes, within := flatten(all, func(e extent) bool { return e.kind != zeros })
	empty, _ := flatten(all, func(e extent) bool { return e.kind == zeros })
	if len(empty) == 0 {
		return bytes, within
	}
	return fill(bytes, empty), within
}

// flatten takes the extents that are wanted of a sorted list, without what two hold.
// A range has no holes: all is taken from where an extent's range begins up to the
// end of those before it.
func flatten(sorted []found, wanted func(extent) bool) (flat []extent, within *extent) {
	end := uint64(0)
	for i := range sorted {
		e := sorted[i].extent
		if !wanted(e) {
			continue
		}
		if e.start < end {
			if within == nil {
				within = &sorted[i].extent
			}
			if e.end() <= end {
				continue
			}
			e = e.from(end)
		}
		end = e.end()
		flat = add(flat, e)
	}
	return flat, within
}

// add appends an extent, joined with the last one where it goes on from there.
func add(list []extent, e extent) []extent {
	if n := len(list); n > 0 && e.follows(list[n-1]) {
		list[n-1].length += e.length
		return list
	}
	return append(list, e)
}

// fill puts zeros between bytes: both lists are sorted, without overlaps.
func fill(bytes, empty []extent) []extent {
	var all []extent
	for _, z := range empty {
		for len(bytes) > 0 && bytes[0].end() <= z.start {
			all, bytes = add(all, bytes[0]), bytes[1:]
		}
		at := z.start
		for len(bytes) > 0 && bytes[0].start < z.end() {
			b := bytes[0]
			if at < b.start {
				all = add(all, z.from(at).to(b.start))
			}
			at = b.end()
			if at > z.end() {
				break // the next zeros may begin within b
			}
			all, bytes = add(all, b), bytes[1:]
		}
		if at < z.end() {
			all = add(all, z.from(at))
		}
	}
	for _, b := range bytes {
		all = add(all, b)
	}
	return all
}

// mostPieces is how many runs a dump has whose bytes are in one piece of the file.
// Servers tell their clients all runs, and clients take some hundred thousand.
const mostPieces = 1 << 16

// runsOf are the runs of a dump. Two that touch are one where that leaves a run in
// one piece of the file, or outside of it; and all are where they would be too many.
func runsOf(extents []extent) []memaccess.Run {
	runs := join(extents, func(a, b extent) bool { return a.kind != stored && b.kind != stored })
	if len(runs) > mostPieces {
		runs = join(extents, func(extent, extent) bool { return true })
	}
	return runs
}

// join makes runs of extents. Two that touch are one run where may says so.
func join(extents []extent, may func(a, b extent) bool) []memaccess.Run {
	var runs []memaccess.Run
	for i, e := range extents {
		if i > 0 && e.start == extents[i-1].end() && may(extents[i-1], e) {
			runs[len(runs)-1].Length += e.length
			continue
		}
		runs = append(runs, memaccess.Run{Start: e.start, Length: e.length})
	}
	return runs
}

// find is the index of the extent that holds an address, or of the next one.
func find(extents []extent, addr uint64) int {
	return sort.Search(len(extents), func(i int) bool { return extents[i].end() > addr })
}
