package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// fakeSession runs commands by functions of their messages' last words.
type fakeSession struct {
	runs    map[string]func(ctx context.Context, req session.Request) *fakeRun
	opened  session.Config
	fitting session.Fitting
	running atomic.Int32
	most    atomic.Int32

	mu       sync.Mutex
	requests []string
}

// fakeRun is what a run gives: frames, which may wait, and how it ends.
type fakeRun struct {
	frames io.Reader
	result session.Result
	err    error
	gone   func()
}

func (r *fakeRun) Frames() io.Reader              { return r.frames }
func (r *fakeRun) Wait() (*session.Result, error) { r.gone(); return &r.result, r.err }
func (r *fakeRun) Close() error                   { return nil }

func (s *fakeSession) Start(ctx context.Context, req session.Request) (session.Run, error) {
	name := req.Message[strings.LastIndex(req.Message, ".")+1:]
	s.mu.Lock()
	s.requests = append(s.requests, strings.Join(append([]string{name}, req.Args...), " "))
	s.mu.Unlock()
	if n := s.running.Add(1); n > s.most.Load() {
		s.most.Store(n)
	}
	run := s.runs[name](ctx, req)
	run.gone = func() { s.running.Add(-1) }
	return run, nil
}
func (s *fakeSession) Close() error { return nil }
func (s *fakeSession) Fitting(context.Context, func(float64, string)) (*session.Fitting, error) {
	return &s.fitting, nil
}

// rows is a run of rows with these pids.
func rows(pids ...byte) *fakeRun {
	var b []byte
	for _, pid := range pids {
		b = append(b, frame(pid)...)
	}
	return &fakeRun{frames: bytes.NewReader(b)}
}

func failing(e *session.Error, pids ...byte) *fakeRun {
	run := rows(pids...)
	run.err = e
	return run
}

// always is a command that gives the same each time.
func always(make func() *fakeRun) func(context.Context, session.Request) *fakeRun {
	return func(context.Context, session.Request) *fakeRun { return make() }
}

// registerFakes enters two commands, fake_a and fake_b, whose rows are pslist's.
var registerFakes = sync.OnceFunc(func() {
	pslist, err := row.Find("linux_pslist")
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"fake_a", "fake_b"} {
		c := pslist
		m := *pslist.Message
		m.FullName = "test." + name
		c.Name, c.Message, c.Doc = name, &m, "A command of a test."
		c.Volatility2, c.Volatility3 = row.Plugin{}, row.Plugin{Offered: true, Name: name}
		if name == "fake_b" {
			c.Volatility3.Options = []row.Option{
				{Name: "pid", Kind: "int", List: true, Doc: "only these"},
				{Name: "sort", Kind: "string", Choices: []string{"pid", "name"}},
				{Name: "with-file", Kind: "uri", Required: true},
			}
		}
		row.Register(c)
	}
})

func (s *fakeSession) app(stdout, stderr io.Writer) *app {
	registerFakes()
	a := &app{stdin: strings.NewReader(""), stdout: stdout, ui: &ui{stderr: stderr}}
	a.open = func(_ context.Context, c session.Config) (session.Runner, error) { s.opened = c; return s, nil }
	return a
}

func (s *fakeSession) volint(args ...string) (status int, stdout, stderr string) {
	var out, said bytes.Buffer
	status = s.app(&out, &said).main(context.Background(), args)
	return status, out.String(), said.String()
}

// seconds are what no test can know.
var seconds = regexp.MustCompile(`\b\d+\.\d\d\b`)

