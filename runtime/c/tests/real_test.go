package tests

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

// sessionProgram is testdata/session.c, for a real volint on the image. All its
// processes have mark in their environment.
func sessionProgram(t *testing.T, scenario string) (cmd *exec.Cmd, mark string, rows int) {
	t.Helper()
	testenv.Uses(t, "runtime/python", "runtime/session")
	v := versions[0]
	dir := t.TempDir()
	cmd = exec.Command(ctest.Sanitized(t, nil, source("session.c")), scenario, dir)
	mark = "VOLINT_TEST_MARK=" + dir
	env := v.environment(t)
	cmd.Env = append(env, "IMAGE="+testenv.Image(t), mark)
	return cmd, mark, len(processes(t, v, env))
}

// What a program leaves open for its children would be held open by a process that it
// knows nothing of, as long as the session lasts.
func TestSessionHoldsNothingOpen(t *testing.T) {
	cmd, mark, rows := sessionProgram(t, "hands nothing down")
	out, err := cmd.CombinedOutput()
	want := fmt.Sprintf("next 0, status 0, %d rows, whole 1, complete 1\nread 0\n", rows)
	if err != nil || string(out) != want {
		t.Errorf("%v, %s; want %s", err, out, want)
	}
	nothingLeft(t, mark)
}

// A program that is killed in the middle of a command leaves no process behind.
func TestSessionEndsWithItsProgram(t *testing.T) {
	cmd, mark, _ := sessionProgram(t, "runs on")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Error(err)
	}
	if n := len(processesWith(t, mark)); n < 3 {
		t.Errorf("there are %d processes: the program, volint and Python are three", n)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	nothingLeft(t, mark)
}

// Whatever of a session is killed, and whenever: a command is whole, or an error says
// why not, and when no more is killed all is well again.
func TestSessionWhoseProcessesAreKilled(t *testing.T) {
	cmd, mark, rows := sessionProgram(t, "runs on")
	p := testenv.Start(t, cmd)
	whole, failed := fmt.Sprint("ok ", rows), 0
	check := func(line string) {
		t.Helper()
		if line != whole && !strings.HasPrefix(line, "error: ") {
			t.Errorf("the program says %q", line)
		}
		if line != whole {
			failed++
		}
	}
	check(p.Line(t))
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
		var others []int
		for pid := range processesWith(t, mark) {
			if pid != cmd.Process.Pid {
				others = append(others, pid)
			}
		}
		if len(others) > 0 {
			_ = syscall.Kill(others[random.IntN(len(others))], syscall.SIGKILL)
		}
		check(p.Line(t))
	}
	// The command that runs may still fail, and the next one may find that out.
	last := ""
	for range 3 {
		last = p.Line(t)
		check(last)
	}
	if last != whole || failed == 0 {
		t.Errorf("at the end the program says %q; %d commands failed before", last, failed)
	}
	p.End(t)
	nothingLeft(t, mark)
}
