package peers

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/bench/decode/rows"
	"github.com/volint/volint/runtime/row"
)

var sets = []string{"pslist", "mixed", "nested", "kallsyms"}

// encoded is how many rows of a set are held as objects to encode them: as many as
// stay in the caches, as they do where a row is made, encoded and forgotten.
const encoded = 1000

var loaded sync.Map

// load reads a set; it skips where data has not made it.
func load(t testing.TB, name string) *rows.Set {
	t.Helper()
	dir := "../build/data"
	if have, ok := loaded.Load(name); ok {
		return have.(*rows.Set)
	}
	if _, err := os.Stat(filepath.Join(dir, name+".frames")); err != nil {
		t.Skipf("SKIP(tool): the data set %s is missing: run `make bench-decode`", name)
	}
	set, err := rows.Read(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	loaded.Store(name, set)
	return set
}

// BenchmarkDecode has an operation for each row: -benchtime=200000x is one round
// over the rows.
func BenchmarkDecode(b *testing.B) {
	for _, name := range sets {
		for _, p := range all {
			b.Run(name+"/"+p.name, func(b *testing.B) { benchDecode(b, name, p) })
		}
		b.Run(name+"/volint, Rows", func(b *testing.B) { benchRows(b, name) })
	}
}

// begin starts the clock: the time that the thread has a processor, so that what
// other programs take is not counted, is reported beside the time that passes.
func begin(b *testing.B, bytes int) {
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	runtime.LockOSThread()
	start := threadTime(b)
	b.Cleanup(func() {
		b.ReportMetric(float64(threadTime(b)-start)/float64(b.N), "cpu-ns/op")
		runtime.UnlockOSThread()
	})
	b.ResetTimer()
}

func threadTime(b *testing.B) int64 {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &now); err != nil {
		b.Fatal(err)
	}
	return now.Nano()
}

func benchDecode(b *testing.B, name string, p peer) {
	set := load(b, name)
	decode, _ := p.decoder(name)
	begin(b, set.Bytes/len(set.Frames))
	at := 0
	for range b.N {
		if err := decode(set.Frames[at]); err != nil {
			b.Fatal(err)
		}
		if at++; at == len(set.Frames) {
			at = 0
		}
	}
}

// benchRows reads from memory, copying as from a pipe.
func benchRows(b *testing.B, name string) {
	set := load(b, name)
	var stream []byte
	for _, frame := range set.Frames {
		stream = binary.LittleEndian.AppendUint32(stream, uint32(len(frame)))
		stream = append(stream, frame...)
	}
	begin(b, set.Bytes/len(set.Frames))
	for left := b.N; left > 0; {
		n := min(left, len(set.Frames))
		end := len(stream)
		if n < len(set.Frames) {
			end = offset(set, n)
		}
		got, err := countRows(name, row.NewReader(bytes.NewReader(stream[:end])))
		if err != nil || got != n {
			b.Fatal(got, n, err)
		}
		left -= n
	}
}

// offset is where the n-th frame starts in the stream.
func offset(set *rows.Set, n int) int {
	at := 4 * n
	for _, frame := range set.Frames[:n] {
		at += len(frame)
	}
	return at
}

// BenchmarkEncode encodes rows that were decoded before.
func BenchmarkEncode(b *testing.B) {
	for _, name := range sets {
		for _, p := range all {
			if p.encode != nil {
				b.Run(name+"/"+p.name, func(b *testing.B) { benchEncode(b, name, p) })
			}
		}
	}
}

func benchEncode(b *testing.B, name string, p peer) {
	set := load(b, name)
	var made []any
	var size int
	for _, frame := range set.Frames[:encoded] {
		decode, last := p.decoder(name)
		if err := decode(frame); err != nil {
			b.Fatal(err)
		}
		made = append(made, last())
		size += len(frame)
	}
	var out []byte
	begin(b, size/len(made))
	at := 0
	for range b.N {
		var err error
		if out, err = p.encode(out[:0], made[at]); err != nil {
			b.Fatal(err)
		}
		if at++; at == len(made) {
			at = 0
		}
	}
}
