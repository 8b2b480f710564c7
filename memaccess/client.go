package memaccess

import (
	"context"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Client is the memory that somebody serves on a UNIX socket, in the memory-access
// protocol. It is a Source, and what the server says that it is beyond that:
//
//	Filer         where the server passes descriptors; memory is read by them then
//	VectorReader  always; one request carries many ranges where the server takes it
//	Writer        if CanWrite
//	Pauser        if CanPause
//	Guest         always; an original server tells of no changes
//
// All methods may be called by several goroutines at once, which are served side by
// side.
type Client struct {
	path string
	dial func(context.Context) (net.Conn, error)
	// patience is how long the server may be silent.
	patience time.Duration
	// withoutFiles has the client not ask for descriptors.
	withoutFiles bool

	links   []*link
	allowed atomic.Int32 // how many of links may be used
	turn    atomic.Uint32

	// first is what the server said when the client connected; nil for an original.
	first *hello
	// identity is that of the memory, as far as it is known.
	identity Identity
	// statusAlone is set for a server that answers a failed read by its status alone,
	// as LibVMI's patch for QEMU does.
	statusAlone atomic.Bool

	layout atomic.Pointer[layout]
	files  []*os.File
	maps   []*mapping

	mu      sync.Mutex
	closed  atomic.Bool
	open    map[wire]struct{}
	asked   time.Time // when the server was last asked for its runs
	changes []string
}

var (
	_ Filer        = (*Client)(nil)
	_ Writer       = (*Client)(nil)
	_ Guest        = (*Client)(nil)
	_ Pauser       = (*Client)(nil)
	_ VectorReader = (*Client)(nil)
)

const (
	// silence is how long a server may be silent before it is taken for gone.
	silence = 60 * time.Second
	// mostLinks is how many connections a client makes at most: a server answers one
	// request of a connection at a time.
	mostLinks = 4
	// longestRequest is the longest read that is sent as one request, even where the
	// server takes longer ones.
	longestRequest = 1 << 20
	// longestWrite is the longest write that is sent as one: an original server takes
	// a request that comes whole.
	longestWrite = chunk - headerSize
)

// Dial connects to the server at path. ctx bounds connecting alone.
//
// A server that does not know the extension of the protocol, an original, does not
// say where its memory is: that is found by reads that fail (see
// docs/memory-protocol.md for what they can't see), which takes some hundred
// requests. It is given one connection, and every reader takes turns.
func Dial(ctx context.Context, path string) (*Client, error) {
	return dialPath(ctx, path, false)
}

// DialWithoutFiles is Dial for who wants every byte to come through the socket: no
// descriptor is asked for, whatever the server has.
func DialWithoutFiles(ctx context.Context, path string) (*Client, error) {
	return dialPath(ctx, path, true)
}

func dialPath(ctx context.Context, path string, withoutFiles bool) (*Client, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	dial := func(ctx context.Context) (net.Conn, error) {
		var d net.Dialer
		if strings.HasPrefix(path, "@") { // which package net would take for an abstract one
			return d.DialContext(ctx, "unix", "./"+path)
		}
		return d.DialContext(ctx, "unix", path)
	}
	return newClient(ctx, &Client{path: path, patience: silence, dial: dial, withoutFiles: withoutFiles})
}

// newClient connects a client of which path, patience and dial are set.
func newClient(ctx context.Context, c *Client) (*Client, error) {
	c.open = make(map[wire]struct{})
	for range mostLinks {
		c.links = append(c.links, &link{client: c})
	}
	c.allowed.Store(1)
	if err := c.start(ctx); err != nil {
		_ = c.Close()
		if ctx.Err() != nil {
			return nil, Errorf("", "connecting to the memory server on %s: %w", c.path, ctx.Err())
		}
		return nil, err
	}
	return c, nil
}

// start learns what the server has.
func (c *Client) start(ctx context.Context) error {
	l := c.links[0]
	l.mu.Lock()
	defer l.mu.Unlock()
	said, err := l.meet(ctx)
	if err != nil {
		return err
	}
	stop := l.boundBy(ctx)
	defer stop()
	if said == nil {
		return c.startOriginal(l)
	}
	c.first, c.identity = said, said.identity
	if said.features&featureLive != 0 && !c.identity.Live() {
		c.identity.Process = unknownProcess
	}
	var pieces []piece
	if said.features&featureDescriptor != 0 && !c.withoutFiles {
		if pieces, err = c.getFiles(l); err != nil {
			return err
		}
	}
	c.layout.Store(newLayout(said.runs, pieces))
	c.asked = time.Now()
	c.note(said.trouble)
	c.allowed.Store(int32(len(c.links)))
	return l.settle()
}

// unknownProcess is the process of a guest of which nothing is known but that it
// may run.
const unknownProcess = -1

// startOriginal finds the memory of a server that does not tell where it is. Such a
// server is an emulator mostly: the guest may run.
func (c *Client) startOriginal(l *link) error {
	c.identity = Identity{Process: unknownProcess}
	runs, err := findRuns(func(addr, n uint64) (bool, error) { return l.read(make([]byte, n), addr) })
	if err != nil {
		return c.lost(err)
	}
	if len(runs) == 0 {
		return Errorf("is there a guest in the emulator, and does it run?", "the memory server on %s has no memory that can be read", c.path)
	}
	c.layout.Store(newLayout(runs, nil))
	return l.settle()
}

// Close ends the connections, and with them a pause.
func (c *Client) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	for _, l := range c.links {
		if l.mu.TryLock() {
			l.quit()
			l.mu.Unlock()
		}
	}
	c.mu.Lock()
	for conn := range c.open {
		_ = conn.Close()
	}
	c.mu.Unlock()
	for _, m := range c.maps {
		m.close()
	}
	closeFiles(c.files)
	return nil
}

