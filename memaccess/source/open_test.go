package source_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

const (
	page = 0x1000
	high = 1 << 32
)

// memoryOf is what most dumps here hold: two runs that touch, and one above 4 GiB.
var (
	lower  = noise(5*page, 1)
	middle = noise(3*page, 2)
	upper  = noise(2*page, 3)
	spans  = []span{{0x1000, lower}, {0x6000, middle}, {high, upper}}
)

// dumps are spans in each format.
func dumps() map[string][]byte {
	const at = 64 + 4*56
	core := core64(binary.LittleEndian,
		elf.Prog64{Type: uint32(elf.PT_NOTE), Off: 0, Filesz: 20},
		load(high, at, 2*page, 2*page),
		load(0x1000, at+2*page, 5*page, 5*page),
		load(0x6000, at+7*page, 3*page, 3*page),
	)
	return map[string][]byte{
		"lime": lime(spans...),
		"avml": avml(spans...),
		"elf":  bytes.Join([][]byte{core, upper, lower, middle}, nil),
	}
}

func TestFormats(t *testing.T) {
	for format, content := range dumps() {
		for _, said := range []string{"", format} {
			t.Run(format+"/"+said, func(t *testing.T) {
				path := dumpOf(t, content)
				if told, err := source.Detect(path); told != format || err != nil {
					t.Errorf("the format %q, %v", told, err)
				}
				s := opened(t, path, said)
				if s.Name() != path || s.Identity() == (memaccess.Identity{}) || s.Identity().Live() {
					t.Errorf("name %q, identity %v", s.Name(), s.Identity())
				}
				if said := s.(memaccess.Warner).Warnings(); len(said) != 0 {
					t.Errorf("warnings %q", said)
				}
				if diff := cmp.Diff([]memaccess.Run{{Start: 0x1000, Length: 8 * page}, {Start: high, Length: 2 * page}}, joined(s.Runs())); diff != "" {
					t.Errorf("runs (-want +got):\n%s", diff)
				}
				all := append(append([]byte(nil), lower...), middle...)
				for _, tt := range []struct {
					addr, n int64
					want    []byte
					missing bool
				}{
					{addr: 0x1000, n: 8 * page, want: all},
					{addr: 0x5ffc, n: 8, want: all[5*page-4 : 5*page+4]},
					{addr: 0x1000, n: 0},
					{addr: high + 1, n: 2*page - 1, want: upper[1:]},
					{addr: 0xfff, n: 1, missing: true},
					{addr: 0x8ffe, n: 4, want: all[8*page-2:], missing: true},
					{addr: high + 2*page, n: 1, missing: true},
					{addr: high - 1, n: 2, missing: true},
					{addr: -1, n: 1, missing: true},
					{addr: 1<<63 - 1, n: 100, missing: true},
				} {
					p := make([]byte, tt.n)
					n, err := s.ReadAt(p, tt.addr)
					if !bytes.Equal(p[:n], tt.want) || (err != nil) != tt.missing {
						t.Errorf("%d bytes at %#x: %d, %v", tt.n, tt.addr, n, err)
					}
				}
				checkFiles(t, s, format != "avml")
			})
		}
	}
}

// joined are runs with those that touch made one.
func joined(runs []memaccess.Run) []memaccess.Run {
	var out []memaccess.Run
	for _, r := range runs {
		if n := len(out); n > 0 && out[n-1].End() == r.Start {
			out[n-1].Length += r.Length
			continue
		}
		out = append(out, r)
	}
	return out
}

// checkFiles reads each run from the file that is said to hold it.
func checkFiles(t *testing.T, s memaccess.Source, want bool) {
	t.Helper()
	for _, run := range s.Runs() {
		file, offset := s.(memaccess.Filer).File(run)
		if (file != nil) != want {
			t.Fatalf("the file of %v: %v", run, file)
		}
		if file == nil {
			continue
		}
		a, b := make([]byte, run.Length), make([]byte, run.Length)
		_, _ = s.ReadAt(a, int64(run.Start))
		if _, err := file.ReadAt(b, offset); err != nil || !bytes.Equal(a, b) {
			t.Errorf("the bytes of %v are not at %d of the file", run, offset)
		}
		part := memaccess.Run{Start: run.Start + 5, Length: run.Length - 5}
		if _, at := s.(memaccess.Filer).File(part); at != offset+5 {
			t.Errorf("a part of %v at %d, want %d", run, at, offset+5)
		}
		part.Length += 1 << 40
		if file, _ := s.(memaccess.Filer).File(part); file != nil {
			t.Errorf("a file for %v, which is more than a run", part)
		}
	}
}

