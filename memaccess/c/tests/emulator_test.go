package tests

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// emulator starts testdata/emulator.c, which holds its lock and makes a call that
// needs its memory: command is what is called. It returns what the emulator says
// of the call's end.
func emulator(t *testing.T, flags []string, way string, deadline time.Duration, command func(path string) error) string {
	t.Helper()
	path := testenv.Socket(t)
	p := testenv.Start(t, exec.Command(program(t, "gcc", flags, "emulator.c"), path, way, fmt.Sprint(deadline.Milliseconds())))
	if line := p.Line(t); line != "call" {
		t.Fatalf("the emulator says %q", line)
	}
	commandEnded := make(chan error, 1)
	go func() {
		err := command(path)
		if err == nil {
			_, _ = io.WriteString(p.In, "\n")
		}
		commandEnded <- err
	}()
	said := p.Line(t)
	commandErr := <-commandEnded
	p.End(t)
	if strings.HasPrefix(said, "ended") && commandErr != nil {
		t.Error(commandErr)
	}
	return said
}

// readAll reads all of the emulator's memory by Go's client, as a command would.
func readAll(path string) error {
	memory, err := memaccess.Dial(context.Background(), path)
	if err != nil {
		return err
	}
	defer memory.Close()
	b := make([]byte, 1000)
	for addr := int64(0); addr+1000 <= 1<<20; addr += 1000 {
		if _, err := memory.ReadAt(b, addr); err != nil {
			return err
		}
		if want := protocoltest.Contents(uint64(addr), 1000); string(b) != string(want) {
			return fmt.Errorf("other bytes at %#x", addr)
		}
	}
	return nil
}

// Pumped, the call ends before its deadline: memory is served by the thread that
// holds the lock and waits for the command, which takes the lock of nobody. The
// callback aborts where that is not so.
func TestEmulatorPumped(t *testing.T) {
	var by, others int
	said := emulator(t, addressSanitizer, "pumped", time.Minute, readAll)
	if n, err := fmt.Sscanf(said, "ended %d %d", &by, &others); n != 2 || by == 0 || others != 0 {
		t.Errorf("the emulator says %q, %v", said, err)
	}
}

// The same by the Python that Volatility runs in.
func TestEmulatorPumpedForPython(t *testing.T) {
	python := testenv.Tool(t, "python3")
	said := emulator(t, addressSanitizer, "pumped", time.Minute, func(path string) error {
		const script = `import socket, struct, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
for address in range(0, 1 << 20, 4096):
    s.sendall(struct.pack("=QQQ", 1, address, 4096))
    data = b""
    while len(data) < 4097:
        data += s.recv(4097 - len(data))
    assert data[4096] == 1 if sys.version_info[0] > 2 else data[4096] == "\x01"`
		out, err := exec.Command(python, "-c", script, path).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		return nil
	})
	if said != "ended 256 0" {
		t.Errorf("the emulator says %q", said)
	}
}

// Threads serve a host that gives its lock away while it waits.
func TestEmulatorThreaded(t *testing.T) {
	for _, flags := range [][]string{addressSanitizer, threadSanitizer} {
		said := emulator(t, flags, "released", time.Minute, readAll)
		if !strings.HasPrefix(said, "ended 0 ") || said == "ended 0 0" {
			t.Errorf("the emulator says %q", said)
		}
	}
}

// Threads can't serve one that keeps it: this is what the pumped way is for. Nothing
// is read before the deadline, after which all ends well.
func TestEmulatorThreadedStandsStill(t *testing.T) {
	said := emulator(t, addressSanitizer, "held", 300*time.Millisecond, func(path string) error {
		conn, err := net.Dial("unix", path)
		if err != nil {
			return err
		}
		defer conn.Close()
		if _, err := conn.Write(protocoltest.Header(protocoltest.Read, 0, 8)); err != nil {
			return err
		}
		_, err = io.ReadFull(conn, make([]byte, 9)) // until the lock is given away
		return errors.Join(errors.New("the answer came too late"), err)
	})
	if said != "deadline 0 0" {
		t.Errorf("the emulator says %q", said)
	}
}
