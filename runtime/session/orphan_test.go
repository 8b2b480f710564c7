package session_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// orphanVariable makes the test binary a program that runs a command that never
// ends. Its value is the interpreter, the folders of the cache, the plugins and
// the drop-ins, the faults' mode, and an image.
const orphanVariable = "VOLINT_TEST_ORPHAN"

// processOf reads the first row of the faults' mode "process", the worker's
// process ID, or of "child" and "parent", that of a child of the worker's.
func processOf(run session.Run) (int, error) {
	frame, err := row.NewReader(run.Frames()).Next()
	if err != nil {
		_, waitErr := run.Wait()
		return 0, errors.Join(err, waitErr)
	}
	_, _, n := protowire.ConsumeTag(frame)
	pid, _ := protowire.ConsumeVarint(frame[n:])
	return int(pid), nil
}

func faultsRequest(mode string) session.Request {
	return session.Request{Message: faultsRow, Args: []string{"--mode", mode}}
}

// orphan prints the process ID and waits.
func orphan() {
	paths := strings.Split(os.Getenv(orphanVariable), "\n")
	runner, err := session.Open(context.Background(), session.Config{
		Version: session.Volatility3, Python: paths[0], Cache: paths[1], Plugins: paths[2:3],
		DropIns: dropInsOf(session.Volatility3, os.DirFS(paths[3])), Image: paths[5],
	})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	run, err := runner.Start(context.Background(), faultsRequest(paths[4]))
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(processOf(run))
	_, _ = run.Wait()
}

// The worker goes when its program goes, killed too, and so does what a plugin
// started. It removes the program's socket.
func TestWorkerEndsWithItsProgram(t *testing.T) {
	for _, mode := range []string{"process", "parent"} {
		t.Run(mode, func(t *testing.T) { testEndsWithItsProgram(t, mode) })
	}
}

func testEndsWithItsProgram(t *testing.T, mode string) {
	cfg := volatility3(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	temporary := t.TempDir()
	cmd.Env = append(os.Environ(), "TMPDIR="+temporary, orphanVariable+"="+strings.Join(
		[]string{cfg.Python, cfg.Cache, cfg.Plugins[0], folder(t, cfg.DropIns[session.Volatility3]), mode, "raw:" + cfg.Image}, "\n"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, scanErr := fmt.Sscanf(line, "%d <nil>", &pid); err != nil || scanErr != nil {
		t.Fatalf("the program says %q, %v", line, err)
	}
	if !alive(pid) {
		t.Fatal("it is gone before its program")
	}
	family := append(ancestors(t, pid, cmd.Process.Pid), pid)
	if sockets(t, temporary) != 1 {
		t.Error("the program serves no memory")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for _, pid := range family {
		waitGone(t, pid)
	}
	if sockets(t, temporary) != 0 {
		t.Error("the program's socket is still there")
	}
}

// ancestors are the processes between a process and one that it comes from.
func ancestors(t *testing.T, pid, first int) (found []int) {
	t.Helper()
	for {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Skip("SKIP(system): there is no /proc here")
		}
		var state string
		if _, err := fmt.Sscan(string(stat[bytes.LastIndexByte(stat, ')')+1:]), &state, &pid); err != nil || pid <= 1 {
			t.Fatalf("process %q comes from %d, %v", stat, pid, err)
		}
		if pid == first {
			return found
		}
		found = append(found, pid)
	}
}

// sockets counts the folders with sockets that sessions made.
func sockets(t *testing.T, temporary string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(temporary, "volint-*", "memory"))
	if err != nil {
		t.Fatal(err)
	}
	folders, err := filepath.Glob(filepath.Join(temporary, "volint-*"))
	if err != nil || len(folders) != len(found) {
		t.Errorf("folders %q, sockets %q, %v", folders, found, err)
	}
	return len(found)
}

// alive reports whether there is a process that is no zombie.
func alive(pid int) bool {
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

// waitGone waits until a process is gone, as long as the test may run.
func waitGone(t *testing.T, pid int) {
	t.Helper()
	for alive(pid) {
		if deadline, ok := t.Deadline(); ok && time.Until(deadline) < 10*time.Second {
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
