package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/volint/volint/internal/ptytest"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// inTurn gives one run after the other, and the last one again and again.
func inTurn(runs ...func() *fakeRun) *fakeSession {
	n := -1
	return &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": func(context.Context, session.Request) *fakeRun { n = min(n+1, len(runs)-1); return runs[n]() },
	}}
}

// tasksOf is a run of rows with a pid and, where it is not 0, a uid.
func tasksOf(pidsAndUIDs ...byte) func() *fakeRun {
	return func() *fakeRun {
		var b []byte
		for i := 0; i < len(pidsAndUIDs); i += 2 {
			content := []byte{3 << 3, pidsAndUIDs[i]}
			if uid := pidsAndUIDs[i+1]; uid > 0 {
				content = append(content, 4<<3, uid)
			}
			b = append(append(b, byte(len(content)), 0, 0, 0), content...)
		}
		return &fakeRun{frames: bytes.NewReader(b)}
	}
}

var times = regexp.MustCompile(`"time":"[^"]+Z"`)

func TestWatchTellsEvents(t *testing.T) {
	torn := func() *fakeRun {
		r := tasksOf(2, 0)()
		r.err = &session.Error{Code: "plugin-failed", Message: "the list has a loop", Hint: "again"}
		return r
	}
	s := inTurn(tasksOf(1, 0, 2, 0, 3, 0), torn, tasksOf(2, 5, 1, 0, 4, 0, 4, 1), tasksOf(2, 5, 1, 0, 4, 0, 4, 1))
	status, stdout, stderr := s.volint("watch", "-f", "x", "--every", "1ms", "fake_a", "--count", "4")
	if status != 0 {
		t.Errorf("status %d: %s", status, stderr)
	}
	row := func(pid, uid string) string {
		return `{"offset":null,"name":null,"pid":` + pid + `,"uid":` + uid + `,"gid":null,"dtb":null,"start_time":null}`
	}
	key := func(pid string) string { return `"key":{"offset":null,"pid":` + pid + `},"row":` }
	want := strings.Join([]string{
		`{T,"event":"appeared",` + key("1") + row("1", "null") + `}`,
		`{T,"event":"appeared",` + key("2") + row("2", "null") + `}`,
		`{T,"event":"appeared",` + key("3") + row("3", "null") + `}`,
		`{T,"event":"error","message":"the list has a loop","hint":"again"}`,
		`{T,"event":"changed",` + key("2") + row("2", "5") + `,"changed":["uid"]}`,
		`{T,"event":"appeared",` + key("4") + row("4", "null") + `}`,
		`{T,"event":"appeared",` + key("4") + row("4", "1") + `}`,
		`{T,"event":"gone",` + key("3") + row("3", "null") + `}`,
	}, "\n") + "\n"
	if diff := cmp.Diff(want, times.ReplaceAllString(stdout, "T")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWatchEnds(t *testing.T) {
	failed := func(code string) func() *fakeRun {
		return func() *fakeRun {
			return &fakeRun{frames: strings.NewReader(""), err: &session.Error{Code: code, Message: "it is " + code, Hint: "h"}}
		}
	}
	good := tasksOf(1, 0)
	for name, tt := range map[string]struct {
		runs   []func() *fakeRun
		status int
		stderr string
		events int
	}{
		"by the count":        {[]func() *fakeRun{good}, 0, "", 1},
		"the guest is gone":   {[]func() *fakeRun{good, failed("unreadable-image")}, 1, "error: it is unreadable-image\nhint: h\n", 2},
		"never to work":       {[]func() *fakeRun{failed("bad-option")}, 1, "error: it is bad-option\nhint: h\n", 1},
		"no kernel at first":  {[]func() *fakeRun{failed("not-memory")}, 1, "error: it is not-memory\nhint: h\n", 1},
		"no kernel for a bit": {[]func() *fakeRun{good, failed("not-memory"), good}, 0, "", 2},
		"a reset":             {[]func() *fakeRun{good, failed("guest-changed"), good}, 0, "", 2},
		"the last one failed": {[]func() *fakeRun{good, good, good, good, failed("guest-changed")}, 1, "error: it is guest-changed\nhint: h\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := inTurn(tt.runs...).volint("watch", "-f", "x", "--every", "1ms", "--count", "5", "fake_a")
			if status != tt.status || stderr != tt.stderr && !strings.HasPrefix(stderr, "note: a run takes longer") || strings.Count(stdout, "\n") != tt.events {
				t.Errorf("status %d, stderr %q, stdout\n%s", status, stderr, stdout)
			}
		})
	}
}

// Ctrl-C is how a watch ends.
func TestWatchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": func(context.Context, session.Request) *fakeRun { cancel(); return tasksOf(1, 0)() },
	}}
	var said strings.Builder
	if status := s.app(io.Discard, &said).main(ctx, []string{"watch", "-f", "x", "fake_a"}); status != 0 || said.Len() > 0 {
		t.Errorf("status %d, said %q", status, said.String())
	}
}

