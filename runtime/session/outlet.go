package session

import (
	"errors"
	"os"
	"time"
)

const (
	// pipeSize is how much a pipe holds, in bytes.
	pipeSize = 64 << 10
	// lookTime is how long a pipe is looked into for what it holds.
	lookTime = 100 * time.Millisecond
)

// outlet reads one of the worker's outputs. The worker's end sets the pipe a
// deadline, since something that the worker started may hold on to it. Whoever
// listens may be slow: what the pipe holds by then is read all the same.
type outlet struct {
	pipe *os.File
	late bool // the deadline has passed
	left int  // how much may be read after it
}

func newOutlet(pipe *os.File) *outlet { return &outlet{pipe: pipe, left: pipeSize} }

func (o *outlet) Read(p []byte) (int, error) {
	if !o.late {
		n, err := o.pipe.Read(p)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		o.late = true
	}
	if o.left == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	_ = o.pipe.SetReadDeadline(time.Now().Add(lookTime))
	n, err := o.pipe.Read(p[:min(len(p), o.left)])
	o.left -= n
	return n, err
}
