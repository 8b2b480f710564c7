package livetest_test

import (
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
)

// serve runs volint serve until the test ends, and returns its socket.
func serve(t testing.TB, location string, flags ...string) string {
	t.Helper()
	socket, cmd, ended, said := startServer(t, location, flags...)
	t.Cleanup(func() { stopServer(t, cmd, ended, said) })
	return socket
}

// startServer runs volint serve, and returns when it answers.
func startServer(t testing.TB, location string, flags ...string) (socket string, cmd *exec.Cmd, ended chan error, said *testenv.Said) {
	t.Helper()
	socket = testenv.Socket(t)
	cmd = volint(t, append([]string{"serve", location, "--socket", socket}, flags...)...)
	said = &testenv.Said{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended = make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			_ = conn.Close()
			return socket, cmd, ended, said
		}
		select {
		case err := <-ended:
			t.Fatalf("volint serve ended: %v\n%s", err, said)
		default:
		}
		if time.Now().After(end) {
			t.Fatalf("nobody serves on %s: %v\n%s", socket, err, said)
		}
	}
}

func stopServer(t testing.TB, cmd *exec.Cmd, ended chan error, said *testenv.Said) {
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("volint serve ended with %v\n%s", err, said)
		}
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		t.Errorf("volint serve does not end\n%s", said)
	}
}
