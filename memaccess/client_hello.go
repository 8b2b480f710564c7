package memaccess

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"slices"
)

// hello is what a server says of itself and of its memory.
type hello struct {
	features uint32
	limit    uint64
	runs     []Run
	identity Identity
	name     string
	// trouble is the last of what happened to the guest since the connection was made.
	trouble string
}

// mostTold is the most that a server may tell of its runs or files, in bytes: sixteen
// million runs, twice what a kdump may have.
const mostTold = 256 << 20

// hello says hello. It returns nil where the server does not know it.
func (l *link) hello() (*hello, error) {
	if err := l.send(typeHello, helloMagic, 0, nil); err != nil {
		return nil, err
	}
	if ok, err := l.status(); err != nil || !ok {
		return nil, err
	}
	b, err := l.block("hello")
	if err != nil {
		return nil, err
	}
	said, ok := parseHello(b)
	if !ok {
		return nil, l.client.nonsense("its hello of %d bytes", len(b))
	}
	return said, nil
}

// block reads a length and as many bytes. Memory is taken as they come.
func (l *link) block(what string) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(l.r, size[:]); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint32(size[:])
	if n > mostTold {
		return nil, l.client.nonsense("its %s has %d bytes", what, n)
	}
	var b bytes.Buffer
	_, err := io.CopyN(&b, l.r, int64(n))
	return b.Bytes(), err
}

// fields reads the fields of a block. Past its end it reads zeros, and notes it.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.b) {
		f.short, f.b = true, nil
		return make([]byte, min(n, 8))
	}
	taken := f.b[:n]
	f.b = f.b[n:]
	return taken
}

func (f *fields) u16() uint16  { return binary.LittleEndian.Uint16(f.take(2)) }
func (f *fields) u32() uint32  { return binary.LittleEndian.Uint32(f.take(4)) }
func (f *fields) u64() uint64  { return binary.LittleEndian.Uint64(f.take(8)) }
func (f *fields) text() string { return string(f.take(int(f.u16()))) }

// parseHello reads a hello; false means that it makes no sense.
func parseHello(b []byte) (*hello, bool) {
	f := &fields{b: b}
	version, _ := f.u16(), f.u16()
	h := &hello{features: f.u32(), limit: f.u64()}
	n := f.u32()
	if f.short || version == 0 || h.limit == 0 || uint64(n)*16 > uint64(len(f.b)) {
		return nil, false
	}
	for range n {
		h.runs = append(h.runs, Run{Start: f.u64(), Length: f.u64()})
	}
	h.runs = slices.DeleteFunc(h.runs, func(r Run) bool { return r.Length == 0 })
	if !inOrder(h.runs) {
		return nil, false
	}
	if len(f.b) == 0 { // an older server
		return h, true
	}
	process := int64(f.u64())
	h.identity.Started = f.u64()
	h.identity.Image = f.text()
	h.name, h.trouble = f.text(), f.text()
	if f.short || process > math.MaxInt32 || process < unknownProcess {
		return nil, false
	}
	h.identity.Process = int(process)
	return h, true
}

// inOrder reports whether runs are as a Source's: in order, without overlap, and at
// addresses that can be read.
func inOrder(runs []Run) bool {
	end := uint64(0)
	for _, r := range runs {
		if r.Start < end || r.Length > math.MaxInt64 || r.End() > math.MaxInt64 || r.End() < r.Start {
			return false
		}
		end = r.End()
	}
	return true
}

// sameAs reports whether the memory is that of an earlier hello, as far as that can
// be told. A guest's runs may have become more.
func (h *hello) sameAs(old *hello) bool {
	return h.identity == old.identity && h.name == old.name && (h.identity.Live() || slices.Equal(h.runs, old.runs))
}
