package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"runtime/metrics"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

// check opens a dump and holds it against a plain reader: what it says, nothing that
// it could not hold in memory, and no panic.
func check(t *testing.T, format string, content []byte, plain func([]byte) ([]piece, bool)) {
	if len(content) == 0 || len(content) > 1<<16 {
		return
	}
	path := fuzzFile(t, content)
	pieces, known := plain(content)
	before := allocated()
	s, err := source.Open(path, format)
	if err != nil {
		wrong(t, err, path, "")
	} else {
		defer s.Close()
	}
	if known && (err != nil) != (len(pieces) == 0) {
		t.Fatalf("error %v, and a plain reader finds %d pieces", err, len(pieces))
	}
	if err != nil {
		return
	}
	checkRuns(t, s.Runs())
	checkReads(t, s, pieces, known)
	// A multiple of what is there, and what is kept: never what a header claims.
	if took := allocated() - before; took > 8<<20+1024*uint64(len(content)) {
		t.Fatalf("%d bytes were allocated for a file of %d", took, len(content))
	}
}

func checkRuns(t *testing.T, runs []memaccess.Run) {
	t.Helper()
	if len(runs) == 0 {
		t.Fatal("no run")
	}
	for i, r := range runs {
		if r.Length == 0 || r.End() < r.Start || r.End() > math.MaxInt64 || i > 0 && r.Start < runs[i-1].End() {
			t.Fatalf("runs %v", runs)
		}
	}
}

// checkReads reads around the ends of runs and pieces.
func checkReads(t *testing.T, s memaccess.Source, pieces []piece, known bool) {
	t.Helper()
	var edges []uint64
	for i, r := range s.Runs() {
		if i < 20 {
			edges = append(edges, r.Start, r.End(), r.Start+r.Length/2)
		}
	}
	for i, p := range pieces {
		if i < 20 {
			edges = append(edges, p.start, p.start+p.length)
		}
	}
	for _, edge := range edges {
		const reach = 9
		at := edge - min(edge, reach)
		if at > math.MaxInt64-2*reach {
			continue
		}
		checkRead(t, s, pieces, known, at, 2*reach)
		checkRead(t, s, pieces, known, edge&math.MaxInt64, 5000)
	}
}

func checkRead(t *testing.T, s memaccess.Source, pieces []piece, known bool, at uint64, n int) {
	t.Helper()
	p := make([]byte, n)
	got, err := s.ReadAt(p, int64(at))
	if got < 0 || got > n || (err == nil) != (got == n) {
		t.Fatalf("%d bytes at %#x: %d, %v", n, at, got, err)
	}
	inRuns := 0
	for _, r := range s.Runs() {
		if r.Start <= at+uint64(inRuns) && at+uint64(inRuns) < r.End() {
			inRuns += int(min(r.End()-at-uint64(inRuns), uint64(n-inRuns)))
		}
	}
	if got > inRuns {
		t.Fatalf("%d bytes at %#x, of which %d are in runs: %d", n, at, inRuns, got)
	}
	if !known {
		return
	}
	stop := 0 // where the first byte is that can't be had
	for ; stop < n; stop++ {
		value, lost, found := expected(pieces, at+uint64(stop))
		if lost || !found {
			break
		}
		if stop < got && value != p[stop] {
			t.Fatalf("at %#x is %#x, want %#x", at+uint64(stop), p[stop], value)
		}
	}
	// A chunk is read as a whole or not at all; the bytes before it are there.
	if got > stop || stop == n && got != n {
		t.Fatalf("%d bytes at %#x: %d and %v, want %d", n, at, got, err, stop)
	}
}

// allocated is how many bytes this process ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// scratch is a file in memory for what a process tries, one after the other.
var scratch = sync.OnceValues(func() (*os.File, error) {
	fd, err := unix.MemfdCreate("fuzz", unix.MFD_CLOEXEC)
	return os.NewFile(uintptr(fd), "fuzz"), err
})

// fuzzFile makes a file of content, and returns its path.
func fuzzFile(t *testing.T, content []byte) string {
	t.Helper()
	file, err := scratch()
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt(content, 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("/proc/self/fd/%d", file.Fd())
}

func FuzzLiME(f *testing.F) {
	f.Add(lime(spans[0], span{0x4000, middle}))
	f.Add(append(lime(span{0, upper[:100]}), header("EMiL", 1, 50, math.MaxUint64)...))
	f.Add(header("EMiL", 1, 0, math.MaxUint64))
	f.Fuzz(func(t *testing.T, content []byte) { check(t, "lime", content, plainRecords) })
}

func FuzzAVML(f *testing.F) {
	f.Add(avml(span{0x1000, lower[:200]}, span{0x1080, middle[:9]}))
	f.Add(append(avml(span{0, bytes.Repeat([]byte{7}, 90_000)}), lime(span{0x5000, upper[:100]})...))
	f.Add(append(header("AVML", 2, 0, 1<<40), framed(lower[:300])...))
	f.Fuzz(func(t *testing.T, content []byte) { check(t, "avml", content, plainRecords) })
}

// FuzzRecords writes records of all shapes that are right but where they overlap and
// end, from four bytes each.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{0, 1, 90, 0, 1, 2, 200, 30, 1, 40, 60, 0}, uint16(300))
	f.Fuzz(func(t *testing.T, script []byte, size uint16) {
		var content []byte
		for s := script[:min(len(script), 80)]; len(s) >= 4; s = s[4:] {
			memory := noise(8*(int(s[2])+1), uint64(s[1]))
			start := uint64(s[1]) * 64
			if s[0]%2 == 0 {
				content = append(content, lime(span{start, memory})...)
				continue
			}
			content = append(content, header("AVML", 2, start, start+uint64(len(memory))-1)...)
			for len(memory) > 0 {
				n := min(len(memory), 3*int(s[3])+1)
				content = append(content, framed(memory[:n])...)
				memory = memory[n:]
			}
			content = append(content, le64(0)...)
		}
		check(t, "lime", content[:min(len(content), int(size))], plainRecords)
	})
}

func FuzzELF(f *testing.F) {
	const at = 64 + 56
	f.Add(append(core64(binary.LittleEndian, load(0x1000, at, 100, 200)), lower[:100]...))
	f.Add(append(core64(binary.BigEndian, load(high, at, 100, 1<<60)), lower[:100]...))
	f.Add(core64(binary.LittleEndian, load(0x1000, 0, 64, 64), load(0x1010, 8, 64, 90), load(0x1060, 1<<63, 1<<63, 0)))
	f.Add(core32(binary.LittleEndian, elf.Prog32{Type: 1, Off: 10, Paddr: 0x1000, Filesz: 70, Memsz: 71}))
	f.Fuzz(func(t *testing.T, content []byte) { check(t, "elf", content, plainELF) })
}

// FuzzOpen tells the format by the content.
func FuzzOpen(f *testing.F) {
	for _, content := range dumps() {
		f.Add(content[:min(len(content), 600)])
	}
	f.Add([]byte("\x1f\x8b\x08"))
	f.Add([]byte("KDUMP   "))
	f.Fuzz(func(t *testing.T, content []byte) {
		check(t, "", content, func([]byte) ([]piece, bool) { return nil, false })
	})
}
