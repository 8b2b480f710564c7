package memaccess

import (
	"encoding/binary"
	"math"
)

// The protocol. A request is a header of 24 bytes, little endian; a write's data
// and a vectored read's list follow it. See docs/memory-protocol.md for the
// answers.
const (
	typeQuit       = 0
	typeRead       = 1
	typeWrite      = 2
	typeHello      = 0x80
	typeVectored   = 0x81
	typeDescriptor = 0x82
	typePause      = 0x83
	typeContinue   = 0x84
	typeStatus     = 0x85
)

const (
	headerSize = 24
	// helloMagic stands in a hello's address: "VOLINT".
	helloMagic   = 0x0000_544E_494C_4F56
	helloVersion = 1
	// rangeSize is the size of an (address, length) of a vectored read.
	rangeSize = 16
	// mostRanges is how many of them a vectored read may have.
	mostRanges = 1 << 16

	descriptorVersion = 1
	// descriptorFixed is the size of a descriptor answer after its length and before
	// its runs, and descriptorRun that of a run.
	descriptorFixed = 2 + 2 + 4
	descriptorRun   = 8 + 8 + 4 + 4 + 8
	// mostDescriptors is how many descriptors an answer may bring.
	mostDescriptors = 64
	// noDescriptor stands for the descriptor of a run that lies in no file.
	noDescriptor = math.MaxUint32

	// page is the longest read that succeeds in a hole.
	page = 4096
)

// The features that a hello tells.
const (
	featureVectored   uint32 = 1 << iota
	featureDescriptor        // some run lies in a file that the server passes
	featurePause             // the guest can be stopped
	featureWritable
	featureLive // a guest that may run: what was read of it must not be kept
)

// The status byte that ends an answer.
const (
	failed = 0
	done   = 1
)

// request is a header. Of a type only the first byte counts: C programs leave
// whatever was there in the seven that follow.
type request struct {
	kind         byte
	addr, length uint64
}

func parseRequest(h []byte) request {
	_ = h[headerSize-1]
	return request{
		kind:   h[0],
		addr:   binary.LittleEndian.Uint64(h[8:]),
		length: binary.LittleEndian.Uint64(h[16:]),
	}
}

// about is what a hello tells of a source.
type about struct {
	features uint32
	limit    uint64
	runs     []Run
	// What follows the runs, for those who read on.
	identity Identity
	name     string
	trouble  string // the last thing that happened to the guest, or ""
}

// appendHello appends the answer to a hello.
func appendHello(b []byte, a *about) []byte {
	b = append(b, done)
	b = binary.LittleEndian.AppendUint32(b, 0) // the length, below
	start := len(b)
	b = binary.LittleEndian.AppendUint16(b, helloVersion)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, a.features)
	b = binary.LittleEndian.AppendUint64(b, a.limit)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(a.runs)))
	for _, r := range a.runs {
		b = binary.LittleEndian.AppendUint64(b, r.Start)
		b = binary.LittleEndian.AppendUint64(b, r.Length)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(a.identity.Process))
	b = binary.LittleEndian.AppendUint64(b, a.identity.Started)
	for _, text := range []string{a.identity.Image, a.name, a.trouble} {
		b = appendText(b, text)
	}
	binary.LittleEndian.PutUint32(b[start-4:], uint32(len(b)-start))
	return b
}

// appendText appends a text behind its length; one that is too long loses its end.
func appendText(b []byte, text string) []byte {
	text = text[:min(len(text), math.MaxUint16)]
	return append(binary.LittleEndian.AppendUint16(b, uint16(len(text))), text...)
}

// filed is a run, and where it lies: at an offset of a descriptor of the answer.
type filed struct {
	Run
	index  uint32
	offset uint64
}

// appendDescriptors appends the answer that n descriptors ride on.
func appendDescriptors(b []byte, n int, runs []filed) []byte {
	b = append(b, done)
	b = binary.LittleEndian.AppendUint32(b, uint32(descriptorFixed+descriptorRun*len(runs)))
	b = binary.LittleEndian.AppendUint16(b, descriptorVersion)
	b = binary.LittleEndian.AppendUint16(b, uint16(n))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(runs)))
	for _, r := range runs {
		b = binary.LittleEndian.AppendUint64(b, r.Start)
		b = binary.LittleEndian.AppendUint64(b, r.Length)
		b = binary.LittleEndian.AppendUint32(b, r.index)
		b = binary.LittleEndian.AppendUint32(b, 0)
		b = binary.LittleEndian.AppendUint64(b, r.offset)
	}
	return b
}
