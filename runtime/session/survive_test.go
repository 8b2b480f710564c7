package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// faultsSetups are the Volatilities with the faults' plugin.
var faultsSetups = []setup{
	{"Volatility 3", faults3},
	{"the oldest Volatility 3", faults3Oldest},
	{"Volatility 2", faults2},
}

// runMode runs the faults' plugin in a session that is open.
func runMode(t testing.TB, s session.Runner, args ...string) (rows int, result *session.Result, err error) {
	t.Helper()
	run, err := s.Start(context.Background(), session.Request{Message: faultsRow, Args: args})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	rows, err = rowsOf(run)
	if err != nil {
		t.Logf("%q: the stream ends with %v", args, err)
	}
	result, err = run.Wait()
	return rows, result, err
}

func rowsOf(run session.Run) (n int, err error) {
	for _, err := range row.NewReader(run.Frames()).Frames() {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// above is the process that forks a session's commands.
func above(t testing.TB, s session.Runner) int {
	t.Helper()
	run, err := s.Start(context.Background(), faultsRequest("above"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := processOf(run)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(); err != nil {
		t.Fatal(err)
	}
	if pid == os.Getpid() {
		t.Fatal("the command ran in a process that this one started")
	}
	return pid
}

// A session survives whatever becomes of a command: the next one runs, in a child of
// the same warm worker.
func TestSessionSurvivesItsCommands(t *testing.T) {
	modes := []struct {
		mode string
		code string
		rows int
		// not2 is what Volatility 2's plugin does not do.
		not2 bool
	}{
		{mode: "raise early", code: "plugin-failed", rows: 0, not2: true},
		{mode: "raise", code: "plugin-failed", rows: 2},
		{mode: "exit", code: "plugin-failed", rows: 2},
		{mode: "interrupt", code: "plugin-failed", rows: 2, not2: true},
		{mode: "recurse", code: "plugin-failed", rows: 2},
		{mode: "leave", code: "worker-died", rows: some},
		{mode: "kill", code: "worker-died", rows: some},
		{mode: "kill late", code: "worker-died", rows: some},
		{mode: "crash", code: "worker-died", rows: some},
		{mode: "abort", code: "worker-died", rows: some},
		{mode: "close", code: "worker-died", rows: some},
		{mode: "frames", code: "cut-stream", rows: some, not2: true},
		{mode: "frame", code: "cut-stream", rows: 4, not2: true},
		{mode: "print", rows: 3, not2: true},
		{mode: "threads", rows: 3, not2: true},
		{mode: "fork", rows: 4},
		{mode: "child", rows: 4, not2: true},
	}
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			cfg := setup.config(t)
			s := open(t, cfg)
			worker := above(t, s)
			for _, tt := range modes {
				if tt.not2 && cfg.Version == session.Volatility2 {
					continue
				}
				rows, result, err := runMode(t, s, "--mode="+tt.mode)
				if code(err) != tt.code || tt.rows != some && rows != tt.rows || int(result.Rows) != rows {
					t.Errorf("%s: %d rows (%d told) and %v; want %d and code %q", tt.mode, rows, result.Rows, err, tt.rows, tt.code)
				}
				if rows, _, err := runMode(t, s); rows != 3 || err != nil {
					t.Errorf("after %s: %d rows and %v", tt.mode, rows, err)
				}
			}
			if now := above(t, s); now != worker {
				t.Errorf("the worker was process %d and is %d", worker, now)
			}
			noChildren(t, worker)
		})
	}
}

// children are the processes that a process has, without zombies.
func children(t testing.TB, pid int) []string {
	t.Helper()
	var found []string
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		of, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		if err != nil {
			continue // the thread has ended
		}
		found = append(found, strings.Fields(string(of))...)
	}
	return found
}

// noChildren waits until a process has none, not as zombies either, as long as the
// test may run.
func noChildren(t testing.TB, pid int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		left := children(t, pid)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Errorf("process %d has left %v", pid, left)
			return
		}
	}
}

