package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// fakeRunner is a session whose one run gives ready frames and a ready end.
type fakeRunner struct {
	startErr error
	frames   []byte
	result   session.Result
	waitErr  error

	config  session.Config
	request session.Request
	closed  bool
}

func (f *fakeRunner) Start(_ context.Context, req session.Request) (session.Run, error) {
	f.request = req
	return f, f.startErr
}
func (f *fakeRunner) Close() error                   { f.closed = true; return nil }
func (f *fakeRunner) Frames() io.Reader              { return bytes.NewReader(f.frames) }
func (f *fakeRunner) Wait() (*session.Result, error) { return &f.result, f.waitErr }

// frame is one row that has a pid below 128.
func frame(pid byte) []byte { return []byte{2, 0, 0, 0, 3 << 3, pid} }

// volint runs a command line in this process.
func (f *fakeRunner) volint(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, said strings.Builder
	a := &app{stdin: strings.NewReader(""), stdout: &out, ui: &ui{stderr: &said}}
	a.open = func(_ context.Context, c session.Config) (session.Runner, error) { f.config = c; return f, nil }
	status = a.main(context.Background(), args)
	return status, out.String(), said.String()
}

func TestRunPassesTheCommandLine(t *testing.T) {
	f := &fakeRunner{}
	status, _, stderr := f.volint(t, "run", "-f", "mem.lime", "--volatility", "3", "--symbols", "s1", "--symbols", "s2",
		"--plugins", "p,q", "--python", "py", "--profile", "Linux", "--strict", "--pause", "--max-hold", "30s", "--", "linux.pslist", "--pid", "1", "-f", "x")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	c := f.config
	if len(c.Holder) != 2 || c.Holder[1] != "hold-guest" {
		t.Errorf("guests are held by %q", c.Holder)
	}
	c.Log, c.Progress, c.DropIns, c.Holder = nil, nil, nil, nil
	want := session.Config{
		Image: "mem.lime", Pause: true, MaxHold: 30 * time.Second, Version: 3, Python: "py", Profile: "Linux", Strict: true,
		Plugins: []string{"p,q"}, Symbols: []string{"s1", "s2"},
	}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
	f.request.Progress = nil
	wantRequest := session.Request{Message: "volint.volatility3.v1.LinuxPslist", Args: []string{"--pid", "1", "-f", "x"}}
	if diff := cmp.Diff(wantRequest, f.request); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if !f.closed {
		t.Error("the runner was not closed")
	}
}

// People who know other programs put a "--" before the command's own options.
func TestRunTakesOptionsSetApart(t *testing.T) {
	f := &fakeRunner{}
	status, _, stderr := f.volint(t, "run", "-f", "mem.lime", "linux.pslist", "--", "--pid", "1")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	if diff := cmp.Diff([]string{"--pid", "1"}, f.request.Args); diff != "" {
		t.Errorf("the command's options (-want +got):\n%s", diff)
	}
}

