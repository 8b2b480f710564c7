// Package protocoltest holds a server of the memory-access protocol, in whatever
// language it is written, to what docs/memory-protocol.md says, byte by byte.
package protocoltest

import (
	"encoding/binary"
	"net"
	"testing"
)

// Options are what a server is told besides its memory.
type Options struct {
	// Limit is the longest request; 0 leaves the default of 64 MiB.
	Limit uint64
	// FailHoles makes reads in a hole fail.
	FailHoles bool
	// Writable lets clients write.
	Writable bool
}

// Start starts a server of the machine that [Runs] and [Content] describe, by the
// name "test", of which nothing else is known, and returns what connects to it. The
// byte at [Bad] can be neither read nor written. The server ends with the test.
type Start func(t *testing.T, o Options) (dial func(t testing.TB) net.Conn)

// Run runs all tests.
func Run(t *testing.T, start Start) {
	t.Run("answers", func(t *testing.T) { each(t, start, answers()) })
	t.Run("vectored", func(t *testing.T) { each(t, start, vectored()) })
	t.Run("pieces", func(t *testing.T) { pieces(t, start) })
	t.Run("one write", func(t *testing.T) { oneWrite(t, start) })
	t.Run("many clients", func(t *testing.T) { manyClients(t, start) })
	t.Run("clients that vanish", func(t *testing.T) { vanishing(t, start) })
}

// Sizes.
const (
	KiB = 1 << 10
	MiB = 1 << 20
	GiB = 1 << 30
)

// Stretch is a run of memory.
type Stretch struct{ Start, Length uint64 }

// Runs are laid out as a PC: memory below and above the hole for devices, and two
// runs that touch.
var Runs = []Stretch{{0x1000, MiB}, {4 * GiB, MiB}, {4*GiB + MiB, MiB}}

const (
	// LowEnd and HighEnd are where memory ends below and above the hole.
	LowEnd  = 0x1000 + MiB
	HighEnd = 4*GiB + 2*MiB
	// Bad is the address of a byte that can't be read or written.
	Bad = 0x90000
)

// Content is the byte at an address, before anything is written there.
func Content(addr uint64) byte { return byte(addr*7 + addr>>8 + 1) }

// Contents are the n bytes from an address on.
func Contents(addr, n uint64) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = Content(addr + uint64(i))
	}
	return b
}

// The types of requests.
const (
	Quit       = 0
	Read       = 1
	Write      = 2
	Hello      = 0x80
	Vectored   = 0x81
	Descriptor = 0x82
	Pause      = 0x83
	Continue   = 0x84
)

// Magic is the address of a hello.
const Magic = 0x544E494C4F56

// Header is a request's.
func Header(kind byte, addr, length uint64) []byte {
	h := make([]byte, 24)
	h[0] = kind
	binary.LittleEndian.PutUint64(h[8:], addr)
	binary.LittleEndian.PutUint64(h[16:], length)
	return h
}

// List is a vectored read of pairs of an address and a length.
func List(pairs ...uint64) []byte {
	b := Header(Vectored, uint64(len(pairs)/2), uint64(8*len(pairs)))
	for _, v := range pairs {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}
