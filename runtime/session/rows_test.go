package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	"github.com/volint/volint/gen/go/volatility3options"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

const pslist = "volatility_render.linux_pslist_task"

func TestRows(t *testing.T) {
	want := map[string]int{"Volatility 3": 28, "the oldest Volatility 3": 28, "Volatility 2": 29}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			runner := open(t, s.config(t))
			var first *pandavolintrow.LinuxPslistTask
			rows := 0
			for task, err := range session.Rows[pandavolintrow.LinuxPslistTask](context.Background(), runner) {
				if err != nil {
					t.Fatal(err)
				}
				if first == nil {
					first = task
				}
				rows++
			}
			if rows != want[s.name] {
				t.Errorf("%d rows, want %d", rows, want[s.name])
			}
			if first == nil || first.Name != "init" || first.Pid != 1 || first.Offset>>47 != 1<<17-1 {
				t.Errorf("the first row is %+v, want init, pid 1, at a canonical address of the kernel", first)
			}
		})
	}
}

func TestRowsTakeOptions(t *testing.T) {
	args := map[string][][]string{
		"Volatility 3": {{"--pid", "1", "2"}, {"--pid", "1", "--pid", "2"}, {"-p", "1,2"},
			session.Args(volatility3options.LinuxPslistPsList{Pid: []int64{1, 2}})},
		"the oldest Volatility 3": {{"--pid", "1", "2"}},
		"Volatility 2":            {{"-p", "1,2"}},
	}
	for _, s := range setups {
		for _, args := range args[s.name] {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				runner := open(t, s.config(t))
				var pids []uint32
				for task, err := range session.Rows[pandavolintrow.LinuxPslistTask](context.Background(), runner, args...) {
					if err != nil {
						t.Fatal(err)
					}
					pids = append(pids, task.Pid)
				}
				if diff := cmp.Diff([]uint32{1, 2}, pids); diff != "" {
					t.Errorf("%v: pids (-want +got):\n%s", args, diff)
				}
			})
		}
	}
}

// A session's frames are those that the drop-ins write without it.
func TestFramesEqualThoseOfPlainDropIns(t *testing.T) {
	t.Run("Volatility 3", func(t *testing.T) {
		cfg := volatility3(t)
		vol := exec.Command(testenv.Vol3(t), "-q", "-p", folder(t, cfg.DropIns[session.Volatility3]), "--cache-path", t.TempDir(),
			"-s", testenv.Fixture(), "-f", cfg.Image, "-r", "protobuf", "linux.pslist")
		out, err := vol.Output()
		if err != nil {
			t.Fatal(err)
		}
		equalFrames(t, cfg, out)
	})
	t.Run("Volatility 2", func(t *testing.T) {
		cfg := volatility2(t)
		file := filepath.Join(t.TempDir(), "frames")
		plugins := folder(t, cfg.DropIns[session.Volatility2]) + ":" + testenv.Fixture()
		vol := exec.Command(testenv.Python2(t), testenv.Vol2(t), "--plugins="+plugins, "-f", cfg.Image,
			"--profile="+cfg.Profile, "linux_pslist", "--output=protobuf", "--output-file="+file)
		if out, err := vol.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		out, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		equalFrames(t, cfg, out)
	})
}

func equalFrames(t *testing.T, cfg session.Config, want []byte) {
	t.Helper()
	got, result, err := all(t, cfg, session.Request{Message: pslist})
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) || len(want) == 0 {
		t.Errorf("%d bytes by the session and %d by plain drop-ins, which differ", len(got), len(want))
	}
	if !result.Complete() || len(result.Warnings) > 0 || result.Volatility == "" {
		t.Errorf("result is %+v, want a complete one", result)
	}
}

// all runs a command and returns its stream.
func all(t testing.TB, cfg session.Config, req session.Request) ([]byte, *session.Result, error) {
	t.Helper()
	run, err := open(t, cfg).Start(context.Background(), req)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	stream, err := io.ReadAll(run.Frames())
	if err != nil {
		t.Fatalf("reading frames: %v", err)
	}
	result, err := run.Wait()
	return stream, result, err
}