// A command that never ends, and takes no hint, ends with its context or its
// deadline, and nobody else does.
func TestCommandsThatNeverEnd(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			cfg := setup.config(t)
			s := open(t, cfg)
			worker := above(t, s)
			other, err := s.Start(context.Background(), faultsRequest("process"))
			if err != nil {
				t.Fatal(err)
			}
			otherPid, err := processOf(other)
			if err != nil {
				t.Fatal(err)
			}
			for _, mode := range []string{"process", "stubborn"} {
				ctx, cancel := context.WithCancel(context.Background())
				run, err := s.Start(ctx, faultsRequest(mode))
				if err != nil {
					t.Fatal(err)
				}
				pid, err := processOf(run)
				if err != nil {
					t.Fatal(err)
				}
				cancel()
				if _, err := run.Wait(); code(err) != "cancelled" || !errors.Is(err, context.Canceled) {
					t.Errorf("%s: %v, want that it was cancelled", mode, err)
				}
				if alive(pid) {
					t.Errorf("%s: process %d is still there", mode, pid)
				}
			}
			ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
			defer cancel()
			run, err := s.Start(ctx, faultsRequest("sleep"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := run.Wait(); code(err) != "cancelled" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("with a deadline: %v", err)
			}
			if !alive(otherPid) {
				t.Error("the command beside them is gone")
			}
			if now := above(t, s); now != worker {
				t.Errorf("the worker was process %d and is %d", worker, now)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if alive(otherPid) || alive(worker) {
				t.Error("Close left a process")
			}
		})
	}
}

// Commands that are given up before they began, or just then, cost nobody else anything.
func TestCommandsGivenUpAtOnce(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, setup.config(t))
			worker := above(t, s)
			other, err := s.Start(context.Background(), faultsRequest("process"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := processOf(other); err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			for i := range 60 {
				ctx, cancel := context.WithCancel(context.Background())
				run, err := s.Start(ctx, session.Request{Message: faultsRow})
				if err != nil {
					t.Fatal(err)
				}
				wg.Add(1)
				go func() {
					defer wg.Done()
					defer cancel()
					time.Sleep(time.Duration(i*i) * 10 * time.Microsecond)
					cancel()
					if _, err := run.Wait(); err != nil && code(err) != "cancelled" {
						t.Errorf("command %d: %v (%s)", i, err, code(err))
					}
				}()
			}
			wg.Wait()
			if now := above(t, s); now != worker {
				t.Errorf("the worker was process %d and is %d", worker, now)
			}
			if err := other.Close(); err != nil {
				t.Error(err)
			}
			if _, err := other.Wait(); code(err) != "cancelled" {
				t.Errorf("the command beside them: %v", err)
			}
			noChildren(t, worker)
		})
	}
}

// A command that eats memory ends at its limit, and says so; the session goes on.
func TestMemoryLimit(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			cfg := setup.config(t)
			cfg.MemoryLimit = 64 << 20
			s := open(t, cfg)
			worker := above(t, s)
			rows, _, err := runMode(t, s, "--mode=memory")
			var e *session.Error
			if code(err) != "out-of-memory" || rows != 2 || !errors.As(err, &e) || e.Hint == "" {
				t.Errorf("%d rows and %v (%s), want 2 and that memory is short", rows, err, code(err))
			}
			if rows, _, err := runMode(t, s); rows != 3 || err != nil {
				t.Errorf("after it: %d rows and %v", rows, err)
			}
			if now := above(t, s); now != worker {
				t.Errorf("the worker was process %d and is %d", worker, now)
			}
		})
	}
}

// A limit that leaves room for nothing is no standstill.
func TestSmallestMemoryLimit(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			cfg := setup.config(t)
			cfg.MemoryLimit = 1
			s := open(t, cfg)
			for range 5 {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				run, err := s.Start(ctx, session.Request{Message: faultsRow})
				if err == nil {
					_, err = run.Wait()
				}
				cancel()
				if err != nil && code(err) != "out-of-memory" {
					t.Fatalf("%v (%s), want rows, or that memory is short", err, code(err))
				}
			}
		})
	}
}

// Without a limit a command takes what it wants.
func TestNoMemoryLimit(t *testing.T) {
	if _, _, err := runMode(t, open(t, faults3(t)), "--mode=memory"); code(err) != "plugin-failed" || !strings.Contains(err.Error(), "1024 MB were there") {
		t.Errorf("%v; want that the plugin got its memory", err)
	}
}

