package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/snappy"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

// span is memory at an address.
type span struct {
	start uint64
	bytes []byte
}

func le64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

// header is that of a record of LiME or AVML; last is the last address.
func header(magic string, version uint32, start, last uint64) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(magic), version)
	return bytes.Join([][]byte{b, le64(start), le64(last), le64(0)}, nil)
}

// lime writes spans as LiME does.
func lime(spans ...span) []byte {
	var b []byte
	for _, s := range spans {
		b = append(b, header("EMiL", 1, s.start, s.start+uint64(len(s.bytes))-1)...)
		b = append(b, s.bytes...)
	}
	return b
}

// avmlBlock is how much memory AVML puts into a record at most.
const avmlBlock = 16 << 20

// avml writes spans as `avml acquire --compress` does: what is all zeros is not there.
func avml(spans ...span) []byte {
	var b []byte
	for _, s := range spans {
		for at := 0; at < len(s.bytes); at += avmlBlock {
			block := s.bytes[at:min(at+avmlBlock, len(s.bytes))]
			if len(bytes.Trim(block, "\x00")) == 0 {
				continue
			}
			start := s.start + uint64(at)
			b = append(b, header("AVML", 2, start, start+uint64(len(block))-1)...)
			stream := framed(block)
			b = append(append(b, stream...), le64(uint64(len(stream)))...)
		}
	}
	return b
}

// framed is a stream of snappy's framing format, in chunks as AVML has them.
func framed(b []byte) []byte {
	out := []byte("\xff\x06\x00\x00sNaPpY")
	for len(b) > 0 {
		memory := b[:min(len(b), 1<<16)]
		b = b[len(memory):]
		kind, body := byte(0), snappy.Encode(nil, memory)
		if len(body) >= len(memory)-len(memory)/8 {
			kind, body = 1, memory
		}
		n := len(body) + 4
		out = append(out, kind, byte(n), byte(n>>8), byte(n>>16))
		out = binary.LittleEndian.AppendUint32(out, sumOf(memory))
		out = append(out, body...)
	}
	return out
}

// sumOf is the checksum of a chunk's memory.
func sumOf(b []byte) uint32 {
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (sum>>15 | sum<<17) + 0xa282ead8
}

// core64 writes an ELF core file of segments, without their data.
func core64(order binary.AppendByteOrder, progs ...elf.Prog64) []byte {
	const headerSize = 64
	h := elf.Header64{
		Type: uint16(elf.ET_CORE), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: headerSize, Ehsize: headerSize, Phentsize: 56,
		Phnum: uint16(len(progs)),
	}
	ident(h.Ident[:], elf.ELFCLASS64, order)
	if len(progs) >= 0xffff {
		h.Phnum, h.Shnum, h.Shentsize = 0xffff, 1, 64
		h.Shoff = headerSize + 56*uint64(len(progs))
	}
	b := encode(nil, order, &h)
	for i := range progs {
		b = encode(b, order, &progs[i])
	}
	if h.Shnum > 0 {
		b = encode(b, order, &elf.Section64{Info: uint32(len(progs))})
	}
	return b
}

// core32 is the same for 32 bits.
func core32(order binary.AppendByteOrder, progs ...elf.Prog32) []byte {
	h := elf.Header32{Type: uint16(elf.ET_CORE), Version: 1, Phoff: 52, Ehsize: 52, Phentsize: 32, Phnum: uint16(len(progs))}
	ident(h.Ident[:], elf.ELFCLASS32, order)
	b := encode(nil, order, &h)
	for i := range progs {
		b = encode(b, order, &progs[i])
	}
	return b
}

func ident(b []byte, class elf.Class, order binary.AppendByteOrder) {
	copy(b, elf.ELFMAG)
	b[elf.EI_CLASS], b[elf.EI_DATA], b[elf.EI_VERSION] = byte(class), byte(elf.ELFDATA2LSB), 1
	if order == binary.AppendByteOrder(binary.BigEndian) {
		b[elf.EI_DATA] = byte(elf.ELFDATA2MSB)
	}
}

func encode(b []byte, order binary.AppendByteOrder, value any) []byte {
	b, err := binary.Append(b, order.(binary.ByteOrder), value)
	if err != nil {
		panic(err)
	}
	return b
}

// load is a segment whose bytes are in the file.
func load(paddr, offset, fileSize, memorySize uint64) elf.Prog64 {
	return elf.Prog64{Type: uint32(elf.PT_LOAD), Paddr: paddr, Off: offset, Filesz: fileSize, Memsz: memorySize}
}

// dumpOf writes a file and returns its path.
func dumpOf(t testing.TB, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mem.dump")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// opened opens a dump until the test's end.
func opened(t testing.TB, path, format string) memaccess.Source {
	t.Helper()
	s, err := source.Open(path, format)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// noise is n bytes that no two pages have in common, half of them compressible.
func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	x := seed*0x9e3779b97f4a7c15 + 1
	for i := 0; i+8 <= n; i += 8 {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		if i&0x800 == 0 {
			binary.LittleEndian.PutUint64(b[i:], x)
		} else {
			binary.LittleEndian.PutUint64(b[i:], x>>56)
		}
	}
	return b
}
