package qemu

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// backing is a file that holds guest memory. It is read by pread, never mapped:
// reading untouched pages of a memfd through a mapping makes them, and the guest
// would grow to its full size.
type backing struct {
	file   *os.File // for reading
	writer *os.File // nil unless the source is writable, and QEMU itself can write there
	// private closes a memfd to other users, once.
	private sync.Once
	memfd   bool
}

// openBacking opens the file of a mapping, for writing as well if writable. It
// tries the ways to one that different users have.
func openBacking(process int, m mapping, writable bool) (*backing, error) {
	file, path, err := openMapped(process, m)
	if err != nil {
		return nil, err
	}
	b := &backing{file: file, memfd: strings.HasPrefix(m.path, "/memfd:")}
	if !readable(file) {
		_ = file.Close()
		return nil, fmt.Errorf("%s can be mapped, and not read", m.path)
	}
	if writable && m.writable {
		if b.writer, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
			_ = file.Close()
			return nil, err
		}
	}
	return b, nil
}

// openMapped opens the very file that is mapped, and returns by which path.
func openMapped(process int, m mapping) (*os.File, string, error) {
	firstErr := fmt.Errorf("%s is not to be found", m.path)
	for i, way := range waysTo(process, m) {
		f, err := os.Open(way.path)
		if err != nil {
			if i == 0 {
				firstErr = err
			}
			continue
		}
		if way.leadsTo(f, m) {
			return f, way.path, nil
		}
		_ = f.Close()
	}
	return nil, "", firstErr
}

// way is a path that may lead to a mapped file.
type way struct {
	path string
	// known is what is known of what is found there. Some file systems (btrfs, overlay)
	// have another device's number in maps than in stat.
	known known
}

type known int

const (
	nameOnly   known = iota // it has that name: inode and device are to be compared
	descriptor              // the process has it open, by that name: the inode is
	theMapping              // it is what the process maps
)

// waysTo are the ways to a mapped file that different users have: its name here,
// its name where the process is, the process's descriptors, the mapping.
func waysTo(process int, m mapping) []way {
	var ways []way
	if strings.HasPrefix(m.path, "/") && !strings.HasSuffix(m.path, " (deleted)") {
		ways = append(ways, way{m.path, nameOnly}, way{fmt.Sprintf("/proc/%d/root%s", process, m.path), nameOnly})
	}
	dir := fmt.Sprintf("/proc/%d/fd", process)
	descriptors, _ := os.ReadDir(dir)
	for _, d := range descriptors {
		path := filepath.Join(dir, d.Name())
		if target, err := os.Readlink(path); err == nil && target == m.path {
			ways = append(ways, way{path, descriptor})
		}
	}
	return append(ways, way{fmt.Sprintf("/proc/%d/map_files/%x-%x", process, m.start, m.end), theMapping})
}

// leadsTo reports whether what was found is the file of a mapping.
func (w way) leadsTo(f *os.File, m mapping) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	sameInode := ok && st.Ino == m.inode
	switch w.known {
	case theMapping:
		return true
	case descriptor:
		return sameInode
	}
	return sameInode && fmt.Sprintf("%02x:%02x", unix.Major(st.Dev), unix.Minor(st.Dev)) == m.device
}

// readable reports whether a file can be read, as a device for mapping only can't.
func readable(f *os.File) bool {
	_, err := f.ReadAt(make([]byte, 1), 0)
	return err == nil
}

// shareable returns the file to pass to others. A memfd's mode lets everybody open
// it anew for writing, by the descriptor that they were passed: not any more.
func (b *backing) shareable() *os.File {
	b.private.Do(func() {
		if b.memfd {
			_ = b.file.Chmod(0o600) // refused to those who could not pass it on to others either
		}
	})
	return b.file
}

func (b *backing) close() {
	_ = b.file.Close()
	if b.writer != nil {
		_ = b.writer.Close()
	}
}