func TestSeveralCommands(t *testing.T) {
	broken := &session.Error{Code: "plugin-failed", Message: "the plugin raised KeyError", Hint: "look", Detail: "Traceback"}
	lacking := func() *fakeRun {
		r := rows(7)
		r.result = session.Result{Missing: []string{"dtb"}, Warnings: []string{"no column for dtb"}}
		return r
	}
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"linux_pslist_task": always(func() *fakeRun { return rows(1, 2) }),
		"fake_a":            always(func() *fakeRun { return failing(broken, 3) }),
		"fake_b":            always(lacking),
	}}
	status, stdout, stderr := s.volint("run", "-f", "x", "--verbose", "--format", "jsonl",
		"fake_b", "linux_pslist", "--pid", "1", "+", "fake_a", "+", "linux_pslist", "--", "--pid=2")
	if status != 1 {
		t.Errorf("status %d, want 1", status)
	}
	wantOut := `{"command":"fake_b","row":{"pid":7}}
{"command":"linux_pslist","row":{"pid":1}}
{"command":"linux_pslist","row":{"pid":2}}
{"command":"fake_a","row":{"pid":3}}
{"command":"linux_pslist-2","row":{"pid":1}}
{"command":"linux_pslist-2","row":{"pid":2}}
`
	only := regexp.MustCompile(`\{"offset.*?("pid":\d+).*?\}`)
	if diff := cmp.Diff(wantOut, only.ReplaceAllString(stdout, "{$1}")); diff != "" {
		t.Errorf("stdout (-want +got):\n%s", diff)
	}
	wantErr := `warning: fake_b: no column for dtb
warning: fake_b: the result is incomplete
summary: COMMAND                 ROWS  SECONDS  RESULT
summary: fake_b                     1     N  incomplete: no column for dtb
summary: linux_pslist --pid 1       2     N  ok
summary: fake_a                     1     N  failed: the plugin raised KeyError
summary: linux_pslist-2 --pid=2     2     N  ok
volatility: fake_a: Traceback
error: 1 of 4 commands failed
hint: the summary has the reasons
`
	if diff := cmp.Diff(wantErr, seconds.ReplaceAllString(stderr, "N")); diff != "" {
		t.Errorf("stderr (-want +got):\n%s", diff)
	}
	asked := map[string]bool{}
	for _, r := range s.requests {
		asked[r] = true
	}
	want := map[string]bool{"fake_b": true, "linux_pslist_task --pid 1": true, "fake_a": true, "linux_pslist_task --pid=2": true}
	if diff := cmp.Diff(want, asked); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// Commands end in whatever order, and their tables come in that of the command
// line; what one printed before its turn is all there.
func TestOutputKeepsItsOrder(t *testing.T) {
	later := make(chan struct{})
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": always(func() *fakeRun {
			r := rows(1)
			r.frames = io.MultiReader(waiting{later}, r.frames)
			return r
		}),
		"fake_b": always(func() *fakeRun {
			r := rows()
			r.frames = io.MultiReader(bytes.NewReader(bytes.Repeat(frame(2), 40_000)), closing{later})
			return r
		}),
	}}
	status, stdout, stderr := s.volint("run", "-f", "x", "-j", "2", "fake_a", "fake_b")
	if status != 0 {
		t.Fatalf("status %d: %s", status, stderr)
	}
	lines := strings.Split(stdout, "\n")
	if len(lines) < 7 {
		t.Fatalf("stdout %q", stdout)
	}
	got := append([]string{}, lines[0], lines[1], lines[4], lines[5], lines[6])
	if diff := cmp.Diff([]string{"fake_a", "------", "", "fake_b", "------"}, got); diff != "" {
		t.Errorf("headings (-want +got):\n%s", diff)
	}
	if n := strings.Count(stdout, "\n"); n != 4+1+3+40_000 {
		t.Errorf("%d lines", n)
	}
	if s.most.Load() != 2 {
		t.Errorf("%d at once, want 2", s.most.Load())
	}
}

// waiting is an empty stream whose end comes when the channel is closed.
type waiting struct{ until chan struct{} }

func (w waiting) Read([]byte) (int, error) { <-w.until; return 0, io.EOF }

// closing is an empty stream that closes the channel.
type closing struct{ c chan struct{} }

func (c closing) Read([]byte) (int, error) { close(c.c); return 0, io.EOF }

func TestAFileForEachCommand(t *testing.T) {
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": always(func() *fakeRun { return rows(1, 2) }),
		"fake_b": always(func() *fakeRun { return failing(&session.Error{Code: "worker-died", Message: "killed"}, 3) }),
	}}
	dir := filepath.Join(t.TempDir(), "results")
	status, stdout, stderr := s.volint("run", "-f", "x", "--format", "frames", "-j", "1", "-o", dir, "fake_a", "fake_b", "+", "fake_a")
	if status != 1 || stdout != "" {
		t.Errorf("status %d, stdout %q", status, stdout)
	}
	if s.most.Load() != 1 {
		t.Errorf("%d at once with -j 1", s.most.Load())
	}
	files := map[string]int{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		files[e.Name()] = len(content)
	}
	want := map[string]int{"fake_a.frames": 12, "fake_a-2.frames": 12, "fake_b.frames.partial": 6}
	if diff := cmp.Diff(want, files); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if !strings.Contains(stderr, "note: fake_b: the rows that arrived (1) are in "+filepath.Join(dir, "fake_b.frames.partial")) {
		t.Errorf("stderr %s", stderr)
	}
	// A file where the folder is to be.
	if status, _, stderr := s.volint("run", "-f", "x", "-o", filepath.Join(dir, "fake_a.frames"), "fake_a", "fake_b"); status != 1 || !strings.Contains(stderr, "is a file, and several commands need a folder") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// A command that takes too long ends, and the others do not.
