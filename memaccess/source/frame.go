package source

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// An AVML record holds its range as a stream in snappy's framing format, and behind
// it a number of 8 bytes, which versions of AVML do not agree on. A stream is a row
// of chunks: a byte that says what it is, three that say how many bytes follow, and
// those. In chunks of memory they begin with a checksum.
const (
	frameHeader   = 4
	frameChecksum = 4
	frameTrailer  = 8

	frameCompressed = 0x00
	frameStored     = 0x01
	frameFirstSkip  = 0x80 // from here on, whoever does not know a chunk passes it by
	frameStream     = 0xff
	streamName      = "sNaPpY"

	// maxFrame is how much memory a chunk holds at most.
	maxFrame = 1 << 16
	// maxFrameBody is the most that snappy makes of that.
	maxFrameBody = frameChecksum + 32 + maxFrame + maxFrame/6
	// maxIdle is how many chunks without memory may follow each other.
	maxIdle = 64
)

// frame is a chunk that holds memory.
type frame struct {
	offset int64  // of its body
	size   uint32 // of its body
	length uint32 // of the memory
	plain  bool   // not compressed
}

func (f frame) next() int64 { return f.offset + int64(f.size) }

// frameError says what is wrong with a chunk. It is not about reading the file.
type frameError struct {
	offset int64
	what   string
}

func (e *frameError) Error() string { return e.what }

// nextFrame finds the next chunk with memory, from an offset between chunks on.
func (w *window) nextFrame(offset int64) (frame, error) {
	for range maxIdle {
		header, err := w.peek(offset, frameHeader+frameChecksum+binary.MaxVarintLen32)
		if err != nil {
			return frame{}, err
		}
		if len(header) < frameHeader {
			return frame{}, &frameError{offset, "the file ends within a chunk's header"}
		}
		kind, size := header[0], uint32(header[1])|uint32(header[2])<<8|uint32(header[3])<<16
		body := header[frameHeader:]
		if int64(size) > w.file.Size-offset-frameHeader {
			return frame{}, &frameError{offset, "the file ends within a chunk"}
		}
		f := frame{offset: offset + frameHeader, size: size}
		switch {
		case kind == frameCompressed || kind == frameStored:
			return f.holds(kind, body)
		case kind == frameStream && (size != uint32(len(streamName)) || string(body[:size]) != streamName),
			kind < frameFirstSkip:
			return frame{}, &frameError{offset, fmt.Sprintf("no chunk of snappy's is here but type %#x with %d bytes", kind, size)}
		}
		offset = f.next()
	}
	return frame{}, &frameError{offset, "chunks without memory go on and on"}
}

// holds completes a frame by how much memory it has.
func (f frame) holds(kind byte, body []byte) (frame, error) {
	bad := func(what string) (frame, error) { return frame{}, &frameError{f.offset - frameHeader, what} }
	if f.size < frameChecksum || f.size > maxFrameBody {
		return bad(fmt.Sprintf("a chunk has %d bytes, which none can have", f.size))
	}
	length := f.size - frameChecksum
	if f.plain = kind == frameStored; !f.plain {
		n, err := s2.DecodedLen(body[frameChecksum:])
		if err != nil {
			return bad("a chunk does not say how much memory it has")
		}
		length = uint32(min(n, maxFrame+1))
	}
	if length == 0 || length > maxFrame {
		return bad("a chunk has more memory than it may have, or none")
	}
	f.length = length
	return f, nil
}

// decode makes the memory of a chunk's body into dst, which has its length.
func (f frame) decode(dst, body []byte) error {
	data := body[frameChecksum:]
	if f.plain {
		copy(dst, data)
	} else {
		// The body may be another than the one that told the length.
		if n, err := s2.DecodedLen(data); err != nil || n != len(dst) {
			return fmt.Errorf("a chunk that changed")
		}
		if _, err := s2.Decode(dst, data); err != nil {
			return fmt.Errorf("a chunk that is no snappy")
		}
	}
	if masked(crc32.Checksum(dst, castagnoli)) != binary.LittleEndian.Uint32(body) {
		return fmt.Errorf("a chunk whose checksum is wrong")
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// masked is how the framing format writes a checksum.
func masked(sum uint32) uint32 { return (sum>>15 | sum<<17) + 0xa282ead8 }
