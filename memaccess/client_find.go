package memaccess

// probe is the length of a read that tells whether there is memory: an original
// server answers a read of a page or less with zeros where there is none.
const probe = 2 * page

// findRuns finds the memory of a server that does not say where it is, by reads
// that fail; readable tells whether one succeeds. Memory is looked for where
// machines have it: up to 1 MiB in steps of 64 KiB, up to 16 MiB in steps of 1 MiB,
// up to 4 GiB in steps of 16 MiB, and from there in steps that double. The edge
// between a place that can be read and one that can't is then found to the byte. A
// hole, or a run, that lies between two such places is not seen.
func findRuns(readable func(addr, n uint64) (bool, error)) ([]Run, error) {
	f := &finder{readable: readable}
	f.look(0)
	f.look(page)
	for at := uint64(1 << 16); at <= 4<<30 && f.err == nil; {
		f.look(at)
		switch {
		case at < 1<<20:
			at += 1 << 16
		case at < 1<<24:
			at += 1 << 20
		default:
			at += 1 << 24
		}
	}
	for step := uint64(1 << 24); f.last().good && f.last().addr < 1<<52 && f.err == nil; step *= 2 {
		f.look(f.last().addr + step)
	}
	runs := f.runs()
	// Less memory than a probe is long shows where reads in holes fail.
	if len(runs) == 0 && f.good(0, 1) && !f.good(probe, 1) {
		runs = []Run{{Length: f.edge(0, probe, 1) + 1}}
	}
	return runs, f.err
}

// finder looks for memory.
type finder struct {
	readable func(addr, n uint64) (bool, error)
	spots    []spot
	err      error
}

// good reports whether n bytes can be read at an address. After an error nothing
// can.
func (f *finder) good(addr, n uint64) bool {
	if f.err != nil {
		return false
	}
	ok := false
	ok, f.err = f.readable(addr, n)
	return ok && f.err == nil
}

// spot is an address that was looked at.
type spot struct {
	addr uint64
	good bool
}

func (f *finder) look(addr uint64) { f.spots = append(f.spots, spot{addr, f.good(addr, probe)}) }

func (f *finder) last() spot { return f.spots[len(f.spots)-1] }

// runs are the stretches between the spots' edges.
func (f *finder) runs() []Run {
	var runs []Run
	start := uint64(0)
	for i, at := range f.spots {
		was := i > 0 && f.spots[i-1].good
		switch {
		case at.good && !was && i > 0:
			start = f.edge(at.addr, f.spots[i-1].addr, probe)
		case !at.good && was:
			runs = append(runs, Run{start, f.edge(f.spots[i-1].addr, at.addr, probe) + probe - start})
		}
	}
	if last := f.last(); last.good {
		runs = append(runs, Run{start, last.addr + probe - start})
	}
	return runs
}

// edge is the last address, from a good one towards one that is not, at which n
// bytes can be read.
func (f *finder) edge(good, bad, n uint64) uint64 {
	for max(good, bad)-min(good, bad) > 1 {
		middle := min(good, bad) + (max(good, bad)-min(good, bad))/2
		if f.good(middle, n) {
			good = middle
		} else {
			bad = middle
		}
	}
	return good
}