// CanWrite reports whether the server takes writes. An original does not say so
// before it is asked.
func (c *Client) CanWrite() bool { return c.first == nil || c.first.features&featureWritable != 0 }

// CanPause reports whether the server lets clients stop the guest.
func (c *Client) CanPause() bool { return c.first != nil && c.first.features&featurePause != 0 }

// Extended reports whether the server knows the extension of the protocol. One that
// does not is an original.
func (c *Client) Extended() bool { return c.first != nil }

// Name is what the server calls the memory, and else the socket's path.
func (c *Client) Name() string {
	if c.first != nil && c.first.name != "" {
		return c.first.name
	}
	return c.path
}

// Identity is what the server says of the memory. Of an original's, which may be a
// guest that runs, Process is -1.
func (c *Client) Identity() Identity { return c.identity }

// ReadAt reads at a guest-physical address: all of p or an error.
func (c *Client) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, Errorf("", "there is no memory at the address %d", off)
	}
	where := c.layout.Load()
	for n := 0; n < len(p); {
		addr := uint64(off) + uint64(n)
		piece := where.at(addr)
		if piece == nil {
			c.Runs() // more memory may have been plugged in
			where = c.layout.Load()
			if piece = where.at(addr); piece == nil {
				return n, noMemory(addr)
			}
		}
		part := p[n:]
		if left := piece.run.End() - addr; uint64(len(part)) > left {
			part = part[:left]
		}
		if err := c.readPiece(piece, part, addr); err != nil {
			return n, err
		}
		n += len(part)
	}
	return len(p), nil
}

func noMemory(addr uint64) error { return Errorf("", "there is no memory at the address %#x", addr) }

// readPiece reads what lies in one piece.
func (c *Client) readPiece(piece *piece, p []byte, addr uint64) error {
	if piece.file != nil {
		return c.readFile(piece, p, addr)
	}
	longest := c.longest()
	for len(p) > 0 {
		part := p[:min(len(p), longest)]
		ok := false
		err := c.request(true, func(l *link) (err error) {
			ok, err = l.read(part, addr)
			return err
		})
		switch {
		case err != nil:
			return err
		case !ok:
			return c.cantRead(addr, len(part))
		}
		p, addr = p[len(part):], addr+uint64(len(part))
	}
	return nil
}

func (c *Client) cantRead(addr uint64, n int) error {
	return Errorf("", "the memory server on %s can't read %d bytes at %#x", c.path, n, addr)
}

// longest is the longest request to send.
func (c *Client) longest() int {
	if c.first == nil {
		return longestRequest
	}
	return int(min(c.first.limit, longestRequest))
}

// WriteAt writes at a guest-physical address: all of p or an error, after which a
// part of it may have been written. A server that is not told to takes no writes.
func (c *Client) WriteAt(p []byte, off int64) (int, error) {
	if !c.CanWrite() {
		return 0, Errorf("the server must be started with --writable", "the memory server on %s takes no writes", c.path)
	}
	if len(p) > 0 && (off < 0 || locate(c.layout.Load().runs, uint64(off), uint64(len(p))) != inMemory) {
		return 0, Errorf("", "there is no memory for %d bytes at the address %#x", len(p), off)
	}
	for n := 0; n < len(p); {
		part := p[n:min(len(p), n+min(longestWrite, c.longest()))]
		ok := false
		err := c.request(false, func(l *link) (err error) {
			ok, err = l.write(part, uint64(off)+uint64(n))
			return err
		})
		switch {
		case err != nil:
			return n, err
		case !ok:
			return n, Errorf("is it read-only? volint's takes writes with --writable",
				"the memory server on %s refused to write %d bytes at %#x", c.path, len(part), uint64(off)+uint64(n))
		}
		n += len(part)
	}
	return len(p), nil
}

// nonsense is the error of a server that does not keep to the protocol.
func (c *Client) nonsense(format string, args ...any) error {
	return Errorf("is it a server of this protocol, and as new as this program?",
		"the memory server on %s makes no sense: %s", c.path, fmt.Sprintf(format, args...))
}