func TestRunEnds(t *testing.T) {
	tests := map[string]struct {
		runner fakeRunner
		status int
		rows   int
		stderr string
	}{
		"well": {
			runner: fakeRunner{frames: append(frame(1), frame(2)...)},
			rows:   2,
		},
		"incomplete": {
			runner: fakeRunner{
				frames: frame(1),
				result: session.Result{
					Missing:  []string{"dtb"},
					Lost:     []session.Loss{{Field: "uid", Reason: "out of range", Count: 3}},
					Warnings: []string{"linux.pslist has no column for dtb"},
				},
			},
			rows: 1,
			stderr: "warning: linux.pslist has no column for dtb\n" +
				"warning: 3 values of uid could not be written: out of range\n" +
				"warning: the result is incomplete\n",
		},
		"failed after a row": {
			runner: fakeRunner{
				frames:  frame(1),
				waitErr: &session.Error{Message: "the plugin failed", Hint: "look again", Detail: "Traceback"},
			},
			status: 1,
			rows:   1,
			stderr: "error: the plugin failed\nhint: look again; --verbose tells more\n",
		},
		"did not start": {
			runner: fakeRunner{startErr: &session.Error{Message: "there is no Python", Hint: "install it"}},
			status: 1,
			stderr: "error: there is no Python\nhint: install it\n",
		},
		"cut, and the reason known": {
			runner: fakeRunner{frames: append(frame(1), 9, 0), waitErr: &session.Error{Message: "the worker died", Hint: "more memory"}},
			status: 1,
			rows:   1,
			stderr: "error: the worker died\nhint: more memory\n",
		},
		"a row that can't be decoded": {
			runner: fakeRunner{frames: append([]byte{1, 0, 0, 0, 3 << 3}, frame(2)...)},
			status: 1,
			rows:   1,
			stderr: "error: 1 of 2 rows could not be decoded; the first: ",
		},
		"hostile words": {
			runner: fakeRunner{waitErr: &session.Error{Message: "no \x1b[2J\nx", Hint: "\u202e"}},
			status: 1,
			stderr: `error: no \x1b[2J\x0ax` + "\n" + `hint: \xe2\x80\xae` + "\n",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := tt.runner.volint(t, "run", "-f", "x", "--format", "jsonl", "linux_pslist")
			if status != tt.status {
				t.Errorf("status %d, want %d", status, tt.status)
			}
			if got := strings.Count(stdout, "\n"); got != tt.rows {
				t.Errorf("%d rows, want %d: %s", got, tt.rows, stdout)
			}
			if !strings.HasPrefix(stderr, tt.stderr) || tt.stderr == "" && stderr != "" {
				t.Errorf("stderr %q, want %q", stderr, tt.stderr)
			}
		})
	}
}

func TestVerboseShowsTheDetail(t *testing.T) {
	f := &fakeRunner{waitErr: &session.Error{Message: "failed", Hint: "look", Detail: "Traceback:\n  line 2\n"}}
	_, _, stderr := f.volint(t, "run", "--verbose", "-f", "x", "linux_pslist")
	want := "error: failed\nhint: look\nvolatility: Traceback:\nvolatility:   line 2\n"
	if diff := cmp.Diff(want, stderr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRunMisuse(t *testing.T) {
	tests := map[string]struct {
		args []string
		want string
	}{
		"no command":       {[]string{"run", "-f", "x"}, "error: volint run needs a command\nhint: "},
		"no image":         {[]string{"run", "linux_pslist"}, "error: volint run needs memory: -f LOCATION\nhint: "},
		"-f after":         {[]string{"run", "linux_pslist", "-f", "x"}, "hint: put -f before the command"},
		"other Volatility": {[]string{"run", "-f", "x", "--volatility", "4", "linux_pslist"}, "error: there is no Volatility 4\n"},
		"not a number":     {[]string{"run", "-f", "x", "--volatility", "three", "linux_pslist"}, "error: --volatility can't be \"three\"\nhint: it takes a number\n"},
		"no unit":          {[]string{"run", "-f", "x", "--pause", "--max-hold", "5", "linux_pslist"}, "error: --max-hold can't be \"5\"\nhint: it takes a time with its unit"},
		"max-hold alone":   {[]string{"run", "-f", "x", "--max-hold", "3s", "linux_pslist"}, "hint: put --pause before it"},
		"a hold below 0":   {[]string{"run", "-f", "x", "--pause", "--max-hold", "-3s", "linux_pslist"}, "error: a guest can't stand for -3s"},
		"format":           {[]string{"run", "-f", "x", "--format", "xml", "linux_pslist"}, `error: unknown format "xml"`},
		"end-fd":           {[]string{"run", "-f", "x", "--end-fd", "999", "linux_pslist"}, "error: --end-fd: 999 is not an open descriptor"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := &fakeRunner{}
			status, _, stderr := f.volint(t, tt.args...)
			if status != statusUsage || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, %q; want %d, %q", status, stderr, statusUsage, tt.want)
			}
		})
	}
}

