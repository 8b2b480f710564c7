// Package qemutest starts QEMU guests for tests: a firmware that finds nothing to
// boot, or a boot sector that the test brings, or a kernel by Args. A machine
// without qemu-system-x86_64 skips the test by name.
package qemutest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// Backend is what holds a guest's memory.
type Backend int

// The backends.
const (
	Anonymous Backend = iota // the emulator's own memory, which no other process can map
	File                     // a shared file, Guest.Path
	Memfd                    // a shared memfd
	Private                  // a file mapped privately, which does not see what the guest writes
)

// Options are what a guest is like. The zero value is a pc with 256 MiB.
type Options struct {
	Machine string  // as -machine takes it; "" is pc
	Memory  string  // as -m takes it; "" is 256M
	Backend Backend // what holds the memory
	Accel   string  // as -accel takes it; "" is tcg
	// Boot is the code of a boot sector, without its signature: at most 510 bytes.
	Boot []byte
	// Markers are put into memory, 8 bytes at each guest-physical address, by QEMU
	// itself when the machine is reset.
	Markers map[uint64]uint64
	// Managed has the test make the socket that QEMU listens on, as libvirt does: the
	// process at the socket's other end is then not QEMU.
	Managed bool
	// Args are further arguments.
	Args []string
}

// Guest is a QEMU that runs. It ends with the test.
type Guest struct {
	// QMP is the socket for what is tested. The guest has another one for the test's
	// own commands.
	QMP string
	// Process is QEMU's.
	Process int
	// Path is the file with the memory of a guest with that backend.
	Path string

	t       testing.TB
	control *qmp.Conn
	ended   chan struct{}
	stderr  *strings.Builder
}

// Program returns the path of qemu-system-x86_64, or skips the test.
func Program(t testing.TB) string { return testenv.Tool(t, "qemu-system-x86_64") }

// Start starts a guest and returns when its QMP sockets answer.
func Start(t testing.TB, o Options) *Guest {
	t.Helper()
	program := Program(t)
	dir := filepath.Dir(testenv.Socket(t)) // short enough for sockets
	g := &Guest{
		QMP: filepath.Join(dir, "qmp"), Path: filepath.Join(dir, "ram"),
		t: t, ended: make(chan struct{}), stderr: new(strings.Builder),
	}
	own := filepath.Join(dir, "control")
	cmd := exec.Command(program, g.arguments(o, own)...)
	cmd.Stderr = g.stderr
	if o.Managed {
		f := listen(t, g.QMP)
		defer f.Close()
		cmd.ExtraFiles = []*os.File{f} // descriptor 3
	}
	g.start(cmd)
	g.control = g.connect(own)
	return g
}

// start runs QEMU such that it ends when the test process does, however that ends.
func (g *Guest) start(cmd *exec.Cmd) {
	g.t.Helper()
	cmd.SysProcAttr = endsWithParent()
	started := make(chan error)
	go func() {
		// The signal comes when the thread ends that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(g.ended)
	}()
	if err := <-started; err != nil {
		g.t.Fatalf("qemutest: %v", err)
	}
	g.Process = cmd.Process.Pid
	g.t.Cleanup(func() {
		if g.control != nil {
			_ = g.control.Close()
		}
		g.Kill()
	})
}

func (g *Guest) arguments(o Options, control string) []string {
	machine, memory, accel := o.Machine, o.Memory, o.Accel
	if machine == "" {
		machine = "pc"
	}
	if memory == "" {
		memory = "256M"
	}
	if accel == "" {
		accel = "tcg"
	}
	size, _, _ := strings.Cut(memory, ",")
	backend := backendArgument(o.Backend, size, g.Path)
	if backend != nil {
		machine += ",memory-backend=pc.ram"
	}
	args := append(backend, "-machine", machine, "-m", memory, "-accel", accel,
		"-nodefaults", "-no-user-config", "-display", "none", "-qmp", "unix:"+control+",server=on,wait=off")
	if strings.HasPrefix(accel, "tcg") {
		// Kernels use 5-level paging where they can, and Volatility can't follow it.
		args = append(args, "-cpu", "max,la57=off")
	}
	if o.Managed {
		args = append(args, "-chardev", "socket,id=managed,fd=3,server=on,wait=off", "-mon", "chardev=managed,mode=control")
	} else {
		args = append(args, "-qmp", "unix:"+g.QMP+",server=on,wait=off")
	}
	for addr, value := range o.Markers {
		args = append(args, "-device", fmt.Sprintf("loader,addr=%#x,data=%#x,data-len=8", addr, value))
	}
	if o.Boot != nil {
		disk := filepath.Join(filepath.Dir(control), "disk")
		writeBootSector(g.t, disk, o.Boot)
		args = append(args, "-drive", "format=raw,file="+disk)
	}
	return append(args, o.Args...)
}

func backendArgument(b Backend, size, path string) []string {
	switch b {
	case File:
		return []string{"-object", "memory-backend-file,id=pc.ram,share=on,size=" + size + ",mem-path=" + path}
	case Memfd:
		return []string{"-object", "memory-backend-memfd,id=pc.ram,share=on,size=" + size}
	case Private:
		return []string{"-object", "memory-backend-file,id=pc.ram,share=off,size=" + size + ",mem-path=" + path}
	}
	return nil
}