// Who reads a watch's events may go, also when there are none to come.
func TestWatchReaderGoes(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	go func() {
		_, _ = r.Read(make([]byte, 1<<10))
		_ = r.Close()
	}()
	var said strings.Builder
	s := inTurn(tasksOf(1, 0))
	if status := s.app(w, &said).main(ctx, []string{"watch", "-f", "x", "--every", "1ms", "fake_a"}); status != 141 || said.Len() > 0 {
		t.Errorf("status %d, said %q", status, said.String())
	}
}

func TestWatchMisuse(t *testing.T) {
	registerFakes()
	keyless, err := row.Find("fake_b")
	if err != nil {
		t.Fatal(err)
	}
	m := *keyless.Message
	m.FullName, m.Fields = "test.keyless", append([]row.Field{}, m.Fields...)
	for i := range m.Fields {
		m.Fields[i].Identifies = false
	}
	keyless.Name, keyless.Message, keyless.Volatility3 = "keyless", &m, row.Plugin{}
	row.Register(keyless)
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no command":  {[]string{"-f", "x"}, "error: volint watch needs a command"},
		"no memory":   {[]string{"fake_a"}, "error: volint watch needs memory: -f LOCATION\nhint: volint watch -f LOCATION"},
		"no interval": {[]string{"-f", "x", "--every", "0s", "fake_a"}, "error: a run can't begin each 0s"},
		"two":         {[]string{"-f", "x", "fake_a", "fake_b"}, "error: volint watch takes one command, and fake_b is another"},
		"format":      {[]string{"-f", "x", "--format", "csv", "fake_a"}, "error: unknown format \"csv\"\nhint: choose table or jsonl"},
		"a table":     {[]string{"-f", "x", "--format", "table", "fake_a"}, "error: the table is drawn on a terminal"},
		"a bad flag":  {[]string{"fake_a", "-f", "x", "--every", "soon"}, "error: --every can't be \"soon\"\nhint: it takes a time"},
		"no key":      {[]string{"-f", "x", "keyless"}, "error: keyless has no fields that tell whether a row is the same as before\nhint: mark the fields that identify a row with key: true"},
	} {
		t.Run(name, func(t *testing.T) {
			status, _, stderr := (&fakeSession{}).volint(append([]string{"watch"}, tt.args...)...)
			if status == 0 || !strings.HasPrefix(stderr, tt.want) {
				t.Errorf("status %d, %q; want %q", status, stderr, tt.want)
			}
		})
	}
}

func TestFlagsBehindACommand(t *testing.T) {
	for _, tt := range []struct{ in, rest, file, every string }{
		{"c -f x --every 5ms --pid 1", "c --pid 1", "x", "5ms"},
		{"c --every=5ms -fx --pid 1 -f y", "c --pid 1 -f y", "x", "5ms"},
		{"c --pause -- -f y", "c -- -f y", "", "1s"},
		{"c", "c", "", "1s"},
		{"c -", "c -", "", "1s"},
		{"c x -f y", "c x -f y", "", "1s"},
	} {
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		f.SetInterspersed(false)
		file, every := f.StringP("file", "f", "", ""), f.Duration("every", time.Second, "")
		f.Bool("pause", false, "")
		rest, err := flagsBehind(f, strings.Fields(tt.in))
		if err != nil || strings.Join(rest, " ") != tt.rest || *file != tt.file || every.String() != tt.every {
			t.Errorf("%s: %q, %q, %v, %v", tt.in, rest, *file, every, err)
		}
	}
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.StringP("file", "f", "", "")
	if _, err := flagsBehind(f, []string{"c", "-f"}); err == nil {
		t.Error("-f without a value is accepted")
	}
}

