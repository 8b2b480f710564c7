package memaccess

import "encoding/binary"

// The protocol. A request is a header of 24 bytes, little endian; a write's data
// and a vectored read's list follow it. See docs/memory.md for the answers.
const (
	typeQuit       = 0
	typeRead       = 1
	typeWrite      = 2
	typeHello      = 0x80
	typeVectored   = 0x81
	typeDescriptor = 0x82
	typePause      = 0x83
	typeContinue   = 0x84
)

const (
	headerSize = 24
	// helloMagic stands in a hello's address: "VOLINT".
	helloMagic   = 0x0000_544E_494C_4F56
	helloVersion = 1
	// helloFixed is the size of a hello's answer after its length and before its
	// runs.
	helloFixed = 2 + 2 + 4 + 8 + 4
	// rangeSize is the size of an (address, length) of a vectored read.
	rangeSize = 16
	// mostRanges is how many of them a vectored read may have.
	mostRanges = 1 << 16

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

func parseRequest(h *[headerSize]byte) request {
	return request{
		kind:   h[0],
		addr:   binary.LittleEndian.Uint64(h[8:]),
		length: binary.LittleEndian.Uint64(h[16:]),
	}
}

// appendHello appends the answer to a hello.
func appendHello(b []byte, features uint32, limit uint64, runs []Run) []byte {
	b = append(b, done)
	b = binary.LittleEndian.AppendUint32(b, uint32(helloFixed+16*len(runs)))
	b = binary.LittleEndian.AppendUint16(b, helloVersion)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, features)
	b = binary.LittleEndian.AppendUint64(b, limit)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(runs)))
	for _, r := range runs {
		b = binary.LittleEndian.AppendUint64(b, r.Start)
		b = binary.LittleEndian.AppendUint64(b, r.Length)
	}
	return b
}
