package session

import (
	"os"
	"sync"
	"time"
)

// graceForPipes is how long the pipes that a command's output came through are
// read after its process ended, where something that it started holds on to them.
const graceForPipes = time.Second

func deadlineForPipes() time.Time { return time.Now().Add(graceForPipes) }

// child is the process that runs a command, as far as the run is concerned.
type child struct {
	// frames, control and output are where rows, records, and what is printed come from.
	frames, control, output *os.File

	once sync.Once
	// done is closed when the process has ended, or never will have begun.
	done chan struct{}
	exit exit
	// lost says why it never began, or was ended from above; nil mostly.
	lost *Error

	// end kills the process and what it started, at once.
	end func()
}

// newChild makes a child, and the other ends of its pipes: the process's own.
func newChild() (c *child, theirs []*os.File, err error) {
	c = &child{done: make(chan struct{})}
	for _, ours := range []**os.File{&c.frames, &c.control, &c.output} {
		r, w, err := os.Pipe()
		if err != nil {
			c.closePipes()
			closeAll(theirs)
			return nil, nil, err
		}
		*ours, theirs = r, append(theirs, w)
	}
	return c, theirs, nil
}

// ended tells how the process ended. The first one to tell counts.
func (c *child) ended(how exit, lost *Error) {
	c.once.Do(func() {
		c.exit, c.lost = how, lost
		deadline := deadlineForPipes()
		_ = c.control.SetReadDeadline(deadline)
		_ = c.output.SetReadDeadline(deadline)
		close(c.done)
	})
}

func (c *child) closePipes() { closeAll([]*os.File{c.output, c.frames, c.control}) }

func closeAll(files []*os.File) {
	for _, f := range files {
		if f != nil {
			_ = f.Close()
		}
	}
}

// startAlone starts a worker of its own for a request.
func startAlone(python string, stdin []byte) (*child, error) {
	c, theirs, err := newChild()
	if err != nil {
		return nil, err
	}
	defer closeAll(theirs)
	p, err := startProcess(python, bootCode, stdin, theirs[2], theirs[0], theirs[1])
	if err != nil {
		c.closePipes()
		return nil, err
	}
	c.end = p.end
	go func() {
		<-p.done
		c.ended(p.exit, nil)
	}()
	return c, nil
}