// Runs begin at multiples of the interval: nothing adds up, and what is late is
// left out.
func TestTicks(t *testing.T) {
	const every = 100 * time.Millisecond
	for _, tt := range []struct {
		last int64
		ran  time.Duration
		want int64
	}{
		{0, time.Millisecond, 1}, {0, 100 * time.Millisecond, 1}, {0, 101 * time.Millisecond, 2},
		{7, 730 * time.Millisecond, 8}, {7, 1450 * time.Millisecond, 15}, {7, 1500 * time.Millisecond, 15},
	} {
		if got := nextTick(tt.last, tt.ran, every); got != tt.want {
			t.Errorf("after run %d and %v: %d, want %d", tt.last, tt.ran, got, tt.want)
		}
	}
}

// A run that is too slow is told of once, and the watch goes on.
func TestWatchLeavesOut(t *testing.T) {
	s := inTurn(func() *fakeRun {
		time.Sleep(5 * time.Millisecond)
		return tasksOf(1, 0)()
	})
	status, stdout, stderr := s.volint("watch", "-f", "x", "--every", "1ms", "--count", "4", "fake_a")
	if status != 0 || strings.Count(stdout, "\n") != 1 || stderr != "note: a run takes longer than --every 1ms: some are left out\n" {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
}

// Warnings come with every run, and are said with the first.
func TestWatchWarnsOnce(t *testing.T) {
	n := int64(0)
	s := inTurn(func() *fakeRun {
		n++
		r := tasksOf(1, 0)()
		r.result = session.Result{Missing: []string{"dtb"}, Warnings: []string{"no dtb"}, Lost: []session.Loss{{Field: "uid", Reason: "torn", Count: n}}}
		return r
	})
	_, _, stderr := s.volint("watch", "-f", "x", "--every", "10s", "--count", "1", "fake_a")
	want := "warning: no dtb\nwarning: 1 values of uid could not be written: torn\nwarning: the result is incomplete\n"
	if stderr != want {
		t.Errorf("one run: %q", stderr)
	}
	_, _, stderr = s.volint("watch", "-f", "x", "--every", "1ms", "--count", "3", "fake_a")
	if strings.Count(stderr, "warning:") != 3 {
		t.Errorf("three runs: %q", stderr)
	}
}

// The table of a terminal is drawn in place, what changed is marked, and what went
// stays for a moment.
func TestWatchTable(t *testing.T) {
	t.Setenv("TERM", "xterm")
	p := ptytest.Open(t, 100, 8)
	step := make(chan struct{})
	wait := func(run func() *fakeRun) func() *fakeRun {
		return func() *fakeRun { <-step; return run() }
	}
	bad := func() *fakeRun {
		return &fakeRun{frames: strings.NewReader(""), err: &session.Error{Code: "plugin-failed", Message: "torn \x1b[2J"}}
	}
	s := inTurn(tasksOf(1, 0, 2, 0, 3, 0), wait(tasksOf(1, 0, 3, 7, 4, 0)), wait(bad), wait(tasksOf(1, 0, 2, 0, 3, 7, 4, 0, 5, 0, 6, 0)))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan int, 1)
	a := s.app(p.Slave, io.Discard)
	go func() {
		ended <- a.main(ctx, []string{"watch", "fake_a", "-f", "x", "--every", "1ms"})
	}()
	p.Await("run 1 ")
	top := p.Screen()
	if !strings.HasPrefix(top, "fake_a  every 1ms  run 1  ") || strings.Count(top, "\n") != 5 || strings.Contains(top, "+") {
		t.Errorf("at first:\n%s", top)
	}
	step <- struct{}{}
	p.Await("run 2 ")
	p.Until("the second table", func(screen string) bool { return strings.Count(screen, "\n") >= 6 })
	styled := p.Styled()
	if !strings.HasPrefix(styled, "fake_a  every 1ms  run 2 ") || !strings.Contains(styled, "+1 ~1 -1") {
		t.Errorf("status:\n%s", styled)
	}
	var marks, changed []string
	for _, line := range strings.Split(styled, "\n")[2:] {
		fields := strings.Fields(strings.NewReplacer("⟨1:", "", "⟨2:", "", "⟩", "").Replace(line))
		if len(fields) > 4 && fields[0] != "note:" {
			marks = append(marks, strings.Join(fields[:4], " "))
		}
		if strings.Contains(line, "⟨7:7⟩") {
			changed = append(changed, line)
		}
	}
	if diff := cmp.Diff([]string{"- - 1 -", "- - - 2", "~ - - 3", "+ - - 4"}, marks); diff != "" {
		t.Errorf("marks (-want +got):\n%s\n%s", diff, styled)
	}
	if len(changed) != 1 {
		t.Errorf("changed cells: %q\n%s", changed, styled)
	}
	step <- struct{}{}
	p.Await(`torn \x1b[2J`)
	step <- struct{}{}
	p.Await("run 4 ")
	// Seven lines are not enough for all of them.
	p.Await("more rows")
	cancel()
	close(step)
	if status := <-ended; status != 0 {
		t.Errorf("status %d", status)
	}
	if n := strings.Count(p.Screen(), "every 1ms  run"); n != 1 {
		t.Errorf("%d tables on the screen:\n%s", n, p.Screen())
	}
}

