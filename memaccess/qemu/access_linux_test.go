package qemu

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// Where process_vm_readv is not allowed, /proc/PID/mem does the same.
func TestProcMem(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{})
	m := open(t, g, Options{Writable: true})
	f, err := os.OpenFile(fmt.Sprintf("/proc/%d/mem", g.Process), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte("abcd"), 3000)
	if _, err := (&writable{m}).WriteAt(want, 0x400_0000); err != nil {
		t.Fatal(hinted(err))
	}
	m.remote.mem.Store(f)
	if !bytes.Equal(read(t, m, 0x400_0000, len(want)), want) {
		t.Error("/proc/PID/mem has something else")
	}
	if _, err := (&writable{m}).WriteAt([]byte("XY"), 0x400_0001); err != nil {
		t.Fatal(hinted(err))
	}
	if got := g.Physical(0x400_0000, 4); string(got) != "aXYd" {
		t.Errorf("what was written by it is %q", got)
	}
}

// asNobody runs this test binary as somebody who has no rights.
func asNobody(t *testing.T, args ...string) string {
	t.Helper()
	testenv.Need(t, os.Getuid() == 0, "root", "run the tests as root to try other users")
	dir := t.TempDir()
	program := filepath.Join(dir, "test")
	in, err := os.Open(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	out.Close()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(program, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	said, _ := cmd.CombinedOutput()
	return string(said)
}

// Who may not look into QEMU's process is told so.
func TestNoAccess(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{Backend: qemutest.Memfd})
	if got := asNobody(t, "open", g.QMP); !strings.Contains(got, "this user may not use the QMP socket") {
		t.Errorf("without the socket: %s", got)
	}
	for path, mode := range map[string]os.FileMode{filepath.Dir(g.QMP): 0o755, g.QMP: 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	got := asNobody(t, "open", g.QMP)
	want := fmt.Sprintf("the memory of QEMU's process %d can't be read", g.Process)
	if !strings.Contains(got, want) || !strings.Contains(got, " | ") || strings.Contains(got, "without a hint") {
		t.Errorf("without the process: %s", got)
	}
}

// openAndSay opens a guest and says how that went.
func openAndSay(path string) {
	s, err := Open(context.Background(), path, Options{Timeout: time.Minute})
	if err != nil {
		fmt.Println(hinted(err))
		os.Exit(1)
	}
	fmt.Println(s.Name(), s.Runs())
	os.Exit(0)
}

// Random pages, as an analysis reads them, and long pieces.
func BenchmarkRead(b *testing.B) {
	for name, backend := range map[string]qemutest.Backend{"memfd": qemutest.Memfd, "anonymous": qemutest.Anonymous} {
		g := qemutest.Start(b, qemutest.Options{Backend: backend})
		s, err := Open(context.Background(), g.QMP, Options{})
		if err != nil {
			b.Fatal(hinted(err))
		}
		for _, size := range []int{8, 4096, 1 << 20} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				p := make([]byte, size)
				b.SetBytes(int64(size))
				for i := range b.N {
					addr := 2<<20 + int64(i*7919%4096)<<12
					if _, err := s.ReadAt(p, addr); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		s.Close()
		g.Kill()
	}
}
