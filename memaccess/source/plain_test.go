package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io"
	"math"

	"github.com/klauspost/compress/snappy"
)

// piece is memory of which a plain reader says what it is: bytes, zeros, or bytes
// that can't be had.
type piece struct {
	rangeStart    uint64 // where the range begins that it is a piece of
	start, length uint64
	bytes         []byte // nil: zeros, or lost
	lost          bool
}

func (p piece) zeros() bool { return p.bytes == nil && !p.lost }

// expected is the byte at an address, in the plainest words: of all pieces that have
// it bytes stand before zeros, the lower before the higher, the first before the next.
func expected(pieces []piece, addr uint64) (value byte, lost, found bool) {
	var best *piece
	for i := range pieces {
		p := &pieces[i]
		if addr < p.start || addr-p.start >= p.length {
			continue
		}
		if best == nil || best.zeros() && !p.zeros() || best.zeros() == p.zeros() && p.rangeStart < best.rangeStart {
			best = p
		}
	}
	switch {
	case best == nil:
		return 0, false, false
	case best.zeros():
		return 0, false, true
	case best.lost:
		return 0, true, true
	}
	return best.bytes[addr-best.start], false, true
}

// plainRecords reads LiME and AVML as they stand, into memory.
func plainRecords(b []byte) (pieces []piece, known bool) {
	add := func(p piece) {
		if p.start >= math.MaxInt64 {
			return
		}
		p.length = min(p.length, math.MaxInt64-p.start)
		if p.length > 0 {
			pieces = append(pieces, p)
		}
	}
	for len(b) >= 32 {
		first, last := binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])
		kind := string(b[:8])
		b = b[32:]
		if kind != "EMiL\x01\x00\x00\x00" && kind != "AVML\x02\x00\x00\x00" || last < first && last+1 != first {
			break
		}
		length := last + 1 - first
		if first == 0 && last == math.MaxUint64 {
			length = math.MaxUint64
		}
		if kind[0] == 'E' {
			n := min(length, uint64(len(b)))
			add(piece{rangeStart: first, start: first, length: n, bytes: b[:n]})
			if n < length {
				break
			}
			b = b[n:]
			continue
		}
		idle, start := 0, first
		for length > 0 && len(b) >= 4 {
			size := int(b[1]) | int(b[2])<<8 | int(b[3])<<16
			if size > len(b)-4 || idle == 64 {
				break
			}
			body, rest := b[4:4+size], b[4+size:]
			switch {
			case b[0] == 0xff && string(body) != "sNaPpY", b[0] > 1 && b[0] < 0x80:
				return pieces, true
			case b[0] > 1:
				b = rest
				idle++
				continue
			case size < 4 || size > 76490+4:
				return pieces, true
			}
			idle = 0
			memory, lost := body[4:], false
			n := len(memory)
			if b[0] == 0 {
				// What a length says may go on behind its chunk: nobody writes that.
				v, used := binary.Uvarint(memory)
				if used <= 0 {
					return pieces, false
				}
				if n = int(min(v, 1<<17)); n == 0 || n > 1<<16 {
					return pieces, true
				}
				var err error
				memory, err = snappy.Decode(nil, memory)
				lost = err != nil || len(memory) != n
			}
			if n == 0 || n > 1<<16 {
				return pieces, true
			}
			if lost = lost || sumOf(memory) != binary.LittleEndian.Uint32(body); lost {
				memory = nil
			}
			take := min(uint64(n), length)
			add(piece{rangeStart: start, start: first, length: take, bytes: memory, lost: lost})
			first, length, b = first+take, length-take, rest
		}
		if length > 0 || len(b) < 8 {
			break
		}
		b = b[8:]
	}
	return pieces, true
}

// plainELF reads a core file by debug/elf.
func plainELF(b []byte) (pieces []piece, known bool) {
	file, err := elf.NewFile(bytes.NewReader(b))
	if err != nil || file.Type != elf.ET_CORE {
		return nil, false
	}
	if len(file.Progs) >= 0xffff {
		return nil, false
	}
	placed := false
	for _, p := range file.Progs {
		none := uint64(math.MaxUint64)
		if file.Class == elf.ELFCLASS32 {
			none = math.MaxUint32
		}
		if p.Type != elf.PT_LOAD || p.Paddr == none {
			continue
		}
		if p.Paddr == 0 && p.Vaddr != 0 {
			return nil, false // may be that of a process
		}
		placed = true
		have, _ := io.ReadAll(io.NewSectionReader(bytes.NewReader(b), int64(min(p.Off, math.MaxInt64)), int64(min(p.Filesz, 1<<20))))
		if p.Paddr >= math.MaxInt64 {
			continue
		}
		room := math.MaxInt64 - p.Paddr
		if n := min(uint64(len(have)), room); n > 0 {
			pieces = append(pieces, piece{rangeStart: p.Paddr, start: p.Paddr, length: n, bytes: have[:n]})
		}
		if p.Memsz > p.Filesz && p.Filesz < room {
			pieces = append(pieces, piece{rangeStart: p.Paddr + p.Filesz, start: p.Paddr + p.Filesz, length: min(p.Memsz-p.Filesz, room-p.Filesz)})
		}
	}
	return pieces, placed
}
