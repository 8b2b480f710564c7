package tests

import (
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// A server without a path serves the sockets that it is given, here one end of a
// pair that does not block.
func TestAdd(t *testing.T) {
	for _, w := range ways {
		t.Run(w.name, func(t *testing.T) {
			pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, fd := range pair {
				syscall.CloseOnExec(fd)
				if err := syscall.SetNonblock(fd, true); err != nil {
					t.Fatal(err)
				}
			}
			ours, theirs := os.NewFile(uintptr(pair[0]), "ours"), os.NewFile(uintptr(pair[1]), "theirs")
			defer ours.Close()
			cmd := exec.Command(program(t, "gcc", w.flags, "host.c"), "-", w.way, "dump", "files=1")
			cmd.ExtraFiles = []*os.File{theirs}
			h := testenv.Start(t, cmd)
			_ = theirs.Close()
			if line := h.Line(t); line != "ready" {
				t.Fatal(line)
			}
			if got := h.Tell(t, "add"); got != "added" {
				t.Fatal(got)
			}
			conn, err := net.FileConn(ours)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			protocoltest.Stays(t, conn)
			if f := protocoltest.SayHello(t, conn).Features; f != 2|1 {
				t.Errorf("features %b", f)
			}
			protocoltest.Stays(t, conn)
		})
	}
}