// A file gets its name only after success.
func TestRunOutputFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "rows.bin")
	failed := &fakeRunner{frames: frame(1), waitErr: errors.New("cut")}
	if status, _, _ := failed.volint(t, "run", "-f", "x", "--format", "frames", "-o", name, "linux_pslist"); status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("after a failure: %v, want no file", err)
	}
	whole := &fakeRunner{frames: append(frame(1), frame(2)...)}
	if status, _, stderr := whole.volint(t, "run", "-f", "x", "--format", "frames", "-o", name, "linux_pslist"); status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	got, err := os.ReadFile(name)
	if err != nil || !bytes.Equal(got, whole.frames) {
		t.Errorf("got %x, %v; want %x", got, err, whole.frames)
	}
	if _, err := os.Stat(name + partial); !os.IsNotExist(err) {
		t.Errorf("the partial file is left: %v", err)
	}
}

func TestEndDescriptor(t *testing.T) {
	for name, tt := range map[string]struct {
		runner *fakeRunner
		want   string
	}{
		"success": {&fakeRunner{frames: append(frame(1), frame(2)...)}, "ok 2\n"},
		"failure": {&fakeRunner{frames: frame(1), waitErr: errors.New("cut")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			defer w.Close()
			// volint takes the descriptor for its own and closes it.
			fd, err := syscall.Dup(int(w.Fd()))
			if err != nil {
				t.Fatal(err)
			}
			tt.runner.volint(t, "run", "-f", "x", "--end-fd", strconv.Itoa(fd), "linux_pslist")
			w.Close()
			got, err := io.ReadAll(r)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

// waitingRunner starts nothing before the context's end.
type waitingRunner struct{ fakeRunner }

func (*waitingRunner) Start(ctx context.Context, _ session.Request) (session.Run, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// A program that is gone from --end-fd wants no rows any more.
func TestEndDescriptorCloses(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	fd, err := syscall.Dup(int(w.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	a := &app{stdout: io.Discard, ui: &ui{stderr: io.Discard}}
	a.open = func(context.Context, session.Config) (session.Runner, error) {
		r.Close()
		return &waitingRunner{}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	status := a.main(ctx, []string{"run", "-f", "x", "--end-fd", strconv.Itoa(fd), "linux_pslist"})
	if status != statusFailure || ctx.Err() != nil {
		t.Errorf("status %d, %v", status, ctx.Err())
	}
}

// A reader that goes away ends volint without a word, with the status that a
// shell expects.
func TestClosedOutput(t *testing.T) {
	f := &fakeRunner{frames: bytes.Repeat(frame(1), 100_000)}
	var said strings.Builder
	a := &app{stdout: closedPipe{}, ui: &ui{stderr: &said}}
	a.open = func(context.Context, session.Config) (session.Runner, error) { return f, nil }
	for _, format := range []string{"table", "jsonl", "csv", "frames"} {
		status := a.main(context.Background(), []string{"run", "-f", "x", "--format", format, "linux_pslist"})
		if status != statusPipe || said.String() != "" {
			t.Errorf("%s: status %d, %q; want %d and nothing", format, status, said.String(), statusPipe)
		}
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Err: syscall.EPIPE}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f := &fakeRunner{waitErr: context.Canceled}
	var said strings.Builder
	a := &app{stdout: io.Discard, ui: &ui{stderr: &said}}
	a.open = func(context.Context, session.Config) (session.Runner, error) { cancel(); return f, nil }
	if status := a.main(ctx, []string{"run", "-f", "x", "linux_pslist"}); status != statusInterrupted {
		t.Errorf("status %d, %q; want %d", status, said.String(), statusInterrupted)
	}
}

// Fields that the schema does not have are told of, though a run of volint's own
// modules has none.
func TestRunTellsUnknownFields(t *testing.T) {
	f := &fakeRunner{frames: append(frame(1), 5, 0, 0, 0, 3<<3, 2, 0xf0, 0x07, 1)}
	status, _, stderr := f.volint(t, "run", "-f", "mem.lime", "linux_pslist")
	want := "warning: left out 1 field in 1 row that the schema does not have: is it older than what wrote the frames?\n"
	if status != 0 || stderr != want {
		t.Errorf("status %d, said %q", status, stderr)
	}
}
