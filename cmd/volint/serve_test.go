package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

// serveProcess is a `volint serve` that runs.
type serveProcess struct {
	*exec.Cmd
	stderr testenv.Said
}

// startServe runs `volint serve` of a dump.
func startServe(t *testing.T, cmd *exec.Cmd) *serveProcess {
	t.Helper()
	p := &serveProcess{Cmd: cmd}
	p.Stderr = &p.stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
	})
	return p
}

// says waits until a process has said something.
func (p *serveProcess) says(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !strings.Contains(p.stderr.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not say %q, but:\n%s", text, p.stderr.String())
		}
	}
}

// end ends a process by a signal. Its status is that of success.
func (p *serveProcess) end(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil {
		t.Errorf("after %v: %v\n%s", signal, err, p.stderr.String())
	}
}

func dumpFile(t *testing.T) string {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "dump.raw")
	if err := os.WriteFile(dump, []byte("memory"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dump
}

// checkMemory reads what a server has.
func checkMemory(t *testing.T, path string) memaccess.Source {
	t.Helper()
	memory, err := dialServer(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	b := make([]byte, 6)
	if _, err := memory.ReadAt(b, 0); err != nil || string(b) != "memory" {
		t.Errorf("read %q, %v", b, err)
	}
	return memory
}

// SIGUSR1 prints counters; SIGTERM ends the server, with a client connected.
func TestServeSignals(t *testing.T) {
	path := testenv.Socket(t)
	p := startServe(t, exec.Command(tested(t), "serve", dumpFile(t), "--socket", path))
	checkMemory(t, path)
	if err := p.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	p.says(t, "note: clients ever: 1\n")
	p.end(t, syscall.SIGTERM)
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// Sockets that systemd hands over, one for memory and one called qmp, are served,
// and stay when the server ends.
func TestServeActivation(t *testing.T) {
	dir := filepath.Dir(testenv.Socket(t))
	memory, monitor := filepath.Join(dir, "m"), filepath.Join(dir, "q")
	// The shell's process becomes volint's, whose number the variable must have.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, tested(t), "serve", dumpFile(t))
	cmd.Env = append(os.Environ(), "LISTEN_FDS=2", "LISTEN_FDNAMES=volint.socket:qmp")
	for _, path := range []string{memory, monitor} {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		l.SetUnlinkOnClose(false)
		file, err := l.File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	p := startServe(t, cmd)
	checkMemory(t, memory)
	conn, err := net.Dial("unix", monitor)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	asked := filepath.Join(dir, "asked")
	if _, err := conn.Write([]byte("pmemaccess " + asked + "\n")); err != nil {
		t.Fatal(err)
	}
	checkMemory(t, asked)
	p.end(t, os.Interrupt)
	if _, err := os.Lstat(asked); !os.IsNotExist(err) {
		t.Errorf("the socket that was asked for is still there: %v", err)
	}
	for _, path := range []string{memory, monitor} {
		if _, err := os.Lstat(path); err != nil {
			t.Errorf("systemd's socket: %v", err)
		}
	}
}

// Whoever connects from a network can't be told.
func TestServeActivationOfNetwork(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, tested(t), "serve", dumpFile(t))
	cmd.Env = append(os.Environ(), "LISTEN_FDS=1")
	cmd.ExtraFiles = []*os.File{file}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "which is no UNIX socket") {
		t.Errorf("%v\n%s", err, out)
	}
}