func TestTimeout(t *testing.T) {
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": func(ctx context.Context, _ session.Request) *fakeRun {
			r := rows()
			r.frames = until{ctx}
			r.err = context.DeadlineExceeded
			return r
		},
		"fake_b": always(func() *fakeRun { return rows(1) }),
	}}
	status, stdout, stderr := s.volint("run", "-f", "x", "--timeout", "20ms", "--format", "jsonl", "fake_a", "fake_b")
	if status != 1 || strings.Count(stdout, "\n") != 1 || !strings.Contains(stderr, "error: 1 of 2 commands failed") {
		t.Errorf("status %d, stdout %q, stderr %s", status, stdout, stderr)
	}
	if status, _, stderr := s.volint("run", "-f", "x", "--timeout", "20ms", "fake_a"); status != 1 || strings.Contains(stderr, "interrupted") {
		t.Errorf("alone: status %d, %s", status, stderr)
	}
}

type until struct{ ctx context.Context }

func (u until) Read([]byte) (int, error) { <-u.ctx.Done(); return 0, io.EOF }

// The reader of standard output goes away, or Ctrl-C comes: all commands end, and
// there is no summary.
func TestSeveralCommandsAreEnded(t *testing.T) {
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": always(func() *fakeRun { return rows(1) }),
		"fake_b": func(ctx context.Context, _ session.Request) *fakeRun {
			r := rows()
			r.frames = until{ctx}
			return r
		},
	}}
	var said bytes.Buffer
	if status := s.app(closedPipe{}, &said).main(context.Background(), []string{"run", "-f", "x", "fake_a", "fake_b"}); status != statusPipe || said.Len() > 0 {
		t.Errorf("closed: status %d, %q", status, said.String())
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.runs["fake_a"] = func(context.Context, session.Request) *fakeRun { cancel(); return rows(1) }
	said.Reset()
	status := s.app(io.Discard, &said).main(ctx, []string{"run", "-f", "x", "fake_a", "fake_b"})
	if status != statusInterrupted || said.String() != "error: interrupted\n" {
		t.Errorf("interrupted: status %d, %q", status, said.String())
	}
	if n := s.running.Load(); n < 0 {
		t.Errorf("%d run", n)
	}
}

