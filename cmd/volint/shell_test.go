package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ptytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                         nil,
		"  a   b\tc ":              {"a", "b", "c"},
		`a 'b c' "d 'e" f\ g ''`:   {"a", "b c", "d 'e", "f g", ""},
		`--name="x y" '\'`:         {"--name=x y", `\`},
		`"a\"b" pre'mid'post +`:    {`a"b`, "premidpost", "+"},
		"größe 'ä b'":              {"größe", "ä b"},
		`"$HOME" * ~ ; a|b > file`: {"$HOME", "*", "~", ";", "a|b", ">", "file"},
	} {
		got, err := splitWords(line)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", line, err, diff)
		}
	}
	for _, line := range []string{`a 'b`, `a "b`, `a \`} {
		if words, err := splitWords(line); err == nil {
			t.Errorf("%s: %q", line, words)
		}
	}
}

// shellSession has a command with options, one that waits for its end, and one
// that fails.
func shellSession() *fakeSession {
	return &fakeSession{
		runs: map[string]func(context.Context, session.Request) *fakeRun{
			"linux_pslist_task": always(func() *fakeRun { return rows(1) }),
			"fake_a": always(func() *fakeRun {
				return failing(&session.Error{Code: "plugin-failed", Message: "it failed", Hint: "look"})
			}),
			"fake_b": func(ctx context.Context, _ session.Request) *fakeRun {
				r := rows()
				r.frames, r.err = until{ctx}, context.Canceled
				return r
			},
		},
	}
}

func (s *fakeSession) Options(_ context.Context, plugin string) ([]session.PluginOptions, error) {
	return []session.PluginOptions{{Plugin: plugin, Options: []session.Option{
		{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "only these"},
		{Name: "physical", Kind: "bool", Optional: true},
		{Name: "sort", Kind: "choice", Choices: []string{"name", "number"}, Optional: true},
	}}}, nil
}

func script(t *testing.T, s *fakeSession, text string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, said bytes.Buffer
	a := s.app(&out, &said)
	a.stdin = strings.NewReader(text)
	status = a.main(context.Background(), append([]string{"shell", "-f", "x"}, args...))
	return status, out.String(), said.String()
}

func TestScript(t *testing.T) {
	s := shellSession()
	status, stdout, stderr := script(t, s, "# processes\n\n  linux_pslist --pid '1'\nset format csv\nset timeout 3s\nset\nlinux_pslist\nexit\nfake_a\n", "--format", "jsonl")
	want := `{"offset":null,"name":null,"pid":1,"uid":null,"gid":null,"dtb":null,"start_time":null}
format   csv
timeout  3s
offset,name,pid,uid,gid,dtb,start_time
,,1,,,,
`
	if diff := cmp.Diff(want, stdout); status != 0 || stderr != "" || diff != "" {
		t.Errorf("status %d, %q (-want +got):\n%s", status, stderr, diff)
	}
	if diff := cmp.Diff([]string{"linux_pslist_task --pid 1", "linux_pslist_task"}, s.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// A script ends at the first line that fails, and says which it was.
func TestScriptEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		script, stderr string
		status         int
		requests       int
	}{
		"a command fails": {"linux_pslist\nfake_a\nlinux_pslist\n", "note: the script ends at line 2, which failed\nerror: it failed\nhint: look\n", 1, 2},
		"unknown":         {"frob\nlinux_pslist\n", "note: the script ends at line 1, which failed\nerror: there is no command \"frob\"\n", 1, 0},
		"a quote":         {"linux_pslist 'x\n", "note: the script ends at line 1, which failed\nerror: the line ends inside a quote\n", 2, 0},
		"a format":        {"set format xml\n", "note: the script ends at line 1, which failed\nerror: unknown format \"xml\"\n", 2, 0},
		"a time":          {"set timeout soon\n", "note: the script ends at line 1, which failed\nerror: the timeout can't be \"soon\"\n", 2, 0},
		"one of several":  {"linux_pslist fake_a\n", "summary: COMMAND", 1, 2},
		"end of file":     {"linux_pslist", "", 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := shellSession()
			status, _, stderr := script(t, s, tt.script)
			if status != tt.status || len(s.requests) != tt.requests || !strings.HasPrefix(stderr, tt.stderr) || tt.stderr == "" && stderr != "" {
				t.Errorf("status %d, %d requests, %q", status, len(s.requests), stderr)
			}
		})
	}
}

func TestShellHelp(t *testing.T) {
	status, stdout, stderr := script(t, shellSession(), "help\nhelp linux_pslist\ncommands\ncommands linux_pslist\n")
	for _, want := range []string{"set format NAME", "FIELD ", "--pid N ...", "--sort {name,number}", "WHAT IT LISTS"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	if status != 0 || stderr != "" {
		t.Errorf("status %d: %s", status, stderr)
	}
}

func TestCompletion(t *testing.T) {
	s := shellSession()
	s.app(nil, nil)
	c := newCompleter(s, session.Volatility3)
	for _, tt := range []struct{ in, out, choices string }{
		{"linux_ps|", "linux_pslist |", ""},
		{"fa|", "fake_|", ""},
		{"fake_|", "fake_|", "fake_a fake_b"},
		{"e|", "exit |", ""},
		{"nothing|", "nothing|", ""},
		{"se|", "set |", ""},
		{"set f|", "set format |", ""},
		{"set format js|", "set format jsonl |", ""},
		{"set format jsonl x|", "set format jsonl x|", ""},
		{"help linux_p|", "help linux_pslist |", ""},
		{"linux_pslist --pi|", "linux_pslist --pid |", ""},
		{"linux_pslist --p|", "linux_pslist --p|", "--physical --pid"},
		{"linux_pslist -|", "linux_pslist --|", ""},
		{"linux_pslist --|", "linux_pslist --|", "--physical --pid --sort"},
		{"linux_pslist --sort n|", "linux_pslist --sort n|", "name number"},
		{"linux_pslist --sort na|", "linux_pslist --sort name |", ""},
		{"linux_pslist --pid 1 + linux_p|", "linux_pslist --pid 1 + linux_pslist |", ""},
		{"linux_pslist fake_a --so|", "linux_pslist fake_a --sort |", ""},
		{"linux_ps| --pid 1", "linux_pslist| --pid 1", ""},
		{"frob --p|", "frob --p|", ""},
		{"exit |", "exit |", ""},
	} {
		pos := strings.Index(tt.in, "|")
		line, at, choices := c.complete(tt.in[:pos]+tt.in[pos+1:], pos)
		if got := line[:at] + "|" + line[at:]; got != tt.out || strings.Join(choices, " ") != tt.choices {
			t.Errorf("%s: %s, %q; want %s, %q", tt.in, got, choices, tt.out, tt.choices)
		}
	}
}

func TestHistory(t *testing.T) {
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	h, err := openHistory()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one", "two", "two", "", " secret", strings.Repeat("x", historyLength+1)} {
		h.Add(line)
	}
	h.close()
	path := filepath.Join(state, "volint", "history")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if h, err = openHistory(); err != nil || h.Len() != 2 || h.At(0) != "two" || h.At(1) != "one" {
		t.Errorf("%q, %v", h.lines, err)
	}
	for i := range 2 * historyLines {
		h.Add(fmt.Sprint("line ", i))
	}
	h.close()
	if h.Len() != historyLines {
		t.Errorf("%d lines are kept", h.Len())
	}
	// Somebody made it readable.
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	h, err = openHistory()
	if err != nil || h.Len() != historyLines || h.At(0) != fmt.Sprint("line ", 2*historyLines-1) {
		t.Errorf("%d lines, %v", h.Len(), err)
	}
	h.close()
	content, err := os.ReadFile(path)
	if n := bytes.Count(content, []byte("\n")); err != nil || n != historyLines {
		t.Errorf("the file has %d lines, %v", n, err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v", info.Mode())
	}
	// A folder that can't be made.
	t.Setenv("XDG_STATE_HOME", filepath.Join(path, "below"))
	if h, err = openHistory(); err == nil {
		t.Error("a file is taken for a folder")
	}
	h.Add("works")
	if h.Len() != 1 {
		t.Error("a history without a file forgets")
	}
}

// Somebody at a terminal: a line is edited, completed and run, an error ends
// nothing, and Ctrl-C ends what runs, or the line.
func TestShellOnATerminal(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	p := ptytest.Open(t, 100, 40)
	s := shellSession()
	a := s.app(p.Slave, p.Slave)
	a.stdin = p.Slave
	ended := make(chan int, 1)
	go func() { ended <- a.main(context.Background(), []string{"shell", "-f", "x", "--format", "csv"}) }()

	asked := func() {
		t.Helper()
		p.Until("a prompt", func(screen string) bool { return strings.HasSuffix(screen, "volint>\n") })
	}
	asked()
	p.Type("linux_ps\t--pi\t1\r")
	p.Await(",,1,,,,")
	asked()
	p.Type("fake_\t\t")
	p.Await("fake_a  fake_b")
	p.Type("a\r")
	p.Await("error: it failed")
	asked()
	// A line that is dropped, from its middle; what is typed behind it counts.
	p.Type("no such thing\x1b[D\x1b[D")
	p.Await("no such thing")
	p.Type("x\x03set format csv\r")
	p.Await("volint> set format csv")
	asked()
	// The last line but three: one was dropped, and is no line.
	p.Type("\x1b[A\x1b[A\x1b[A\r")
	p.Until("the same again", func(screen string) bool { return strings.Count(screen, ",,1,,,,") == 2 })
	asked()
	p.Type("fake_b\r")
	for s.running.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	// Typed ahead: it is run when the prompt comes.
	p.Type("linux_pslist --pid 2\n")
	if !a.interrupts.take() {
		t.Error("nobody takes a Ctrl-C")
	}
	p.Await("error: interrupted")
	p.Until("the line that was typed ahead", func(screen string) bool { return strings.Count(screen, ",,1,,,,") == 3 })
	asked()
	p.Type("\x04")
	if status := <-ended; status != 0 {
		t.Errorf("status %d", status)
	}
	if screen := p.Screen(); strings.Contains(screen, "no command") {
		t.Errorf("the line that was dropped was run:\n%s", screen)
	}
	if diff := cmp.Diff([]string{"linux_pslist_task --pid 1", "fake_a", "linux_pslist_task --pid 1", "fake_b", "linux_pslist_task --pid 2"}, s.requests); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

// Ctrl-C and Ctrl-D as the terminal itself makes them, in a process of its own.
func TestShellIsInterrupted(t *testing.T) {
	p := ptytest.Open(t, 100, 40)
	dir := t.TempDir()
	image, python := filepath.Join(dir, "mem.raw"), filepath.Join(dir, "python")
	if err := os.WriteFile(image, make([]byte, 4096), 0o600); err != nil {
		t.Fatal(err)
	}
	// A Python that never says anything.
	if err := os.WriteFile(python, []byte("#!/bin/sh\nexec sleep 1000\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(tested(t), "shell", "-f", image, "--python", python)
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir, "VOLINT_VOLATILITY=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Slave, p.Slave, p.Slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.Await("volint>")
	p.Type("linux_pslist\r")
	// The command has begun when there is a bar.
	p.Await("[....")
	p.Type("\x03")
	p.Await("error: interrupted")
	p.Until("another prompt", func(screen string) bool { return strings.HasSuffix(screen, "volint>\n") })
	p.Type("\x04")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.Screen())
	}
	history, err := os.ReadFile(filepath.Join(dir, "volint", "history"))
	if err != nil || string(history) != "linux_pslist\n" {
		t.Errorf("history %q, %v", history, err)
	}
}

// The bars of commands that take long, and nothing of them for those that don't,
// nor in a pipe.
func TestBars(t *testing.T) {
	p := ptytest.Open(t, 70, 10)
	go_ := make(chan struct{})
	slow := func(percent float64, what string) func(context.Context, session.Request) *fakeRun {
		return func(_ context.Context, req session.Request) *fakeRun {
			req.Progress(percent, what)
			r := rows(1)
			r.frames = io.MultiReader(waiting{go_}, r.frames)
			return r
		}
	}
	s := &fakeSession{runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a":            slow(50, "Scanning \x1b[31m"),
		"fake_b":            slow(100, strings.Repeat("long ", 30)),
		"linux_pslist_task": always(func() *fakeRun { return rows(2) }),
	}}
	var out bytes.Buffer
	a := s.app(&out, p.Slave)
	a.ui = newUI(p.Slave, os.Stdin)
	ended := make(chan int, 1)
	go func() {
		ended <- a.main(context.Background(), []string{"run", "-f", "x", "-j", "3", "fake_a", "linux_pslist", "fake_b"})
	}()
	p.Await("fake_b [")
	p.Await("fake_a [")
	screen := p.Screen()
	if !strings.Contains(screen, "fake_a [############............]  50 %") || !strings.Contains(screen, `Scanning \x1b[31m`) {
		t.Errorf("bars:\n%s", screen)
	}
	if !strings.Contains(screen, "fake_b [########################] 100 %") || strings.Count(screen, "\n") != 2 {
		t.Errorf("bars:\n%s", screen)
	}
	close(go_)
	if status := <-ended; status != 0 {
		t.Errorf("status %d", status)
	}
	p.Await("linux_pslist")
	if screen := p.Screen(); strings.Contains(screen, "[") {
		t.Errorf("a bar is left:\n%s", screen)
	}
	if strings.Contains(p.Raw(), "linux_pslist [") {
		t.Error("a fast command has a bar")
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Errorf("rows with bars in them: %q", out.String())
	}

	quick := ptytest.Open(t, 60, 10)
	a = s.app(&out, quick.Slave)
	a.ui = newUI(quick.Slave, quick.Slave)
	if status := a.main(context.Background(), []string{"run", "-f", "x", "linux_pslist"}); status != 0 || quick.Raw() != "" {
		t.Errorf("status %d, printed %q", status, quick.Raw())
	}
}

// Options are those that the plugin has in the Volatility that runs.
func TestShellCompletesPluginsOptions(t *testing.T) {
	image, python := testenv.Image(t), testenv.Python3(t)
	usesPython(t)
	p := ptytest.Open(t, 100, 40)
	dir := t.TempDir()
	cmd := exec.Command(tested(t), "shell", "-f", image, "--python", python, "--symbols", testenv.Fixture(), "--format", "csv")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+dir, "XDG_CACHE_HOME="+dir, "VOLINT_VOLATILITY=3", "VOLINT_PLUGINS=")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Slave, p.Slave, p.Slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	p.Await("volint>")
	// With Volatility running, nobody waits long at the Tab.
	p.Type("linux_pslist --pid 1\r")
	p.Await(",init,1,0,0,")
	p.Until("a prompt", func(screen string) bool { return strings.HasSuffix(screen, "volint>\n") })
	p.Type("linux_pslist --thr\t")
	p.Await("volint> linux_pslist --threads")
	p.Type("\x15exit\r")
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, p.Screen())
	}
}
