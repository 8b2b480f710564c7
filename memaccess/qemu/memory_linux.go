package qemu

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// What the concrete types are.
var (
	_ memaccess.Filer  = (*memory)(nil)
	_ memaccess.Guest  = (*memory)(nil)
	_ memaccess.Pauser = (*memory)(nil)
	_ memaccess.Writer = (*writable)(nil)
)

// memory is a guest's memory.
type memory struct {
	path    string // of the QMP socket, absolute
	options Options
	log     *slog.Logger
	process *process
	remote  remote

	table      atomic.Pointer[table]
	stale      atomic.Bool // something was plugged or unplugged since
	refreshing sync.Mutex
	again      time.Time           // not to be asked before, after a failure; below refreshing
	backings   map[string]*backing // by device and inode; below refreshing

	link  link
	guest guest
	pause pause

	closing sync.Once
	closed  chan struct{}
}

// Open opens the memory of the guest whose QMP socket is at path. The result is a
// [memaccess.Filer], a [memaccess.Guest] and a [memaccess.Pauser], and a
// [memaccess.Writer] if that is asked for. It keeps the connection: QEMU serves
// nobody else on that socket until Close.
func Open(ctx context.Context, path string, o Options) (memaccess.Source, error) {
	m := &memory{
		path: canonical(path), options: o, log: o.Log, closed: make(chan struct{}),
		backings: make(map[string]*backing), guest: newGuest(),
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	c, err := qmp.Dial(ctx, path, m.qmpOptions())
	if err != nil {
		return nil, err
	}
	m.link.conn = c
	if err := m.open(ctx, c); err != nil {
		_ = c.Close()
		return nil, err
	}
	m.start(c)
	if o.Writable {
		return &writable{m}, nil
	}
	return m, nil
}

// canonical is the same path for everybody who means the same socket.
func canonical(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	return path
}

func (m *memory) qmpOptions() qmp.Options {
	return qmp.Options{Events: m.happened, Timeout: m.options.Timeout}
}

func (m *memory) open(ctx context.Context, c *qmp.Conn) error {
	segments, err := askSegments(ctx, c)
	if err != nil {
		return err
	}
	id, all, err := findProcess(c.Socket(), m.path, segments)
	if err != nil {
		return err
	}
	if m.process, err = openProcess(id); err != nil {
		return noAccess(id, err)
	}
	err = m.place(segments, all)
	if err != nil {
		m.process.close()
		m.closeBackings()
		return err
	}
	m.table.Store(newTable(segments))
	return nil
}

// place finds the way to read each segment.
func (m *memory) place(segments []segment, all []mapping) error {
	used := make(map[string]*backing)
	for i := range segments {
		s := &segments[i]
		if mapped, offset, ok := sharedFile(all, s.host, s.Length); ok {
			if b := m.backing(mapped); b != nil {
				s.backing, s.offset = b, int64(offset)
				used[key(mapped)] = b
				continue
			}
		}
		if err := m.remote.reach(m.process.id, s.host, m.options.Writable); err != nil {
			return noAccess(m.process.id, err)
		}
	}
	for k := range m.backings {
		if used[k] == nil {
			// What was unplugged. Whoever still reads it holds the file: it is closed when
			// nobody does, by the runtime.
			delete(m.backings, k)
		}
	}
	return nil
}

func key(m mapping) string { return fmt.Sprintf("%s %d", m.device, m.inode) }

// backing returns the file of a mapping, or nil where it can't be opened: then the
// process is read.
func (m *memory) backing(mapped mapping) *backing {
	if b := m.backings[key(mapped)]; b != nil {
		return b
	}
	b, err := openBacking(m.process.id, mapped, m.options.Writable)
	if err != nil {
		m.log.Warn("the guest's shared memory is read through its emulator's process, which makes pages that the guest never touched",
			"file", mapped.path, "error", err)
		return nil
	}
	m.backings[key(mapped)] = b
	return b
}

func (m *memory) closeBackings() {
	for _, b := range m.backings {
		b.close()
	}
}

// freshness is how old the address map may be that Runs returns.
const freshness = time.Second

// refresh asks for the address map again, unless that was done just now and
// nothing is known to have changed. It keeps the old one when QEMU does not answer,
// or is not to be asked since the guest is held.
func (m *memory) refresh() {
	m.refreshing.Lock()
	defer m.refreshing.Unlock()
	c := m.link.get()
	recent := time.Since(m.table.Load().made) < freshness && !m.stale.Load()
	if c == nil || recent || m.process.gone.Load() || time.Now().Before(m.again) {
		return
	}
	m.stale.Store(false)
	ctx, cancel := context.WithTimeout(context.Background(), cmp.Or(m.options.Timeout, 2*time.Second))
	defer cancel()
	if err := m.renew(ctx, c); err != nil {
		m.log.Warn("the guest's address map can't be asked for again", "error", err)
		m.stale.Store(true)
		m.again = time.Now().Add(freshness)
		if ctx.Err() != nil {
			m.again = time.Now().Add(20 * freshness) // each time costs as long as QEMU is waited for
		}
	}
}

func (m *memory) renew(ctx context.Context, c *qmp.Conn) error {
	segments, err := askSegments(ctx, c)
	if err != nil {
		return err
	}
	all, err := mappings(m.process.id)
	if err != nil {
		return err
	}
	if !holdsAll(all, segments) {
		return errors.New("it changed while it was asked for")
	}
	if err := m.place(segments, all); err != nil {
		return err
	}
	m.table.Store(newTable(segments))
	return nil
}

// Runs are the stretches of memory that belong to the guest's memory backends,
// read-only ones too. They are asked for again when they are older than a second. After
// the emulator's end there are none: what it left behind is nobody's.
func (m *memory) Runs() []memaccess.Run {
	if m.process.gone.Load() {
		return nil
	}
	if m.stale.Load() || time.Since(m.table.Load().made) > freshness {
		m.refresh()
	}
	return m.table.Load().runs
}

func (m *memory) Name() string { return "qemu:" + m.path }

func (m *memory) Identity() memaccess.Identity {
	return memaccess.Identity{Process: m.process.id, Started: m.process.started}
}

// File returns the file that QEMU shares the run's memory by. It is to be read by
// pread: mapping it makes pages that the guest never touched.
func (m *memory) File(run memaccess.Run) (*os.File, int64) {
	s, ok := m.table.Load().find(run.Start)
	if !ok || m.process.gone.Load() || s.backing == nil || run.End() > s.End() || run.End() < run.Start {
		return nil, 0
	}
	return s.backing.shareable(), s.offset + int64(run.Start-s.Start)
}

// Close continues the guest if it is held, and frees the QMP socket.
func (m *memory) Close() error {
	m.closing.Do(func() {
		m.letGo()
		close(m.closed)
		if c := m.link.close(); c != nil {
			_ = c.Close()
		}
		m.process.close()
		m.refreshing.Lock()
		defer m.refreshing.Unlock()
		m.closeBackings()
		m.remote.close()
	})
	return nil
}

func isRefusal(err error) bool {
	var f *qmp.Failure
	return errors.As(err, &f)
}

func hex(addr uint64) string { return fmt.Sprintf("%#x", addr) }