func TestSeveralMisuse(t *testing.T) {
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"csv":              {[]string{"--format", "csv", "fake_a", "fake_b"}, "error: csv can't tell the rows of several commands apart\nhint: write a file for each with -o DIR"},
		"frames of all":    {[]string{"--format", "frames", "--all"}, "error: frames can't tell"},
		"end-fd":           {[]string{"--end-fd", "1", "fake_a"}, "error: --end-fd: 1 is not"},
		"nothing after +":  {[]string{"fake_a", "+"}, "error: there is no command beside a +"},
		"option first":     {[]string{"fake_a", "+", "--pid", "1"}, "error: there is no command before --pid"},
		"all and one":      {[]string{"--all", "fake_a"}, "error: --all runs every command, and fake_a is one"},
		"jobs":             {[]string{"-j", "-1", "fake_a", "fake_b"}, "hint: -j takes 1 or more"},
		"pause and jobs":   {[]string{"--pause", "-j", "2", "fake_a", "fake_b"}, "error: a guest can't stand for several commands at once"},
		"memory limit":     {[]string{"--memory-limit", "lots", "fake_a"}, "hint: it takes a size with its unit"},
		"timeout":          {[]string{"--timeout", "-1s", "fake_a"}, "hint: --timeout takes a time"},
		"-o -":             {[]string{"-o", "-", "fake_a", "fake_b"}, "hint: leave -o out"},
		"unknown, a value": {[]string{"fake_a", "2"}, `error: there is no command "2"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := &fakeSession{}
			status, _, stderr := s.volint(append([]string{"run", "-f", "x"}, tt.args...)...)
			if status == 0 || !strings.Contains(stderr, tt.want) {
				t.Errorf("status %d, %q; want %q", status, stderr, tt.want)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{"fake_a": always(func() *fakeRun { return rows() })}}
	dir := filepath.Join(t.TempDir(), "new", "files")
	status, _, stderr := s.volint("run", "-f", "x", "--files", dir, "--memory-limit", "1.5G", "fake_a")
	if status != 2 {
		t.Errorf("1.5G: status %d, %s", status, stderr)
	}
	status, _, stderr = s.volint("run", "-f", "x", "--files", dir, "--memory-limit", "3G", "--cache", "c", "fake_a")
	if status != 0 {
		t.Fatalf("status %d, %s", status, stderr)
	}
	if s.opened.MemoryLimit != 3<<30 || s.opened.Files != dir || s.opened.Cache != "c" {
		t.Errorf("config %+v", s.opened)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Errorf("%v", err)
	}
	for text, want := range map[string]size{"512": 512, "1k": 1 << 10, "2MiB": 2 << 20, "4gb": 4 << 30, "1T": 1 << 40} {
		var got size
		if err := got.Set(text); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "G", "9999999999T", "1X"} {
		var got size
		if err := got.Set(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// What a plugin wrote is told with what proves it.
func TestFilesAreTold(t *testing.T) {
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{"fake_a": always(func() *fakeRun {
		r := rows()
		r.result.Files = []session.File{{Name: "pid.1.elf", Size: 1, SHA256: "ab"}, {Name: "pid.2.elf", Size: 4096, SHA256: "cd", Row: -1}}
		return r
	})}}
	_, _, stderr := s.volint("run", "-f", "x", "fake_a")
	want := "note: wrote the file pid.1.elf: 1 byte, sha256 ab, named by row 0\nnote: wrote the file pid.2.elf: 4096 bytes, sha256 cd\n"
	if diff := cmp.Diff(want, stderr); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// With a folder for the output each command has a folder for its files, unless there is
// one for all, and a list of them, which is never one of an earlier run.
func TestFilesOfTheOutputsFolder(t *testing.T) {
	var folders []string
	files := []session.File{{Name: "a", Size: 1, SHA256: "ab"}, {Name: "b", SHA256: "cd", Row: -1}}
	run := func(_ context.Context, req session.Request) *fakeRun {
		folders = append(folders, req.Files)
		r := rows()
		r.result.Files = files
		return r
	}
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{"fake_a": run, "fake_b": run}}
	const list = `[
{"name":"a","size":1,"sha256":"ab","row":0},
{"name":"b","size":0,"sha256":"cd","row":-1}
]
`
	there := t.TempDir()
	for _, test := range []struct {
		dir   string
		args  []string
		files []session.File
		want  []string
		list  string
	}{
		{there, []string{"fake_a"}, files, []string{"fake_a.files"}, list},
		{there, []string{"fake_a"}, nil, []string{"fake_a.files"}, "[\n]\n"},
		{filepath.Join(there, "new") + "/", []string{"fake_a"}, files, []string{"fake_a.files"}, list},
		{filepath.Join(there, "both"), []string{"-j", "1", "fake_a", "fake_b"}, files, []string{"fake_a.files", "fake_b.files"}, list},
		{filepath.Join(there, "one"), []string{"-j", "1", "--files", there, "fake_a", "fake_b"}, files, []string{"", ""}, list},
	} {
		folders, files = nil, test.files
		status, stdout, stderr := s.volint(append([]string{"run", "-f", "x", "--format", "jsonl", "-o", test.dir}, test.args...)...)
		if status != 0 || stdout != "" {
			t.Errorf("%v: status %d, %q, %q", test.args, status, stdout, stderr)
		}
		for i, want := range test.want {
			if want != "" {
				want = filepath.Join(test.dir, want)
			}
			if folders[i] != want {
				t.Errorf("%v: files go to %q, want %q", test.args, folders[i], want)
			}
		}
		got, err := os.ReadFile(filepath.Join(test.dir, "fake_a.files.json"))
		if diff := cmp.Diff(test.list, string(got)); err != nil || diff != "" {
			t.Errorf("%v: %v; list (-want +got):\n%s", test.args, err, diff)
		}
		if _, err := os.Stat(filepath.Join(test.dir, "fake_a.jsonl")); err != nil {
			t.Error(err)
		}
	}
}