// When the worker itself dies its commands fail and say so, those that run beside
// each other too, and the next command has another worker.
func TestWorkerDies(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			cfg := setup.config(t)
			s := open(t, cfg)
			first := above(t, s)

			// Between rows, by the plugin itself.
			_, _, err := runMode(t, s, "--mode=kill above")
			wantDied(t, "between rows", err)
			second := above(t, s)
			if second == first {
				t.Errorf("the worker is process %d still", first)
			}

			// After all rows of a command, and with none yet of others.
			if rows, _, err := runMode(t, s); rows != 3 || err != nil {
				t.Errorf("%d rows, %v", rows, err)
			}
			var runs []session.Run
			var pids []int
			for range 3 {
				run, err := s.Start(context.Background(), faultsRequest("process"))
				if err != nil {
					t.Fatal(err)
				}
				pid, err := processOf(run)
				if err != nil {
					t.Fatal(err)
				}
				runs, pids = append(runs, run), append(pids, pid)
			}
			kill(t, second)
			for i, run := range runs {
				_, err := run.Wait()
				wantDied(t, "beside others", err)
				waitGone(t, pids[i])
			}

			// Before a row: Start and the signal race, and either way it is told, or the
			// command got another worker.
			third := above(t, s)
			run, err := s.Start(context.Background(), session.Request{Message: faultsRow})
			if err != nil {
				t.Fatal(err)
			}
			kill(t, third)
			if result, err := run.Wait(); err != nil {
				wantDied(t, "before rows", err)
			} else if result.Rows != 3 {
				t.Errorf("%d rows and no error", result.Rows)
			}
			if rows, _, err := runMode(t, s); rows != 3 || err != nil {
				t.Errorf("at last: %d rows, %v", rows, err)
			}
		})
	}
}

func wantDied(t *testing.T, when string, err error) {
	t.Helper()
	var e *session.Error
	if code(err) != "worker-died" || !errors.As(err, &e) || e.Hint == "" {
		t.Errorf("killed %s: %v (%s), want that the worker died", when, err, code(err))
	}
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// A reader that can't keep what it reads closes its command, and the session goes on.
func TestReaderFails(t *testing.T) {
	for _, setup := range faultsSetups {
		t.Run(setup.name, func(t *testing.T) {
			t.Parallel()
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			if err != nil {
				t.Skip("SKIP(system): there is no /dev/full here")
			}
			defer full.Close()
			s := open(t, setup.config(t))
			worker := above(t, s)
			run, err := s.Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--rows=100000"}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(full, run.Frames()); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("copying to a full disk: %v", err)
			}
			if err := run.Close(); err != nil {
				t.Error(err)
			}
			if _, err := run.Wait(); code(err) != "cancelled" {
				t.Errorf("Wait = %v", err)
			}
			if rows, _, err := runMode(t, s); rows != 3 || err != nil {
				t.Errorf("after it: %d rows, %v", rows, err)
			}
			noChildren(t, worker)
		})
	}
}

// Many sessions at once, each with commands of its own side by side, get each its own
// rows.
func TestManySessionsAtOnce(t *testing.T) {
	cfg := faults3(t)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			s, err := session.Open(context.Background(), cfg)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			var commands sync.WaitGroup
			for j := range 3 {
				commands.Add(1)
				go func() {
					defer commands.Done()
					ownRows(t, s, fmt.Sprintf("session %d, command %d", i, j))
				}()
			}
			commands.Wait()
		}()
	}
	wg.Wait()
}

// ownRows runs a command whose rows say which it is.
func ownRows(t *testing.T, s session.Runner, which string) {
	run, err := s.Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--mode=options", "--text=" + which}})
	if err != nil {
		t.Error(err)
		return
	}
	stream, _ := io.ReadAll(run.Frames())
	if _, err := run.Wait(); err != nil || !bytes.Contains(stream, []byte("text=['"+which+"']")) {
		t.Errorf("%s: %v, rows %q", which, err, stream)
	}
}
