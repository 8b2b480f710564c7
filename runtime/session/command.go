package session

import (
	"os"
	"sync"
	"syscall"
)

// command is a command for a hub.
type command struct {
	child   *child
	request []byte // but for the number
	tries   int

	mu sync.Mutex
	// theirs are the child's ends of its pipes. They are kept until it has them, and
	// not closed while somebody sends them.
	theirs  []*os.File
	senders int
	dropped bool
	pid     int // 0 before it began
	killed  bool
}

// began notes the command's process. One that nobody wants any more ends at once.
func (c *command) began(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid = pid
	c.dropEnds()
	if c.killed {
		killGroup(pid)
	}
}

// over tells the run that its process is gone.
func (c *command) over(how exit, lost *Error) {
	c.mu.Lock()
	c.dropEnds()
	c.mu.Unlock()
	c.child.ended(how, lost)
}

// takeEnds returns the child's ends, nil where they are closed. They stay open until
// giveEnds.
func (c *command) takeEnds() []*os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.senders++
	if c.dropped {
		return nil
	}
	return c.theirs
}

func (c *command) giveEnds() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.senders--
	if c.dropped {
		c.dropEnds()
	}
}

// dropEnds closes the child's ends, as soon as may be: it has its own. Under mu.
func (c *command) dropEnds() {
	c.dropped = true
	if c.senders == 0 {
		closeAll(c.theirs)
		c.theirs = nil
	}
}

// kill ends the command, at once: where it has not begun yet, it is over.
func (c *command) kill() {
	c.mu.Lock()
	c.killed = true
	pid := c.pid
	if pid != 0 {
		select {
		case <-c.child.done: // and its number may be another's
		default:
			killGroup(pid)
		}
	}
	c.mu.Unlock()
	if pid == 0 {
		c.over(exit{}, nil)
	}
}

func killGroup(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) }
