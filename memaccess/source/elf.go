package source

import (
	"debug/elf"
	"encoding/binary"
	"math"
)

// segment is a program header, of either class.
type segment struct {
	kind                 elf.ProgType
	offset, vaddr, paddr uint64
	fileSize, memorySize uint64
}

// noAddress is the physical address of what has none: in /proc/kcore the kernel's
// own memory, which stands among the rest as well.
const noAddress = math.MaxUint64

// table is where the program headers of a core file are.
type table struct {
	order  binary.ByteOrder
	class  elf.Class
	offset uint64
	size   uint64 // of a header
	count  uint64
}

// elfCore finds the ranges of an ELF core file: what is loaded, at its physical
// addresses. The types are debug/elf's; its reader is not used, since it reads all
// headers into memory, sections among them, fails when the last of them are cut off,
// and stops at 65,534 segments.
func elfCore(b *builder) error {
	b.repeats = true // by virtual addresses, and in /proc/kcore the kernel's text
	t, err := coreTable(b)
	if err != nil {
		return err
	}
	physical, virtual := 0, 0
	for i := range t.count {
		at := t.offset + i*t.size
		if at > math.MaxInt64 || b.full(int64(at)) {
			break
		}
		s, ok := t.segment(b, int64(at), t.count-i)
		if !ok {
			break
		}
		if s.kind != elf.PT_LOAD || s.paddr == noAddress {
			continue
		}
		switch {
		case s.paddr != 0:
			physical++
		case s.vaddr != 0:
			virtual++
		}
		b.load(int64(at), s)
	}
	if physical == 0 && virtual > 1 {
		return b.file.Errorf(int64(t.offset), "a core file of a machine is needed, as QEMU's dump-guest-memory writes it",
			"the segments have no physical addresses: it may be the core file of a process")
	}
	return nil
}

// load adds what a segment holds.
func (b *builder) load(at int64, s segment) {
	offset := int64(math.MaxInt64)
	if s.offset < math.MaxInt64 {
		offset = int64(s.offset)
	}
	if s.fileSize > 0 {
		b.store(at, s.paddr, s.fileSize, offset)
	}
	if s.memorySize > s.fileSize {
		if s.paddr+s.fileSize < s.paddr {
			return // the warning about the bytes says it
		}
		empty := extent{start: s.paddr + s.fileSize, length: s.memorySize - s.fileSize, kind: zeros}
		b.add(at, empty.start, empty)
	}
}

// coreTable reads the file's header.
func coreTable(b *builder) (*table, error) {
	header, err := b.window.peek(0, 64)
	if err != nil {
		return nil, err
	}
	if len(header) < 52 {
		return nil, b.file.Errorf(int64(len(header)), "take the dump again", "the file ends within its header")
	}
	t := &table{class: elf.Class(header[elf.EI_CLASS])}
	switch elf.Data(header[elf.EI_DATA]) {
	case elf.ELFDATA2LSB:
		t.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		t.order = binary.BigEndian
	default:
		return nil, b.file.Errorf(elf.EI_DATA, "take the dump again", "an ELF file of unknown byte order %d", header[elf.EI_DATA])
	}
	if kind := elf.Type(t.order.Uint16(header[16:])); kind != elf.ET_CORE {
		return nil, b.file.Errorf(16, "give the memory dump, not the kernel or a program", "an ELF file, but no core file (%v)", kind)
	}
	sections, ok := t.place(header)
	if !ok {
		return nil, b.file.Errorf(elf.EI_CLASS, "take the dump again", "an ELF file of unknown class %d, or cut", header[elf.EI_CLASS])
	}
	if least := t.least(); t.size < uint64(least) {
		return nil, b.file.Errorf(0, "take the dump again", "its program headers have %d bytes each, and at least %d are needed", t.size, least)
	}
	if t.count == manySegments {
		t.count = t.many(b, sections)
	}
	return t, nil
}

// place reads where the program headers are, and where the sections are.
func (t *table) place(header []byte) (sections uint64, ok bool) {
	switch {
	case t.class == elf.ELFCLASS32:
		var h elf.Header32
		decode(header, t.order, &h)
		t.offset, t.size, t.count = uint64(h.Phoff), uint64(h.Phentsize), uint64(h.Phnum)
		return uint64(h.Shoff), true
	case t.class == elf.ELFCLASS64 && len(header) == 64:
		var h elf.Header64
		decode(header, t.order, &h)
		t.offset, t.size, t.count = h.Phoff, uint64(h.Phentsize), uint64(h.Phnum)
		return h.Shoff, true
	}
	return 0, false
}

// manySegments (PN_XNUM) stands for a number of segments that 16 bits can't hold.
const manySegments = 0xffff

// many is how many segments there are, which the first section then tells.
func (t *table) many(b *builder, sections uint64) uint64 {
	var count uint64
	if sections != 0 && sections < math.MaxInt64 {
		section, err := b.window.peek(int64(sections), 64)
		switch {
		case err != nil:
		case t.class == elf.ELFCLASS32 && len(section) >= 40:
			var s elf.Section32
			decode(section, t.order, &s)
			count = uint64(s.Info)
		case t.class == elf.ELFCLASS64 && len(section) >= 64:
			var s elf.Section64
			decode(section, t.order, &s)
			count = uint64(s.Info)
		}
	}
	if count >= manySegments {
		return count
	}
	b.warnf(0, "it has more than %d segments, and the section that tells how many is not there", manySegments-1)
	return manySegments
}

// least is how long a program header is.
func (t *table) least() int {
	if t.class == elf.ELFCLASS32 {
		return 32
	}
	return 56
}

// segment reads a program header; left are how many there should be from it on.
func (t *table) segment(b *builder, at int64, left uint64) (segment, bool) {
	header, err := b.window.peek(at, t.least())
	if err != nil || len(header) < t.least() {
		b.warnf(at, "the file ends where %d more segments should be described", left)
		return segment{}, false
	}
	var s segment
	if t.class == elf.ELFCLASS32 {
		var h elf.Prog32
		decode(header, t.order, &h)
		s = segment{
			elf.ProgType(h.Type), uint64(h.Off), uint64(h.Vaddr), uint64(h.Paddr), uint64(h.Filesz), uint64(h.Memsz),
		}
		if h.Paddr == math.MaxUint32 {
			s.paddr = noAddress
		}
	} else {
		var h elf.Prog64
		decode(header, t.order, &h)
		s = segment{elf.ProgType(h.Type), h.Off, h.Vaddr, h.Paddr, h.Filesz, h.Memsz}
	}
	return s, true
}

// decode reads one of debug/elf's structures, which the bytes are enough for.
func decode(b []byte, order binary.ByteOrder, into any) {
	if _, err := binary.Decode(b, order, into); err != nil {
		panic(err) // the caller looked at the length
	}
}
