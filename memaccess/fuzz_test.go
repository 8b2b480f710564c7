package memaccess

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"
)

// flat is memory in two runs; the byte at an address is the address's lowest.
type flat struct{}

func (flat) ReadAt(p []byte, off int64) (int, error) {
	for i := range p {
		p[i] = byte(off) + byte(i)
	}
	return len(p), nil
}
func (flat) Runs() []Run        { return []Run{{0x1000, 0x2000}, {0x8000, 0x1000}} }
func (flat) Name() string       { return "flat" }
func (flat) Identity() Identity { return Identity{} }
func (flat) Close() error       { return nil }

// script is a connection that sends bytes and keeps the answers.
type script struct {
	io.Reader
	bytes.Buffer
}

func (s *script) Read(p []byte) (int, error) { return s.Reader.Read(p) }

const fuzzLimit = 0x3000

// expected is what the protocol answers, in the plainest words.
func expected(in []byte) []byte {
	var out []byte
	has := func(addr uint64) bool { return addr >= 0x1000 && addr < 0x3000 || addr >= 0x8000 && addr < 0x9000 }
	for len(in) >= 24 && in[0] != 0 {
		kind, addr, n := in[0], binary.LittleEndian.Uint64(in[8:]), binary.LittleEndian.Uint64(in[16:])
		in = in[24:]
		switch {
		case (kind == 1 || kind == 2) && n > fuzzLimit:
			return out
		case kind == 1:
			var have, lack uint64
			answer := make([]byte, n+1)
			for i := range n {
				if has(addr + i) {
					have++
					answer[i] = byte(addr + i)
				} else {
					lack++
				}
			}
			hole := have == 0 && n <= 4096 && addr < 0x9000 && addr+n > addr
			if n == 0 || lack == 0 || hole {
				answer[n] = 1
			} else {
				clear(answer)
			}
			out = append(out, answer...)
		case kind == 2:
			if uint64(len(in)) < n {
				return out
			}
			in = in[n:]
			out = append(out, 0)
		case kind == 0x80 && addr == helloMagic && n == 0:
			out = appendHello(out, 0, fuzzLimit, flat{}.Runs())
		default:
			out = append(out, 0)
		}
	}
	return out
}

func FuzzServer(f *testing.F) {
	for _, seed := range [][3]uint64{
		{0, 0, 0}, {1, 0x1000, 16}, {1, 0x2ff0, 32}, {1, 0x3000, 4096}, {1, 0x3000, 4097}, {1, 0x8ff0, 17}, {1, 0, 0},
		{1, 0x1000, 1 << 62}, {1, ^uint64(0), 2}, {2, 0x1000, 24}, {2, 0, 1 << 63}, {3, 0, 0}, {0x80, helloMagic, 0},
	} {
		h := make([]byte, 24)
		h[0] = byte(seed[0])
		binary.LittleEndian.PutUint64(h[8:], seed[1])
		binary.LittleEndian.PutUint64(h[16:], seed[2])
		f.Add(bytes.Repeat(h, 3))
		f.Add(h[:23])
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 320 {
			return // enough requests
		}
		s := &script{Reader: bytes.NewReader(in)}
		_ = (&Server{Source: flat{}, Limit: fuzzLimit}).talk(s)
		if want := expected(in); !bytes.Equal(s.Bytes(), want) {
			t.Errorf("answers to %x:\n%d bytes %x\nwant %d bytes %x", in, s.Len(), head(s.Bytes()), len(want), head(want))
		}
	})
}

func head(b []byte) []byte { return b[:min(len(b), 64)] }
