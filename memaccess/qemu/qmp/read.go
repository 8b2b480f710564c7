package qmp

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
)

// longestLine is the length of a line above which what comes is no QMP. The
// address map of a machine with hundreds of devices has some 100 KiB.
const longestLine = 16 << 20

var (
	errDetached = errors.New("the connection was given away")
	errTooLong  = fmt.Errorf("a line of more than %d bytes", longestLine)
)

// lines splits what comes into lines.
type lines struct {
	in      *bufio.Reader
	partial []byte // of the line that is being read
}

// newLines reads rest, and then in.
func newLines(in io.Reader, rest []byte) *lines {
	if len(rest) > 0 {
		in = io.MultiReader(bytes.NewReader(rest), in)
	}
	return &lines{in: bufio.NewReaderSize(in, 16<<10)}
}

// next returns the next line, which is good until the next call. After an error
// partial is what came of the line.
func (l *lines) next() ([]byte, error) {
	l.partial = l.partial[:0]
	for {
		part, err := l.in.ReadSlice('\n')
		if err == nil && len(l.partial) == 0 {
			return part, nil
		}
		if len(l.partial)+len(part) > longestLine {
			return nil, errTooLong
		}
		l.partial = append(l.partial, part...)
		if err == nil {
			return l.partial, nil
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
}

// read takes what QEMU sends until the connection ends or is given away.
func (c *Conn) read(in *lines) {
	defer close(c.done)
	for torn := c.options.Torn; ; torn = false {
		line, err := in.next()
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			c.rest, c.err = bytes.Clone(in.partial), errDetached
			return
		case err != nil:
			c.err = c.endError(err)
			return
		}
		if err := c.take(line); err != nil && !torn {
			c.err = err
			return
		}
	}
}

// take handles a line.
func (c *Conn) take(line []byte) error {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return nil
	}
	var r reply
	if err := json.Unmarshal(line, &r); err != nil {
		return c.nonsense(line)
	}
	switch {
	case r.Name != "":
		if c.options.Events != nil {
			c.options.Events(r.Event)
		}
	case r.Error != nil || r.Return != nil:
		c.deliver(r)
	case r.Greeting == nil:
		return c.nonsense(line)
	}
	return nil
}

// deliver hands an answer to whom it is for. That of a command that was given up
// is dropped. An error without an id is about the last line sent.
func (c *Conn) deliver(r reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	meant := string(r.ID) == strconv.FormatUint(c.waiting, 10) || (r.ID == nil && r.Error != nil)
	if c.waiting == 0 || !meant {
		return
	}
	c.waiting = 0
	c.answer <- r // has room: waiting is 0 from now on, and expect made room
}
