package kdump

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// page makes a page of some kind: of zeros, of what does not get smaller, of numbers
// that grow, of words that repeat, of one byte but for its begin.
func page(r *rand.Rand, size int) []byte {
	p := make([]byte, size)
	switch kind := r.IntN(5); kind {
	case 1:
		for i := range p {
			p[i] = byte(r.Uint32())
		}
	case 2:
		for i := range p {
			p[i] = byte(i / 8 >> (i % 8))
		}
	case 3:
		words := [][]byte{[]byte("swapper"), []byte{0, 0, 0}, []byte("kthreadd "), []byte{0xff, 0xff, 0x88}, []byte("init")}
		for i := 0; i < size; {
			i += copy(p[i:], words[r.IntN(len(words))])
		}
	case 4:
		for i := range p {
			p[i] = 0xcc
		}
		copy(p, fmt.Sprint(r.Uint64()))
	}
	return p
}

// someMemory has pages around holes, and pages that were left out.
func someMemory(block int) map[uint64][]byte {
	r := rand.New(rand.NewPCG(1, uint64(block)))
	memory := make(map[uint64][]byte)
	for number := range uint64(400) {
		switch {
		case number >= 60 && number < 192 || block > 4096 && number > 200: // holes
		case number%50 == 49:
			memory[number] = nil
		default:
			memory[number] = page(r, block)
		}
	}
	for number := uint64(70_000); number < 70_020; number++ { // in another block of the bitmap
		memory[number] = page(r, block)
	}
	return memory
}