// What is compressed as a whole is told with the tool that unpacks it; raw is what is
// nothing else.
func TestDetect(t *testing.T) {
	var zlibbed, gzipped bytes.Buffer
	for _, w := range []io.WriteCloser{zlib.NewWriter(&zlibbed), gzip.NewWriter(&gzipped)} {
		_, _ = w.Write(lime(spans...))
		_ = w.Close()
	}
	var other bytes.Buffer
	w := zlib.NewWriter(&other)
	_, _ = w.Write(lower)
	_ = w.Close()
	for name, tt := range map[string]struct {
		content []byte
		hint    string // "": it is raw
	}{
		"gzip": {gzipped.Bytes(), "gzip -d"}, "LiME's own": {zlibbed.Bytes(), "zlib"},
		"xz": {[]byte("\xfd7zXZ\x00 and so on"), "xz -d"}, "zstd": {[]byte("\x28\xb5\x2f\xfd and so on"), "zstd -d"},
		"zlib of something": {other.Bytes(), ""}, "one byte": {[]byte("E"), ""}, "zeros": {make([]byte, page), ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := dumpOf(t, tt.content)
			s, err := source.Open(path, "")
			if tt.hint == "" {
				if err != nil || len(s.Runs()) != 1 || s.Runs()[0].Length != uint64(len(tt.content)) {
					t.Fatalf("Open: %v", err)
				}
				_ = s.Close()
				return
			}
			wrong(t, err, "compressed as a whole", tt.hint)
			opened(t, path, "raw")
		})
	}
	_, err := source.Open(dumpOf(t, lower), "qcow2")
	wrong(t, err, `no format of dumps "qcow2"`, "raw, lime, elf, avml, kdump")
}

// A dump that is not of the format that was said is told by what it looks like.
func TestSaidWrong(t *testing.T) {
	zeros := make([]byte, page)
	for _, tt := range []struct {
		said    string
		content []byte
		hint    string
	}{
		{"lime", dumps()["elf"], "looks like the format elf: leave out lime:"},
		{"kdump", dumps()["avml"], "looks like the format avml: leave out kdump:"},
		{"elf", dumps()["lime"], "looks like the format lime: leave out elf:"},
		{"elf", zeros, "say raw:"},
		{"kdump", zeros, "say raw:"},
		{"lime", []byte("\x1f\x8b\x08 and so on"), "gzip -d"},
		{"elf", dumps()["elf"][:100], "take the dump again"},
	} {
		_, err := source.Open(dumpOf(t, tt.content), tt.said)
		wrong(t, err, "", tt.hint)
	}
}

// wrong checks an error's text, and its hint.
func wrong(t *testing.T, err error, said, hint string) {
	t.Helper()
	var e *memaccess.Error
	if !errors.As(err, &e) || !strings.Contains(e.Error(), said) || !strings.Contains(e.Hint(), hint) {
		t.Fatalf("error %v (%#v), want %q and the hint %q", err, err, said, hint)
	}
}

// A dump that is cut while it is open gives errors.
func TestCutWhileOpen(t *testing.T) {
	for format, content := range dumps() {
		t.Run(format, func(t *testing.T) {
			path := dumpOf(t, content)
			s := opened(t, path, "")
			if err := os.Truncate(path, 40); err != nil {
				t.Fatal(err)
			}
			for _, run := range s.Runs() {
				p := make([]byte, run.Length)
				n, err := s.ReadAt(p, int64(run.Start))
				wrong(t, err, "at byte ", "open it again")
				if n > 40 {
					t.Errorf("%d bytes of a file of 40", n)
				}
			}
		})
	}
}

// A dump that is written to while it is open: whatever comes of it, reads end, and
// with an error or all bytes.
func TestChangedWhileOpen(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for format, content := range dumps() {
		t.Run(format, func(t *testing.T) {
			path := dumpOf(t, content)
			file, err := os.OpenFile(path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			for range 300 {
				if _, err := file.WriteAt(content, 0); err != nil {
					t.Fatal(err)
				}
				s := opened(t, path, format)
				for range 20 {
					at := random.IntN(len(content))
					_, _ = file.WriteAt([]byte{byte(random.Uint32())}, int64(at))
					_, _ = file.WriteAt([]byte{byte(random.Uint32())}, int64(32+random.IntN(16)))
					run := s.Runs()[random.IntN(len(s.Runs()))]
					start := random.Uint64N(run.Length)
					p := make([]byte, 1+random.Uint64N(run.Length-start))
					if n, err := s.ReadAt(p, int64(run.Start+start)); n != len(p) && err == nil {
						t.Fatalf("%d of %d bytes, and no error", n, len(p))
					}
				}
			}
		})
	}
}

// Several goroutines read a compressed dump that has more memory than is kept.
func TestParallel(t *testing.T) {
	memory := noise(20*mib, 5)
	s := opened(t, dumpOf(t, avml(span{high, memory})), "")
	var wg sync.WaitGroup
	for g := range uint64(6) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			random := rand.New(rand.NewPCG(g, 1))
			for range 400 {
				at := random.IntN(len(memory))
				p := make([]byte, 1+random.IntN(min(200_000, len(memory)-at)))
				if _, err := s.ReadAt(p, high+int64(at)); err != nil || !bytes.Equal(p, memory[at:at+len(p)]) {
					t.Errorf("%d bytes at %#x: %v", len(p), at, err)
				}
			}
		}()
	}
	wg.Wait()
}
