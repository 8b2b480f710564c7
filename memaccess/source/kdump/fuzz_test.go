package kdump

import (
	"bytes"
	"compress/zlib"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/volint/volint/memaccess"
)

// most is how many bytes a fuzzed dump has, and how many of its memory are read.
const most = 256 << 10

// addSeeds adds dumps of all methods and kinds, whole and cut.
func addSeeds(f *testing.F, seed func(dump []byte) []byte) {
	for _, method := range methods {
		f.Add(seed(fourPages(f, method)))
		memory := someMemory(4096)
		for number := range memory {
			if number >= 30 && number < 69_999 || number > 70_005 {
				delete(memory, number)
			}
		}
		for _, words := range []int{4, 8} {
			dump := spec{method: method, memory: memory, words: words}.write(f)
			f.Add(seed(dump))
			f.Add(seed(dump[:len(dump)-5000]))
		}
	}
}

// FuzzPlain holds that a dump of any bytes can be opened and read, or not, and that
// both ways of reading it agree: of pages as a whole, and in pieces.
func FuzzPlain(f *testing.F) {
	addSeeds(f, func(dump []byte) []byte { return dump })
	f.Fuzz(func(t *testing.T, dump []byte) {
		if len(dump) == 0 || len(dump) > most || bytes.HasPrefix(dump, []byte(flatSignature)) {
			return
		}
		readAll(t, dump)
	})
}

// FuzzFlat holds that a flattened dump of any bytes, if it is whole, is what is
// found by writing its records one after the other to a file.
func FuzzFlat(f *testing.F) {
	addSeeds(f, func(dump []byte) []byte { return flatten(dump, 1000)[flatHeader:] })
	addSeeds(f, func(dump []byte) []byte { // records that write what others wrote
		out := appendRecord(nil, 0, bytes.Repeat([]byte{0xaa}, 20_000))
		out = appendRecord(out, 8192, bytes.Repeat([]byte{0x55}, 100))
		return append(out, flatten(dump, 5000)[flatHeader:]...)
	})
	f.Fuzz(func(t *testing.T, records []byte) {
		if len(records) > most {
			return
		}
		flat := append(flatHead(), records...)
		got, gotErr := readAll(t, flat)
		plain, whole := rearrange(records)
		if !whole || len(plain) == 0 {
			return
		}
		want, wantErr := readAll(t, plain)
		if (gotErr == nil) != (wantErr == nil) || !bytes.Equal(got, want) {
			t.Errorf("%d bytes (%v), and rearranged %d (%v)", len(got), gotErr, len(want), wantErr)
		}
	})
}

// rearrange does what `makedumpfile -R` does. It reports whether the mark of the end
// was there, and what the records make is not too long.
func rearrange(records []byte) (plain []byte, whole bool) {
	for len(records) >= recordHeader {
		offset, size := int64(be64(records)), int64(be64(records[8:]))
		if offset == -1 {
			return plain, true
		}
		records = records[recordHeader:]
		if offset < 0 || size < 0 || size > int64(len(records)) || size > 0 && offset > 4*most {
			return nil, false
		}
		if size == 0 {
			continue
		}
		if end := int(offset + size); end > len(plain) {
			plain = append(plain, make([]byte, end-len(plain))...)
		}
		copy(plain[offset:], records[:size])
		records = records[size:]
	}
	return nil, false
}

func be64(b []byte) uint64 {
	n := uint64(0)
	for _, c := range b[:8] {
		n = n<<8 | uint64(c)
	}
	return n
}

// readAll reads what can be read of the first memory of a dump, page for page, and
// returns it with the numbers of the pages that can't be read left out.
func readAll(t *testing.T, dump []byte) ([]byte, error) {
	path := filepath.Join(t.TempDir(), "mem.kdump")
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	memory, err := openPath(t, path)
	runtime.ReadMemStats(&after)
	// The runs are the most: 16 bytes of a bit, and more while the list grows.
	if taken := after.TotalAlloc - before.TotalAlloc; taken > uint64(1<<20+2000*len(dump)) {
		t.Errorf("opening %d bytes took %d", len(dump), taken)
	}
	if err != nil {
		return nil, err
	}
	defer memory.Close()
	var all []byte
	end := uint64(0)
	for _, run := range memory.Runs() {
		if run.Length == 0 || run.Start < end || run.End() < run.Start {
			t.Fatalf("%v follows what ends at %#x", run, end)
		}
		end = run.End()
		for at := run.Start; at < run.End() && len(all) < most; at += 4096 {
			all = append(all, readTwice(t, memory, int64(at))...)
		}
	}
	return all, nil
}

// readTwice reads 4 KiB, at once and byte for byte, and holds that both agree.
func readTwice(t *testing.T, memory memaccess.Source, at int64) []byte {
	whole, piece := make([]byte, 4096), make([]byte, 1)
	n, err := memory.ReadAt(whole, at)
	if (err == nil) != (n == len(whole)) {
		t.Fatalf("%d bytes at %#x: %v", n, at, err)
	}
	for i := 0; i < len(whole); i += 257 {
		if m, err := memory.ReadAt(piece, at+int64(i)); (m == 1) != (err == nil) || (i < n) != (m == 1) || m == 1 && piece[0] != whole[i] {
			t.Fatalf("%d bytes at %#x; the byte at %d: %d, %v", n, at, i, m, err)
		}
	}
	return whole[:n]
}

// FuzzZlib compares with Go's own decoder.
func FuzzZlib(f *testing.F) {
	for _, content := range someMemory(4096) {
		if content != nil {
			f.Add(pack(f, byZlib, content))
			for _, level := range []int{zlib.NoCompression, zlib.BestCompression, zlib.HuffmanOnly} {
				var out bytes.Buffer
				w, _ := zlib.NewWriterLevel(&out, level)
				_, _ = w.Write(content[:2000])
				_ = w.Flush()
				_, _ = w.Write(content[2000:])
				_ = w.Close()
				f.Add(out.Bytes())
			}
		}
	}
	w := newWorker(4096)
	page := make([]byte, 4096)
	f.Fuzz(func(t *testing.T, in []byte) {
		err := w.unzlib(page, in)
		want, wantErr := unzlib(in)
		if good := wantErr == nil && len(want) == len(page); good != (err == nil) || good && !bytes.Equal(want, page) {
			t.Errorf("%v, equal: %v; Go has %d bytes, %v", err, bytes.Equal(want, page), len(want), wantErr)
		}
	})
}

func unzlib(in []byte) ([]byte, error) {
	r, err := zlib.NewReader(bytes.NewReader(in))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, 5000))
}

// FuzzLZO holds that what is no LZO is an error, and that what is unpacked does not
// hang on what was in the page before.
func FuzzLZO(f *testing.F) {
	for _, content := range someMemory(4096) {
		if content != nil {
			f.Add(packLZO(content))
		}
	}
	page, again := make([]byte, 4096), make([]byte, 4096)
	f.Fuzz(func(t *testing.T, in []byte) {
		err := lzo(page, in)
		againErr := lzo(again, in)
		if (err == nil) != (againErr == nil) || err == nil && !bytes.Equal(page, again) {
			t.Errorf("%v, then %v; equal: %v", err, againErr, bytes.Equal(page, again))
		}
		clear(page)
	})
}