// expectMemory holds that a dump has this memory, and nothing else.
func expectMemory(t *testing.T, memory memaccess.Source, pages map[uint64][]byte, block int) {
	t.Helper()
	var numbers []uint64
	for number, content := range pages {
		if content != nil {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	var runs []memaccess.Run
	var whole [][]byte
	for _, number := range numbers {
		start := number * uint64(block)
		if n := len(runs); n == 0 || runs[n-1].End() != start {
			runs, whole = append(runs, memaccess.Run{Start: start}), append(whole, nil)
		}
		runs[len(runs)-1].Length += uint64(block)
		whole[len(runs)-1] = append(whole[len(runs)-1], pages[number]...)
	}
	if diff := cmp.Diff(runs, memory.Runs()); diff != "" {
		t.Fatalf("runs (-want +got):\n%s", diff)
	}
	// As a whole, in pieces that begin and end anywhere, and again from the cache.
	for i, run := range runs {
		got := make([]byte, run.Length)
		if n, err := memory.ReadAt(got, int64(run.Start)); n != len(got) || err != nil || !bytes.Equal(got, whole[i]) {
			t.Fatalf("run %v: %d bytes, %v, equal: %v", run, n, err, bytes.Equal(got, whole[i]))
		}
		r := rand.New(rand.NewPCG(2, uint64(i)))
		for range 100 {
			from := r.Uint64N(run.Length)
			part := got[:1+r.Uint64N(min(run.Length-from, uint64(3*block)))]
			want := whole[i][from : from+uint64(len(part))]
			if n, err := memory.ReadAt(part, int64(run.Start+from)); n != len(part) || err != nil || !bytes.Equal(part, want) {
				t.Fatalf("%d bytes at %#x: %d, %v, equal: %v", len(part), run.Start+from, n, err, bytes.Equal(part, want))
			}
		}
		// Over the end into a hole.
		for _, before := range []uint64{16, run.Length - 1} {
			over := make([]byte, before+16)
			n, err := memory.ReadAt(over, int64(run.End()-before))
			if uint64(n) != before || err == nil || !bytes.Equal(over[:n], whole[i][run.Length-before:]) {
				t.Fatalf("from %d bytes before the end of %v: %d bytes, %v", before, run, n, err)
			}
		}
	}
	for _, addr := range []int64{-1, -4096, 1<<63 - 1, int64(runs[len(runs)-1].End())} {
		if n, err := memory.ReadAt(make([]byte, 1), addr); n != 0 || err == nil {
			t.Errorf("a byte at %#x: %d, %v", addr, n, err)
		}
	}
}

var methods = map[string]uint32{"none": 0, "zlib": byZlib, "lzo": byLZO, "snappy": bySnappy, "zstd": byZstd}

// specs are dumps of all kinds, by name.
func specs() map[string]spec {
	all := make(map[string]spec)
	small, large := someMemory(4096), someMemory(65536)
	for name, method := range methods {
		all[name] = spec{method: method, memory: small}
		all[name+" of 64 KiB"] = spec{method: method, memory: large, block: 65536}
	}
	for version := 1; version <= 6; version++ {
		all[fmt.Sprintf("version %d", version)] = spec{version: version, method: byZlib, memory: small}
		all[fmt.Sprintf("version %d of 32 bits", version)] = spec{version: version, words: 4, method: byZlib, memory: small}
	}
	all["one bitmap"] = spec{oneBitmap: true, memory: small}
	all["numbers up to the bitmap's end"] = spec{memory: small, end: 3 * 8 * 4096}
	return all
}

func TestDumps(t *testing.T) {
	for name, s := range specs() {
		t.Run(name, func(t *testing.T) {
			dump, block := s.write(t), s.withDefaults().block
			expectMemory(t, mustOpen(t, dump), s.memory, block)
			for _, size := range []int{len(dump), 16384, 1000} {
				if size < 16384 && name != "zlib" {
					continue // it takes long
				}
				expectMemory(t, mustOpen(t, flatten(dump, size)), s.memory, block)
			}
		})
	}
}

// TestUnmapped reads dumps of a file that can't be mapped.
func TestUnmapped(t *testing.T) {
	s := specs()["zlib"]
	for _, dump := range [][]byte{s.write(t), flatten(s.write(t), 16384)} {
		path := save(t, dump)
		file, err := dumpfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		memory, err := open(file, &plain{file: file})
		if err != nil {
			t.Fatal(err)
		}
		expectMemory(t, memory, s.memory, 4096)
		if err := os.Truncate(path, 100_000); err != nil {
			t.Fatal(err)
		}
		last := memory.Runs()[len(memory.Runs())-1]
		_, err = memory.ReadAt(make([]byte, last.Length), int64(last.Start))
		expectError(t, err, "at byte ")
		_ = memory.Close()
	}
}

func TestIs(t *testing.T) {
	for head, want := range map[string]bool{
		"KDUMP   \x06\x00\x00\x00Linux": true, "makedumpfile\x00\x00\x00\x00\x00": true, "DISKDUMP\x01\x00": true,
		"KDUMP": false, "makedumpfile is a tool": false, "": false, "\x7fELF\x02\x01\x01\x00": false,
	} {
		if got := Is([]byte(head)); got != want {
			t.Errorf("Is(%q) = %v", head, got)
		}
	}
}

// TestReaders has several goroutines read at once, more than the cache keeps.
func TestReaders(t *testing.T) {
	small := someMemory(4096)
	memory := make(map[uint64][]byte)
	for number := range uint64(CacheBytes/4096 + 3000) {
		memory[number] = bytes.Clone(small[number%40]) // of which none is nil
		copy(memory[number], fmt.Sprint(number))
	}
	opened := mustOpen(t, spec{method: bySnappy, memory: memory}.write(t)).(*dump)
	var all sync.WaitGroup
	for reader := range uint64(4) {
		all.Add(1)
		go func() {
			defer all.Done()
			r := rand.New(rand.NewPCG(3, reader))
			got := make([]byte, 4096)
			for i := range uint64(len(memory)) {
				number := i // all of them, and some again
				if reader > 0 {
					number = r.Uint64N(uint64(len(memory)))
				}
				from := r.IntN(2) * r.IntN(4096)
				n, err := opened.ReadAt(got[from:], int64(number)*4096+int64(from))
				if n != 4096-from || err != nil || !bytes.Equal(got[from:], memory[number][from:]) {
					t.Errorf("page %d from %d on: %d bytes, %v", number, from, n, err)
					return
				}
			}
		}()
	}
	all.Wait()
	kept := 0
	for i := range opened.cache.shards {
		for _, slot := range opened.cache.shards[i].slots {
			kept += cap(slot.data)
		}
	}
	if kept < CacheBytes*9/10 || kept > CacheBytes {
		t.Errorf("%d bytes are kept, and CacheBytes is %d", kept, CacheBytes)
	}
}

func TestReadVector(t *testing.T) {
	pages := someMemory(4096)
	memory := mustOpen(t, spec{method: byZlib, memory: pages}.write(t))
	for _, count := range []int{0, 1, 3, 100} {
		ranges := make([]memaccess.Range, count)
		for i := range ranges {
			ranges[i] = memaccess.Range{Addr: uint64(i) * 4096, Data: make([]byte, 4096), Err: io.EOF}
		}
		failed := 0
		err := memaccess.ReadAll(memory, ranges)
		for i, r := range ranges {
			if (r.Err == nil) != (pages[uint64(i)] != nil) || r.Err == nil && !bytes.Equal(r.Data, pages[uint64(i)]) {
				t.Errorf("range %d of %d: %v", i, count, r.Err)
			}
			if r.Err != nil {
				failed++
			}
		}
		if (err != nil) != (failed > 0) || (failed > 0) != (count == 100) {
			t.Errorf("%d ranges: %v, and %d of them failed", count, err, failed)
		}
	}
}
