// Package qmp talks to a QEMU by its QMP socket: lines of JSON, commands and their
// answers, and events that come between them.
//
// A QEMU is not trusted to behave: one that answers nonsense, never, or with a
// flood gives an error within the time-out, and what it sends is never kept beyond
// the length of one line.
package qmp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/volint/volint/memaccess"
)

const (
	// patience is how long an answer may take where the context sets no earlier end.
	patience = 10 * time.Second
	// greeting is how long a QEMU may take to greet: one that serves somebody else on
	// this socket does not greet at all.
	greeting = 5 * time.Second
)

// Event is something that happened in the guest or its emulator.
type Event struct {
	Name string          `json:"event"`
	Data json.RawMessage `json:"data,omitempty"`
}

// Options are how to talk.
type Options struct {
	// Events is called with each event, one after the other, and holds up the answers
	// while it runs. It may not call the connection. nil drops events.
	Events func(Event)
	// Timeout ends the waiting for the greeting and for each answer. 0 is five seconds
	// and ten.
	Timeout time.Duration
	// Torn says, for [Resume], that the first line may be the end of one that somebody
	// else began to read.
	Torn bool
}

// Conn is a connection to a QMP socket. Its methods may be called by several
// goroutines; one command is under way at a time.
type Conn struct {
	conn    *net.UnixConn
	path    string
	options Options

	commands sync.Mutex // one command at a time
	nextID   uint64

	mu      sync.Mutex
	waiting uint64 // the command whose answer is awaited, or 0
	answer  chan reply

	done chan struct{} // closed when the reader has ended
	err  error         // why it did; set before done is closed
	rest []byte        // what it read of a line that did not end
}

// reply is a line from QEMU.
type reply struct {
	Greeting json.RawMessage `json:"QMP"`
	Return   json.RawMessage `json:"return"`
	Error    *Failure        `json:"error"`
	ID       json.RawMessage `json:"id"`
	Event
}

// Failure is a command that QEMU refused.
type Failure struct {
	Command string `json:"-"`
	Class   string `json:"class"`
	Desc    string `json:"desc"`
}

func (f *Failure) Error() string { return fmt.Sprintf("QEMU refused %s: %s", f.Command, f.Desc) }

// Dial connects to the QMP socket at path and gets it ready for commands.
func Dial(ctx context.Context, path string, o Options) (*Conn, error) {
	limit := o.Timeout
	if limit == 0 {
		limit = greeting
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil, dialError(path, err)
	}
	c := newConn(conn.(*net.UnixConn), path, o)
	if err := c.greet(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return c, nil
}

// Resume goes on with a connection that [Conn.Detach] gave, here or in another
// process. rest is what was read of it and not used.
func Resume(conn *net.UnixConn, path string, rest []byte, o Options) *Conn {
	c := newConn(conn, path, o)
	go c.read(newLines(conn, rest))
	return c
}

func newConn(conn *net.UnixConn, path string, o Options) *Conn {
	return &Conn{
		conn: conn, path: path, options: o, answer: make(chan reply, 1), done: make(chan struct{}),
		// Answers to whoever had the connection before are told from ours by their number.
		nextID: uint64(time.Now().UnixNano()) & (1<<52 - 1),
	}
}

// greet reads the greeting and leaves the mode in which QEMU takes no commands.
func (c *Conn) greet(ctx context.Context) error {
	// A QEMU that says nothing leaves the read to the deadline; a context that ends
	// earlier brings it forward.
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	in := newLines(c.conn, nil)
	line, err := in.next()
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return c.greetError(ctx, err)
	}
	var hello reply
	if json.Unmarshal(line, &hello) != nil || hello.Greeting == nil {
		return memaccess.Errorf("give the path of the socket that QEMU's option -qmp names",
			"%s is not a QMP socket: it begins with %s", c.path, excerpt(line))
	}
	go c.read(in)
	return c.Execute(ctx, "qmp_capabilities", nil, nil)
}

// Execute runs a command and decodes what it returns into result, unless that is
// nil. A command that QEMU refuses gives a [*Failure].
func (c *Conn) Execute(ctx context.Context, command string, arguments, result any) error {
	c.commands.Lock()
	defer c.commands.Unlock()
	limit := c.options.Timeout
	if limit == 0 {
		limit = patience
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	id := c.expect()
	defer c.forget()
	if err := c.send(ctx, command, arguments, id); err != nil {
		return err
	}
	select {
	case r := <-c.answer:
		return decode(command, r, result)
	case <-c.done:
		// An answer may have come just before the end.
		select {
		case r := <-c.answer:
			return decode(command, r, result)
		default:
			return c.err
		}
	case <-ctx.Done():
		return c.silent(ctx, command)
	}
}

// Monitor runs a line of the human monitor and returns what it prints.
func (c *Conn) Monitor(ctx context.Context, line string) (string, error) {
	var out string
	err := c.Execute(ctx, "human-monitor-command", map[string]string{"command-line": line}, &out)
	return strings.ReplaceAll(out, "\r\n", "\n"), err
}

func (c *Conn) send(ctx context.Context, command string, arguments any, id uint64) error {
	line, err := json.Marshal(struct {
		Execute   string `json:"execute"`
		Arguments any    `json:"arguments,omitempty"`
		ID        uint64 `json:"id"`
	}{command, arguments, id})
	if err != nil {
		return err
	}
	if end, ok := ctx.Deadline(); ok {
		_ = c.conn.SetWriteDeadline(end)
	}
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		if errors.Is(err, net.ErrClosed) {
			return errClosed(c.path)
		}
		return memaccess.Errorf(hintGone, "QEMU can't be told %s on %s: %w", command, c.path, err)
	}
	return nil
}

// expect makes the reader keep the answer to the next command.
func (c *Conn) expect() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nextID++
	c.waiting = c.nextID
	select {
	case <-c.answer: // of a command that was given up as it came
	default:
	}
	return c.nextID
}

func (c *Conn) forget() {
	c.mu.Lock()
	c.waiting = 0
	c.mu.Unlock()
}

func decode(command string, r reply, result any) error {
	if r.Error != nil {
		r.Error.Command = command
		return r.Error
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(r.Return, result); err != nil {
		return memaccess.Errorf("this version of QEMU may be one that volint does not know",
			"QEMU answers %s with %s", command, excerpt(r.Return))
	}
	return nil
}

// Detach ends the reading and gives the connection away: nothing of it is used
// here any more. rest is what was read of the next line.
func (c *Conn) Detach() (conn *net.UnixConn, rest []byte, err error) {
	c.commands.Lock()
	defer c.commands.Unlock()
	_ = c.conn.SetReadDeadline(time.Unix(1, 0))
	<-c.done
	if !errors.Is(c.err, errDetached) {
		return nil, nil, c.err
	}
	_ = c.conn.SetDeadline(time.Time{})
	return c.conn, c.rest, nil
}

// Done is closed when QEMU has closed the connection, or it was closed or given
// away here.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Socket is the connection's socket.
func (c *Conn) Socket() *net.UnixConn { return c.conn }

// Close ends the connection.
func (c *Conn) Close() error { return c.conn.Close() }
