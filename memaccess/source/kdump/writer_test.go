package kdump

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source/internal/dumpfile"
)

// spec is a dump to be written. Its zero value is that of a machine of 64 bits, with
// a header of version 6, pages of 4 KiB that are not compressed, and no page.
type spec struct {
	words     int // 4 or 8
	version   int
	block     int
	method    uint32
	oneBitmap bool
	status    uint32
	// memory has the content of each page that was memory, by its number; nil for
	// those that were left out. end is a page number above, or 0 for the next one.
	memory map[uint64][]byte
	end    uint64
}

func (s spec) withDefaults() spec {
	if s.words == 0 {
		s.words = 8
	}
	if s.version == 0 {
		s.version = 6
	}
	if s.block == 0 {
		s.block = 4096
	}
	for page := range s.memory {
		s.end = max(s.end, page+1)
	}
	return s
}

// numbers are the memory's pages, sorted.
func (s spec) numbers() []uint64 {
	var all []uint64
	for page := range s.memory {
		all = append(all, page)
	}
	slices.Sort(all)
	return all
}

// write makes the dump's bytes.
func (s spec) write(t testing.TB) []byte {
	t.Helper()
	s = s.withDefaults()
	blocks := max(1, (int(s.end)+8*s.block-1)/(8*s.block))
	maps := 2
	if s.oneBitmap {
		maps = 1
	}
	out := make([]byte, (2+maps*blocks)*s.block)
	s.writeHeaders(out, maps*blocks)
	second := out[(2+(maps-1)*blocks)*s.block:]
	var there []uint64
	for _, page := range s.numbers() {
		if maps == 2 {
			out[2*s.block+int(page/8)] |= 1 << (page % 8)
		}
		if s.memory[page] != nil {
			second[page/8] |= 1 << (page % 8)
			there = append(there, page)
		}
	}
	return s.writePages(t, out, there)
}

func (s spec) writeHeaders(out []byte, bitmapBlocks int) {
	put := binary.LittleEndian.PutUint32
	copy(out, signature)
	put(out[8:], uint32(s.version))
	copy(out[12:], "Linux")
	machine, l := "x86_64", layout64
	if s.words == 4 {
		machine, l = "i686", layout32
	}
	copy(out[12+4*65:], machine)
	put(out[l.status:], s.status)
	put(out[l.blockSize:], uint32(s.block))
	put(out[l.subBlocks:], 1)
	put(out[l.bitmapBlocks:], uint32(bitmapBlocks))
	put(out[l.maxPFN:], uint32(s.end))
	if s.version == 6 {
		at := maxPFN64
		if s.words == 4 {
			at = 72 // which is not read here
		}
		binary.LittleEndian.PutUint64(out[s.block+at:], s.end)
	}
}

// writePages appends the descriptors and the pages, those of zeros once.
func (s spec) writePages(t testing.TB, out []byte, there []uint64) []byte {
	at := len(out)
	out = append(out, make([]byte, len(there)*descriptorSize)...)
	zeros := 0
	for _, page := range there {
		content := s.memory[page]
		if len(content) != s.block {
			t.Fatalf("page %d has %d bytes", page, len(content))
		}
		offset, stored, flags := len(out), content, uint32(0)
		if packed := pack(t, s.method, content); packed != nil && len(packed) < s.block {
			stored, flags = packed, s.method
		}
		switch {
		case !isZero(content):
			out = append(out, stored...)
		case zeros == 0:
			zeros = offset
			out = append(out, content...)
			fallthrough
		default:
			offset, stored, flags = zeros, content, 0
		}
		binary.LittleEndian.PutUint64(out[at:], uint64(offset))
		binary.LittleEndian.PutUint32(out[at+8:], uint32(len(stored)))
		binary.LittleEndian.PutUint32(out[at+12:], flags)
		at += descriptorSize
	}
	return out
}

// pack compresses a page, or returns nil where it is not to be.
func pack(t testing.TB, method uint32, page []byte) []byte {
	t.Helper()
	switch method {
	case byZlib:
		var out bytes.Buffer
		w, err := zlib.NewWriterLevel(&out, zlib.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(page); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	case byLZO:
		return packLZO(page)
	case bySnappy:
		return s2.EncodeSnappy(nil, page)
	case byZstd:
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		return w.EncodeAll(page, nil)
	}
	return nil
}

// flatten makes a dump what can be written to a pipe: records of so many bytes at
// most.
func flatten(dump []byte, size int) []byte {
	out := flatHead()
	for at := 0; at < len(dump); at += size {
		out = appendRecord(out, int64(at), dump[at:min(len(dump), at+size)])
	}
	return endFlat(out)
}

func flatHead() []byte {
	out := make([]byte, flatHeader)
	copy(out, flatSignature)
	binary.BigEndian.PutUint64(out[16:], 1)
	binary.BigEndian.PutUint64(out[24:], 1)
	return out
}

func appendRecord(out []byte, offset int64, content []byte) []byte {
	out = binary.BigEndian.AppendUint64(out, uint64(offset))
	out = binary.BigEndian.AppendUint64(out, uint64(len(content)))
	return append(out, content...)
}

func endFlat(out []byte) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(out, ^uint64(0)), ^uint64(0))
}

// save writes a file and returns its path.
func save(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mem.kdump")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openPath opens a dump.
func openPath(t testing.TB, path string) (memaccess.Source, error) {
	t.Helper()
	file, err := dumpfile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	memory, err := Open(file)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	t.Cleanup(func() { _ = memory.Close() })
	return memory, nil
}

// mustOpen opens a dump of these bytes.
func mustOpen(t testing.TB, content []byte) memaccess.Source {
	t.Helper()
	memory, err := openPath(t, save(t, content))
	if err != nil {
		t.Fatal(err)
	}
	return memory
}
