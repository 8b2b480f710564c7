package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

func TestBroken(t *testing.T) {
	two := []span{{0x1000, lower}, {0x10000, middle}}
	whole, packed := lime(two...), avml(two...)
	second := len(avml(two[0])) // where the second record of packed is
	run := func(start, length uint64) memaccess.Run { return memaccess.Run{Start: start, Length: length} }
	first := run(0x1000, 5*page)
	const progs = 64 + 2*56
	core := func(a, b elf.Prog64, data ...[]byte) []byte {
		return append(core64(binary.LittleEndian, a, b), bytes.Join(data, nil)...)
	}
	changed := func(b []byte, at int, to ...byte) []byte {
		b = bytes.Clone(b)
		copy(b[at:], to)
		return b
	}
	for name, tt := range map[string]struct {
		content []byte
		runs    []memaccess.Run // none: it can't be opened
		said    string
	}{
		"LiME, cut in its last range": {whole[:len(whole)-page-7], []memaccess.Run{first, run(0x10000, 2*page-7)},
			fmt.Sprintf("at byte %d: the range of 12288 bytes from 0x10000 on ends with the file, 4103 bytes short", len(whole)-page-7)},
		"LiME, cut behind a header": {whole[:64+5*page], []memaccess.Run{first}, "at byte 20544: the range of 12288 bytes from 0x10000 on ends with the file, 12288 bytes short"},
		"LiME, cut in a header":     {whole[:50+5*page], []memaccess.Run{first}, "at byte 20512: the file ends within the header"},
		"LiME, cut in its first":    {whole[:20], nil, "at byte 0: the file ends within the header"},
		"LiME with a bad header":    {changed(whole, 32+5*page, 'X'), []memaccess.Run{first}, "at byte 20512: no header of a range is here"},
		"LiME of a bad version":     {changed(whole, 4, 2), nil, "at byte 0: no header of a range"},
		"LiME, ends before it begins": {bytes.Join([][]byte{lime(two[0]), header("EMiL", 1, 0x10000, 0xff00)}, nil),
			[]memaccess.Run{first}, "at byte 20512: the range from 0x10000 on ends at 0xff00, before it begins"},
		"LiME with an empty range":  {bytes.Join([][]byte{header("EMiL", 1, 0x9000, 0x8fff), lime(two[0])}, nil), []memaccess.Run{first}, ""},
		"LiME with nothing else":    {header("EMiL", 1, 0x9000, 0x8fff), nil, "no memory in this LiME file"},
		"LiME, all addresses":       {append(header("EMiL", 1, 0, math.MaxUint64), lower...), []memaccess.Run{run(0, 5*page)}, "ends with the file"},
		"LiME, past all addresses":  {append(header("EMiL", 1, 1<<63, 1<<63+page-1), lower[:page]...), nil, "at byte 0: the range of 4096 bytes from 0x8000000000000000 on goes past the last"},
		"LiME, up to past the last": {append(header("EMiL", 1, 1<<63-page, 1<<63+page-1), lower[:2*page]...), []memaccess.Run{run(1<<63-page, page-1)}, "goes past the last"},
		"LiME, twice the same": {lime(two[0], span{0x2000, middle}), []memaccess.Run{first},
			"at byte 20544: the range from 0x2000 on begins within another"},

		"AVML, cut in a chunk":       {packed[:second+100], []memaccess.Run{first}, fmt.Sprintf("at byte %d: the file ends within a chunk: of the range of 12288 bytes from 0x10000 on, the last 12288 are missing", second+42)},
		"AVML, cut in the trailer":   {packed[:len(packed)-3], []memaccess.Run{first, run(0x10000, 3*page)}, "whose memory is all there"},
		"AVML, cut before its chunk": {packed[:40], nil, "at byte 32: the file ends within a chunk"},
		"AVML that is not snappy":    {changed(packed, second+32, 0x41), []memaccess.Run{first}, fmt.Sprintf("at byte %d: no chunk of snappy's is here but type 0x41", second+32)},
		"AVML with another stream":   {changed(packed, 32+5, 'X'), nil, "at byte 32: no chunk of snappy's"},
		"AVML with a chunk too long": {changed(packed, 32+10+1, 0xff, 0xff, 0), nil, "at byte 42: the file ends within a chunk"},
		"AVML with more than its range": {changed(packed, 16, header("", 0, 0, 0x1fff)[12:20]...), []memaccess.Run{run(0x1000, page), run(0x10000, 3*page)},
			"at byte 42: a chunk has more memory than its range"},
		"AVML and LiME": {append(avml(two[0]), lime(two[1])...), []memaccess.Run{first, run(0x10000, 3*page)}, ""},

		"ELF, cut in a segment": {core(load(0x1000, progs, 2*page, 2*page), load(0x10000, progs+2*page, page, page), lower[:page+5]),
			[]memaccess.Run{run(0x1000, page+5)}, fmt.Sprintf("at byte %d: the range of 8192 bytes from 0x1000 on ends with the file, 4091 bytes short", progs+page+5)},
		"ELF, cut in its table": {core(load(0x1000, 64, 56, 56), load(0, 0, 0, 0))[:64+56+8], []memaccess.Run{run(0x1000, 56)},
			"at byte 120: the file ends where 1 more segments should be described"},
		"ELF, cut in its header": {core(load(0, 0, 0, 0), load(0, 0, 0, 0))[:51], nil, "at byte 51: the file ends within its header"},
		"ELF, no core file":      {changed(core(load(0, 0, 0, 0), load(0, 0, 0, 0)), 16, 2), nil, "at byte 16: an ELF file, but no core file (ET_EXEC)"},
		"ELF of no class":        {changed(core(load(0, 0, 0, 0), load(0, 0, 0, 0)), 4, 7), nil, "at byte 4: an ELF file of unknown class 7"},
		"ELF of no byte order":   {changed(core(load(0, 0, 0, 0), load(0, 0, 0, 0)), 5, 7), nil, "at byte 5: an ELF file of unknown byte order 7"},
		"ELF of short headers":   {changed(core(load(0, 0, 0, 0), load(0, 0, 0, 0)), 54, 55), nil, "55 bytes each"},
		"ELF, past its end":      {core(load(0x1000, 1<<63+5, page, page), load(0x8000, math.MaxUint64, page, page)), nil, "4096 bytes short"},
		"ELF that wraps": {core(load(math.MaxUint64-10, progs, page, 2*page), load(0x1000, progs, page, page), lower[:page]),
			[]memaccess.Run{run(0x1000, page)}, "from 0xfffffffffffffff5 on goes past the last"},
		"ELF of a process": {core(elf.Prog64{Type: 1, Vaddr: 0x400000, Off: 0, Filesz: 50, Memsz: 50}, elf.Prog64{Type: 1, Vaddr: 0x600000, Off: 0, Filesz: 50, Memsz: 50}),
			nil, "no physical addresses"},
		"ELF with zeros":  {core(load(0x1000, progs, page, 3*page), load(0x8000, 0, 0, page), lower[:page]), []memaccess.Run{run(0x1000, page), run(0x2000, 2*page), run(0x8000, page)}, ""},
		"ELF of nothing":  {core(load(0x1000, progs, 0, 0), load(0, 0, 0, 0)), nil, "no memory in this ELF core file"},
		"ELF like kcore":  {core(elf.Prog64{Type: 1, Vaddr: 1 << 63, Paddr: math.MaxUint64, Filesz: 1 << 45, Memsz: 1 << 45}, load(0x1000, progs, page, page), lower[:page]), []memaccess.Run{run(0x1000, page)}, ""},
		"ELF, twice same": {core(load(0x1000, progs, 2*page, 2*page), load(0x2000, progs+page, page, page), lower[:2*page]), []memaccess.Run{run(0x1000, 2*page)}, ""},
		"ELF, described at the end of all": {changed(core(load(0, 0, 0, 0), load(0, 0, 0, 0)), 32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), nil,
			"at byte 9223372036854775807: the file ends where 2 more segments should be described"},
		"ELF of countless segments, counted at the end of all": {changed(changed(core(load(0x1000, 0, 64, 64), load(0, 0, 0, 0)), 56, 0xff, 0xff), 40, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
			[]memaccess.Run{run(0x1000, 64)}, "more than 65534 segments, and the section"},
		"ELF of countless segments, and no section": {changed(core(load(0x1000, 0, 64, 64), load(0, 0, 0, 0)), 56, 0xff, 0xff), []memaccess.Run{run(0x1000, 64)}, "more than 65534 segments, and the section"},
	} {
		t.Run(name, func(t *testing.T) {
			path := dumpOf(t, tt.content)
			s, err := source.Open(path, "")
			if tt.runs == nil {
				wrong(t, err, tt.said, "")
				if !strings.Contains(err.Error(), path+": ") || err.(*memaccess.Error).Hint() == "" {
					t.Errorf("error %v, hint %q", err, err.(*memaccess.Error).Hint())
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if diff := cmp.Diff(tt.runs, s.Runs()); diff != "" {
				t.Errorf("runs (-want +got):\n%s", diff)
			}
			warnings := s.(memaccess.Warner).Warnings()
			if all := strings.Join(warnings, "\n"); !strings.Contains(all, tt.said) || (tt.said == "") != (all == "") {
				t.Errorf("warnings\n%s\nwant %q", all, tt.said)
			}
			for _, run := range s.Runs() {
				if _, err := s.ReadAt(make([]byte, run.Length), int64(run.Start)); err != nil {
					t.Errorf("%v: %v", run, err)
				}
			}
			for _, said := range warnings {
				if !strings.HasPrefix(said, path+": at byte ") {
					t.Errorf("warning %q", said)
				}
			}
		})
	}
}

// A chunk that was changed costs the memory in it.
func TestBadChunk(t *testing.T) {
	memory := noise(300*1024, 9)
	content := avml(span{0x1000, memory})
	at := bytes.Index(content, memory[2*65536:2*65536+64]) // what is not compressible stands as it is
	if at < 0 {
		t.Fatal("the memory is not in the file")
	}
	content[at] ^= 1
	s := opened(t, dumpOf(t, content), "")
	p := make([]byte, len(memory))
	n, err := s.ReadAt(p, 0x1000)
	if n != 2*65536 || !bytes.Equal(p[:n], memory[:n]) {
		t.Errorf("%d bytes", n)
	}
	wrong(t, err, "a chunk whose checksum is wrong", "around it")
	if !strings.Contains(err.Error(), "at byte ") {
		t.Errorf("error %v", err)
	}
	for range 2 { // the second time from what is kept
		if n, err := s.ReadAt(p[3*65536:], 0x1000+3*65536); err != nil || !bytes.Equal(p[3*65536:], memory[3*65536:]) {
			t.Errorf("behind it: %d, %v", n, err)
		}
		if _, err := s.ReadAt(p[:1], 0x1000+3*65536-1); err == nil {
			t.Error("the chunk's last byte is read")
		}
	}
}

// Segments of 32 bits, and of the other byte order.
func TestELFKinds(t *testing.T) {
	const at32, at64 = 52 + 2*32, 64 + 56
	loads := []elf.Prog32{
		{Type: uint32(elf.PT_LOAD), Off: at32, Paddr: 0xfffff000, Filesz: page, Memsz: page},
		{Type: uint32(elf.PT_LOAD), Off: 0, Vaddr: 0xc0000000, Paddr: math.MaxUint32, Filesz: page, Memsz: page},
	}
	for name, tt := range map[string]struct {
		content []byte
		start   int64
	}{
		"32 bits":             {core32(binary.LittleEndian, loads...), 0xfffff000},
		"32 bits, big endian": {core32(binary.BigEndian, loads...), 0xfffff000},
		"64 bits, big endian": {core64(binary.BigEndian, load(high, at64, page, page)), high},
	} {
		t.Run(name, func(t *testing.T) {
			s := opened(t, dumpOf(t, append(tt.content, lower[:page]...)), "")
			if diff := cmp.Diff([]memaccess.Run{{Start: uint64(tt.start), Length: page}}, s.Runs()); diff != "" {
				t.Fatalf("runs (-want +got):\n%s", diff)
			}
			p := make([]byte, page)
			if _, err := s.ReadAt(p, tt.start); err != nil || !bytes.Equal(p, lower[:page]) {
				t.Errorf("the page: %v", err)
			}
		})
	}
}

// More segments than a 16-bit number can say.
func TestManySegments(t *testing.T) {
	progs := make([]elf.Prog64, 70_000)
	for i := range progs {
		progs[i] = load(uint64(i)*2*page, 64+56*uint64(i), 56, 2*page) // the bytes are the header itself
	}
	content := core64(binary.LittleEndian, progs...)
	s := opened(t, dumpOf(t, content), "")
	if said := s.(memaccess.Warner).Warnings(); len(said) != 0 {
		t.Errorf("warnings %q", said)
	}
	for _, i := range []int{0, 65_534, 65_535, 69_999} {
		p := make([]byte, page)
		want := append(bytes.Clone(content[64+56*i:64+56*i+56]), make([]byte, page-56)...)
		if _, err := s.ReadAt(p, int64(i)*2*page); err != nil || !bytes.Equal(p, want) {
			t.Errorf("segment %d: %v", i, err)
		}
	}
	// Pieces of the file and zeros by turns: too many to tell each of them.
	if diff := cmp.Diff([]memaccess.Run{{Start: 0, Length: uint64(len(progs)) * 2 * page}}, s.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if file, _ := s.(memaccess.Filer).File(s.Runs()[0]); file != nil {
		t.Error("a file for what is not in one piece of it")
	}
}

// The number of ranges is bounded, and so is that of warnings.
func TestTooMuch(t *testing.T) {
	empty := header("EMiL", 1, 0x9000, 0x8fff)
	content := append(bytes.Repeat(empty, 1<<20+5), lime(span{0, lower})...)
	_, err := source.Open(dumpOf(t, content), "")
	wrong(t, err, "there are more than 1048576 ranges", "")

	progs := make([]elf.Prog64, 100)
	for i := range progs {
		progs[i] = load(uint64(i)*page, 1<<40, page, page)
	}
	progs[0] = load(0, 0, 64, 64)
	said := opened(t, dumpOf(t, core64(binary.LittleEndian, progs...)), "").(memaccess.Warner).Warnings()
	if len(said) != 17 || !strings.Contains(said[16], "83 more such") {
		t.Errorf("%d warnings: %q", len(said), said)
	}
}