// A guest that boots fails often, in one way: one line is enough.
func TestWatchTableTellsAFailureOnce(t *testing.T) {
	p := ptytest.Open(t, 100, 10)
	registerFakes()
	c, err := row.Find("fake_a")
	if err != nil {
		t.Fatal(err)
	}
	l := newLive(p.Slave, p.Slave, task{label: "fake_a", command: c}, time.Second)
	for second := range 5 {
		at := time.Date(2026, 1, 1, 0, 0, second, 0, time.UTC)
		if err := l.failed(at, &session.Error{Message: "no kernel"}); err != nil {
			t.Fatal(err)
		}
	}
	p.Until("the last failure alone", func(screen string) bool { return screen == "error: 00:00:04 no kernel\n" })
}

// A mark ends after its moment, and what went is no longer there.
func TestMarksExpire(t *testing.T) {
	p := ptytest.Open(t, 100, 10)
	registerFakes()
	c, err := row.Find("fake_a")
	if err != nil {
		t.Fatal(err)
	}
	l := newLive(p.Slave, io.Discard, task{label: "fake_a", command: c}, time.Second)
	tracked := newTracker(c.Message, keyFields(c.Message))
	long := time.Now().Add(-time.Hour)
	for n, run := range []func() *fakeRun{tasksOf(1, 0, 2, 0), tasksOf(1, 0, 3, 0)} {
		rows := &collector{message: c}
		if _, err := pump(run().frames, rows); err != nil {
			t.Fatal(err)
		}
		found, changes := tracked.next(rows.found)
		if err := l.show(&finding{number: int64(n + 1), at: long, rows: found, changes: changes}); err != nil {
			t.Fatal(err)
		}
	}
	if len(l.marks) != 0 || len(l.lines) != 2 || l.expired() != nil {
		t.Errorf("%d marks, %d lines", len(l.marks), len(l.lines))
	}
	for _, line := range l.lines {
		if line.mark != ' ' {
			t.Errorf("a mark is left: %q", line.mark)
		}
	}
}

// Nobody sees more of a wide row than fits, and the terminal breaks no line.
func TestWatchTableIsCut(t *testing.T) {
	t.Setenv("TERM", "xterm")
	p := ptytest.Open(t, 30, 10)
	s := inTurn(tasksOf(1, 0, 2, 0))
	a := s.app(p.Slave, io.Discard)
	if status := a.main(context.Background(), []string{"watch", "-f", "x", "fake_a", "--every", "1ms", "--count", "3"}); status != 0 {
		t.Errorf("status %d", status)
	}
	p.Await("run 3")
	screen := strings.ReplaceAll(p.Screen(), "note: a run takes longer than\n", "")
	if strings.Count(screen, "\n") != 4 {
		t.Errorf("screen:\n%s", screen)
	}
}

// What is not a terminal gets events.
func TestNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if terminalOf(marking{f}) != nil || terminalOf(io.Discard) != nil {
		t.Error("a file is a terminal")
	}
	t.Setenv("TERM", "dumb")
	if terminalOf(ptytest.Open(t, 80, 24).Slave) != nil {
		t.Error("one that can't move its cursor gets a table")
	}
}
