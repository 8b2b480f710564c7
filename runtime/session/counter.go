package session

import (
	"encoding/binary"
	"io"
	"sync"
)

// counter counts the frames that pass through it, without decoding them: the
// reader on the other side can't be asked whether all of them came.
type counter struct {
	r io.Reader

	mu sync.Mutex
	// header is the part of a frame's length that has passed.
	header     [4]byte
	headerSize int
	// payload is what is left of the frame's message.
	payload int64
	frames  int64
	offset  int64
	// start is where the frame that is passing starts.
	start int64
	ended bool
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(p[:n])
	if err != nil {
		// A pipe that was closed on this side ends the stream for the reader too: why
		// is what Wait tells.
		c.ended = true
		err = io.EOF
	}
	return n, err
}

func (c *counter) count(p []byte) {
	for len(p) > 0 {
		var n int
		if c.payload > 0 {
			n = int(min(c.payload, int64(len(p))))
			c.payload -= int64(n)
		} else {
			n = copy(c.header[c.headerSize:], p)
			c.headerSize += n
			if c.headerSize < len(c.header) {
				c.offset += int64(n)
				return
			}
			c.payload = int64(binary.LittleEndian.Uint32(c.header[:]))
		}
		c.offset += int64(n)
		p = p[n:]
		if c.payload == 0 {
			c.frames++
			c.headerSize = 0
			c.start = c.offset
		}
	}
}

// drain reads what is left, unless the end was seen.
func (c *counter) drain() {
	c.mu.Lock()
	ended := c.ended
	c.mu.Unlock()
	if !ended {
		_, _ = io.Copy(io.Discard, c)
	}
}

// state returns how many frames passed whole, where the next one starts, how
// many bytes there are in all, and whether they end inside a frame.
func (c *counter) state() (frames, start, offset int64, cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.frames, c.start, c.offset, c.offset != c.start
}