// folder writes files where another program can read them.
func folder(t testing.TB, files fs.FS) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "plugins")
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Times that name no zone are in UTC, wherever the machine is.
func TestTimesWithoutAZone(t *testing.T) {
	t.Setenv("TZ", "EST5")
	stream, _, err := all(t, faults3(t), session.Request{Plugin: "clock.Clock"})
	if got := jsonOutputs(t, stream, "Time"); err != nil || len(got) != 1 || got[0] != "2026-01-01T00:00:38" {
		t.Errorf("%q, %v", got, err)
	}
}

// Leaving a loop ends the command; what it did is known all the same.
func TestLeavingTheLoopEndsTheCommand(t *testing.T) {
	runner := open(t, volatility3(t))
	run, err := runner.Start(context.Background(), session.Request{Message: pslist})
	if err != nil {
		t.Fatal(err)
	}
	for task, err := range session.Read[pandavolintrow.LinuxPslistTask](run) {
		if err != nil || task.Pid != 1 {
			t.Fatalf("the first row is %v, %v", task, err)
		}
		break
	}
	if result, err := run.Wait(); result.Rows == 0 || err != nil && code(err) != "cancelled" {
		t.Errorf("Wait = %+v, %v; want rows, and at most that it was cancelled", result, err)
	}
}

// A row that can't be decoded costs itself.
func TestBadRowCostsTheRow(t *testing.T) {
	run := &fakeRun{stream: "\x02\x00\x00\x00\x18\x07" + "\x02\x00\x00\x00\xff\xff" + "\x02\x00\x00\x00\x18\x08"}
	var pids []uint32
	var bad []error
	for task, err := range session.Read[pandavolintrow.LinuxPslistTask](run) {
		if err != nil {
			bad = append(bad, err)
			continue
		}
		pids = append(pids, task.Pid)
	}
	var content *row.RowError
	if diff := cmp.Diff([]uint32{7, 8}, pids); diff != "" || len(bad) != 1 || !errors.As(bad[0], &content) || content.Frame != 2 {
		t.Errorf("pids (-want +got):\n%s errors %v; want one of frame 2", diff, bad)
	}
}

// A stream that is broken ends with what is known of it: the worker's word for
// one that is cut, the reader's for a length that can't be.
func TestBrokenStream(t *testing.T) {
	told := &session.Error{Code: "worker-died", Message: "it died"}
	tests := []struct {
		name, stream string
		wait         error
		want         error
	}{
		{name: "cut, and told why", stream: "\x02\x00\x00\x00\x18", wait: told, want: told},
		{name: "cut, and not told", stream: "\x02\x00\x00\x00\x18", want: io.ErrUnexpectedEOF},
		{name: "too long", stream: "\xff\xff\xff\xff\x18", wait: told, want: row.ErrTooLong},
		{name: "whole, and failed", stream: "\x02\x00\x00\x00\x18\x07", wait: told, want: told},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var last error
			for _, err := range session.Read[pandavolintrow.LinuxPslistTask](&fakeRun{stream: tt.stream, err: tt.wait}) {
				last = err
			}
			if !errors.Is(last, tt.want) {
				t.Errorf("the loop ended with %v, want %v", last, tt.want)
			}
		})
	}
}

// fakeRun is a run of a stream that is known.
type fakeRun struct {
	stream string
	read   io.Reader
	err    error
}

func (r *fakeRun) Frames() io.Reader {
	if r.read == nil {
		r.read = bytes.NewReader([]byte(r.stream))
	}
	return r.read
}

func (r *fakeRun) Wait() (*session.Result, error) { return &session.Result{}, r.err }
func (r *fakeRun) Close() error                   { return nil }

// code is the code of a session's error.
func code(err error) string {
	var e *session.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}
