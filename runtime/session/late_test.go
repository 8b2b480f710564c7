package session_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// worker is one without Volatility: of its command it writes a frame, then these
// records, and says that the command's process ended with status 0.
func worker(t *testing.T, records ...string) session.Config {
	t.Helper()
	quoted, err := json.Marshal(strings.Join(append(records, ""), "\n"))
	if err != nil {
		t.Fatal(err)
	}
	python := program(t, filepath.Join(t.TempDir(), "python"), fmt.Sprintf(standIn, testenv.Python3(t), quoted))
	return session.Config{Python: python, Version: session.Volatility3, Cache: t.TempDir()}
}

// standIn speaks with the session as runtime/python/worker/hub.py does.
const standIn = `#!%s
import json, os, socket

program = socket.socket(fileno=os.dup(3))
program.sendall(b'{"type": "hello"}\n')
line = program.makefile("rb", buffering=0).readline()
request = json.loads(program.recv(int(line), socket.MSG_WAITALL))
frames, control, output = [socket.recv_fds(program, 1, 1)[1][0] for _ in range(3)]
os.write(frames, b"\1\0\0\0x")
os.close(frames)
os.close(output)
with open(control, "w") as file:
    file.write(%s)
program.sendall(json.dumps({"type": "exited", "id": request["id"], "status": 0}).encode())
program.recv(1)
`

const (
	hello  = `{"type":"hello"}`
	oneRow = `{"type":"end","rows":1}`
)

// What the worker said before its end counts, however late it is read.
func TestSlowListener(t *testing.T) {
	t.Parallel()
	// More than is read at once.
	long := strings.Repeat("x", 32<<10)
	cfg := worker(t, hello, `{"type":"progress","percent":1}`, `{"type":"log","level":"info","text":"`+long+` words"}`, oneRow)
	cfg.Progress = func(float64, string) { time.Sleep(1500 * time.Millisecond) }
	var log strings.Builder
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	if stream, err := attempt(cfg, session.Request{Plugin: "any.Plugin"}); err != nil || len(stream) != 5 {
		t.Errorf("the command gave %q and %v", stream, err)
	}
	if !strings.Contains(log.String(), "words") {
		t.Errorf("the log is %q", log.String())
	}
}

// childrenIgnored is the environment variable that makes the test binary run a
// command in a program that ignores SIGCHLD, and so is told no child's status.
const childrenIgnored = "VOLINT_TEST_CHILDREN_IGNORED"

func TestProgramThatIgnoresItsChildren(t *testing.T) {
	if os.Getenv(childrenIgnored) != "" {
		signal.Ignore(syscall.SIGCHLD)
		for _, records := range [][]string{{hello, oneRow}, {hello}, {}} {
			_, err := attempt(worker(t, records...), session.Request{Plugin: "any.Plugin"})
			fmt.Printf("code %q\n", code(err))
		}
		return
	}
	cmd := exec.CommandContext(context.Background(), os.Args[0], "-test.run=^TestProgramThatIgnoresItsChildren$")
	cmd.Env = append(os.Environ(), childrenIgnored+"=1")
	want := "code \"\"\ncode \"worker-died\"\ncode \"no-python\"\n"
	if out, err := cmd.CombinedOutput(); err != nil || !strings.HasPrefix(string(out), want) {
		t.Errorf("%v\n%s", err, out)
	}
}
