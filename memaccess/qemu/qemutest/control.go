package qemutest

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/memaccess/qemu/qmp"
)

// connect connects to a QMP socket of a QEMU that is starting.
func (g *Guest) connect(path string) *qmp.Conn {
	g.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		c, err := qmp.Dial(context.Background(), path, qmp.Options{Timeout: time.Minute})
		if err == nil {
			return c
		}
		select {
		case <-g.ended:
			g.t.Fatalf("qemutest: QEMU ended: %s", g.stderr)
		default:
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("qemutest: %v", err)
		}
	}
}

// Execute runs a QMP command on the test's own socket; result may be nil.
func (g *Guest) Execute(command string, arguments, result any) {
	g.t.Helper()
	if err := g.control.Execute(context.Background(), command, arguments, result); err != nil {
		g.t.Fatalf("qemutest: %v", err)
	}
}

// Monitor runs a line of the human monitor on the test's own socket.
func (g *Guest) Monitor(line string) string {
	g.t.Helper()
	out, err := g.control.Monitor(context.Background(), line)
	if err != nil {
		g.t.Fatalf("qemutest: %v", err)
	}
	return out
}

// Status is the guest's run state: "running", "paused".
func (g *Guest) Status() string {
	g.t.Helper()
	var s struct{ Status string }
	g.Execute("query-status", nil, &s)
	return s.Status
}

// Physical reads guest-physical memory through QEMU itself, by pmemsave.
func (g *Guest) Physical(addr uint64, n int) []byte {
	g.t.Helper()
	file := filepath.Join(filepath.Dir(g.QMP), "saved")
	g.Execute("pmemsave", map[string]any{"val": addr, "size": n, "filename": file}, nil)
	defer os.Remove(file)
	b, err := os.ReadFile(file)
	if err != nil {
		g.t.Fatalf("qemutest: %v", err)
	}
	return b
}

// Quit has QEMU end by itself, and returns when it has.
func (g *Guest) Quit() {
	g.t.Helper()
	g.Execute("quit", nil, nil)
	<-g.ended
}

// Kill ends QEMU, and returns when it has ended.
func (g *Guest) Kill() {
	select {
	case <-g.ended: // its number may be another's by now
	default:
		_ = syscall.Kill(g.Process, syscall.SIGKILL)
		<-g.ended
	}
}

// Ended is closed when QEMU has ended.
func (g *Guest) Ended() <-chan struct{} { return g.ended }

// listen makes a listening socket that stays when this process closes it.
func listen(t testing.TB, path string) *os.File {
	t.Helper()
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatalf("qemutest: %v", err)
	}
	l.SetUnlinkOnClose(false)
	defer l.Close()
	f, err := l.File()
	if err != nil {
		t.Fatalf("qemutest: %v", err)
	}
	return f
}
