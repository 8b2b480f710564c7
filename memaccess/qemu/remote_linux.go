package qemu

import (
	"errors"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// remote reads and writes the memory of the emulator's process: by
// process_vm_readv, or by /proc/PID/mem where that call is not allowed, as in some
// containers. Its zero value uses the call.
type remote struct {
	mem atomic.Pointer[os.File] // nil for the calls
}

// reach finds a way to read an address.
func (r *remote) reach(process int, host uint64, write bool) error {
	var b [1]byte
	err := r.read(process, b[:], host)
	if err == nil || r.mem.Load() != nil {
		return err
	}
	mode := os.O_RDONLY
	if write {
		mode = os.O_RDWR
	}
	f, openErr := os.OpenFile("/proc/"+strconv.Itoa(process)+"/mem", mode, 0)
	if openErr != nil {
		return err
	}
	if _, readErr := f.ReadAt(b[:], int64(host)); readErr != nil {
		_ = f.Close()
		return err
	}
	r.mem.Store(f)
	return nil
}

func (r *remote) read(process int, p []byte, host uint64) error {
	if f := r.mem.Load(); f != nil {
		_, err := f.ReadAt(p, int64(host))
		return err
	}
	return transfer(unix.ProcessVMReadv, process, p, host)
}

func (r *remote) write(process int, p []byte, host uint64) error {
	if f := r.mem.Load(); f != nil {
		_, err := f.WriteAt(p, int64(host))
		return err
	}
	return transfer(unix.ProcessVMWritev, process, p, host)
}

func (r *remote) close() {
	if f := r.mem.Load(); f != nil {
		_ = f.Close()
	}
}

// transfer moves all of p. The calls move what they can, and say how much.
func transfer(call func(int, []unix.Iovec, []unix.RemoteIovec, uint) (int, error), process int, p []byte, host uint64) error {
	for len(p) > 0 {
		local := []unix.Iovec{{Base: &p[0]}}
		local[0].SetLen(len(p))
		n, err := call(process, local, []unix.RemoteIovec{{Base: uintptr(host), Len: len(p)}}, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case n == 0:
			return io.ErrUnexpectedEOF
		}
		p, host = p[n:], host+uint64(n)
	}
	return nil
}
