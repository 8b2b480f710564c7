package qemu

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/memaccess"
)

// ReadAt reads guest-physical memory, as it is at this moment.
func (m *memory) ReadAt(p []byte, addr int64) (int, error) {
	return m.each(p, addr, m.readSegment)
}

// each does something with the parts of p that lie in one segment each.
func (m *memory) each(p []byte, addr int64, do func(s segment, p []byte, within uint64) error) (int, error) {
	if addr < 0 {
		return 0, notThere(uint64(addr))
	}
	if m.stale.Load() {
		m.refresh()
	}
	t := m.table.Load()
	done := 0
	for done < len(p) {
		at := uint64(addr) + uint64(done)
		s, ok := t.find(at)
		if !ok {
			m.refresh() // memory may have been plugged in
			t = m.table.Load()
			s, ok = t.find(at)
		}
		if !ok {
			return done, m.orGone(notThere(at))
		}
		n := int(min(uint64(len(p)-done), s.End()-at))
		if err := do(s, p[done:done+n], at-s.Start); err != nil {
			return done, m.orGone(err)
		}
		done += n
	}
	// What was read after the emulator's end is what it left behind.
	return done, m.orGone(nil)
}

// orGone returns err, or that the emulator has ended, which explains it.
func (m *memory) orGone(err error) error {
	if m.process.gone.Load() || errors.Is(err, unix.ESRCH) {
		return memaccess.Errorf("start the guest again, and open it again", "the guest's emulator, process %d, has ended", m.process.id)
	}
	select {
	case <-m.closed:
		return memaccess.Errorf("", "%s was closed: %w", m.Name(), os.ErrClosed)
	default:
		return err
	}
}

func notThere(addr uint64) error {
	return memaccess.Errorf("", "the guest has no memory at %s", hex(addr))
}

func (m *memory) readSegment(s segment, p []byte, within uint64) error {
	var err error
	if s.backing != nil {
		_, err = s.backing.file.ReadAt(p, s.offset+int64(within))
	} else {
		err = m.remote.read(m.process.id, p, s.host+within)
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // of a file that was cut
		}
		return memaccess.Errorf("", "the guest's memory at %s can't be read: %w", hex(s.Start+within), err)
	}
	return nil
}

// writable is memory that can be written to.
type writable struct{ *memory }

// WriteAt writes guest-physical memory. The guest sees it; but under QEMU's own
// emulation (TCG) it goes on with code that was translated before.
func (w *writable) WriteAt(p []byte, addr int64) (int, error) {
	return w.each(p, addr, w.writeSegment)
}

func (m *memory) writeSegment(s segment, p []byte, within uint64) error {
	var err error
	switch {
	case s.backing != nil && s.backing.writer == nil:
		err = errors.New("QEMU itself has it for reading only")
	case s.backing != nil:
		_, err = s.backing.writer.WriteAt(p, s.offset+int64(within))
	default:
		err = m.remote.write(m.process.id, p, s.host+within)
	}
	if err != nil {
		return memaccess.Errorf("", "the guest's memory at %s can't be written: %w", hex(s.Start+within), err)
	}
	return nil
}
