package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
)

// scenarios are what testdata/session.c tries, and what it prints then.
var scenarios = map[string]string{
	"ends": `next 0, status 0, 3 rows, whole 1, complete 1
next 0, status 0, 0 rows, whole 1, complete 1
next 0, status 0, 1 rows, whole 1, complete 0
warning: no column PPID
warning: the result is incomplete
next -1, status -1, 1 rows, whole 0, complete 0
error: there are no symbols for this kernel
hint: give --symbols
volatility: Unsatisfied requirement
warning: odd
next -1, status -1, 1 rows, whole 0, complete 0
error: volint ended after 1 rows
` + lookHint + `next 0, status 0, 3 rows, whole 1, complete 1
next -1, status -1, 0 rows, whole 0, complete 0
error: volint ended after 0 rows
` + lookHint + `panic: boom
...
next -1, status -1, 2 rows, whole 0, complete 0
error: volint wrote 1 rows, but 2 arrived
` + lookHint + `error: the command is empty
hint: give a command such as "linux_pslist"
next -1, status -1, 0 rows, whole 0, complete 0
error: the command is empty
hint: give a command such as "linux_pslist"
error: there is no session
hint: see why vol_open failed
error: there is no memory to read
hint: give the path of a dump or of a socket
`,
	"side by side": `next 0, status 0, 2000 rows, whole 1, complete 1
next 0, status 0, 50 rows, whole 1, complete 1
`,
	"threads": "well\n",
	"cancelled": `next -1, status -1, 1 rows, whole 0, complete 0
error: the command was cancelled after 1 rows
next -1, status -1, 1 rows, whole 0, complete 0
error: the command was cancelled after 1 rows
next 0, status 0, 3 rows, whole 1, complete 1
`,
	"left early": `status -1, 1 rows, whole 0, complete 0
error: the caller ended the command at row 1
status -1, 1 rows, whole 0, complete 0
error: the caller ended the command at row 1
status -1, 0 rows, whole 0, complete 0
error: the caller ended the command at row 0
`,
	"killed": `next -1, status -1, 1 rows, whole 0, complete 0
error: volint ended after 1 rows
` + lookHint + `next -1, status -1, 1 rows, whole 0, complete 0
error: volint ended after 1 rows
` + lookHint + `next 0, status 0, 3 rows, whole 1, complete 1
`,
	"stopped": `next -1, status -1, 0 rows, whole 0, complete 0
error: the command was ended after 10 seconds
hint: give it more time, or ask for less
ends 1
`,
	"forked": `child well
next 0, status 0, 50 rows, whole 1, complete 1
child well
`,
	"with a child": `status -1, 0 rows, whole 0, complete 0
error: the caller ended the command at row 0
ends 1
PID
`,
	"forked in threads": "20 children well\n",
	"keys": `same: again 1 empty-profile 1 limits 1
other: memory 1 profile 1 strict 1 environment 1 format 1 written 1 replaced 1 folder 1
`,
	"idle": `too many: 1 1
too old: 1 1
again: 1
`,
	"closed": `next -1, status -1, 1 rows, whole 0, complete 0
error: the session was closed after 1 rows
next -1, status -1, 1 rows, whole 0, complete 0
error: the session was closed after 1 rows
`,
	"nested": "status 0, 50 rows\n",
	"interrupted": `next 0, status 0, 2000 rows, whole 1, complete 1
next 0, status 0, 50 rows, whole 1, complete 1
next 0, status 0, 2 rows, whole 1, complete 1
`,
	"parent of orphans": "next 0, status 0, 3 rows, whole 1, complete 1\nwait 1\n",
	"too many files":    "PID\n",
	"waits for all": `next 0, status 0, 3 rows, whole 1, complete 1
wait 1
`,
}

// builds are how the program is built, and what it can try then. The address sanitizer's
// allocator may be locked for ever in a child of a program with threads, and the thread
// sanitizer does not support such children.
var builds = []struct {
	name  string
	flags []string
	tries func(name string) bool
}{
	{"addresses", []string{"-fsanitize=address,undefined", "-fno-sanitize-recover=all"}, func(name string) bool { return name != "forked in threads" }},
	{"threads", []string{"-fsanitize=thread"}, func(name string) bool { return !strings.Contains(name, "fork") && name != "with a child" }},
	{"plain", nil, func(name string) bool { return name == "forked in threads" }},
}

func TestSessions(t *testing.T) {
	for _, build := range builds {
		flags := append([]string{"-std=c99", "-g", "-O1", "-DVOLINT_IDLE_SESSIONS=2", "-DVOLINT_IDLE_SECONDS=12"}, build.flags...)
		program := ctest.Link(t, "gcc", flags, source("session.c"), filepath.Join(ctest.Runtime(), "volint.c"))
		for name, want := range scenarios {
			if !build.tries(name) {
				continue
			}
			t.Run(build.name+", "+name, func(t *testing.T) {
				t.Parallel()
				out, mark := scenario(t, program, name)
				if diff := cmp.Diff(want, out); diff != "" {
					t.Error(diff)
				}
				nothingLeft(t, mark)
			})
		}
	}
}

// scenario runs one, and returns what it prints, but for Go's stacks and the numbers of
// processes; and a mark that all its processes have in their environment.
func scenario(t *testing.T, program, name string) (out, mark string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	mark = "VOLINT_TEST_MARK=" + dir
	cmd := exec.Command(program, name, dir)
	cmd.Env = append(os.Environ(), "VOLINT_BIN="+self, "VOLINT_VOLATILITY=", "VOLINT_SYMBOLS=", fakeVariable+"=good", mark)
	file, err := os.Create(filepath.Join(dir, "out")) // a pipe would be waited for in children
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.Stdout, cmd.Stderr = file, file
	runErr := cmd.Run()
	text, err := os.ReadFile(file.Name())
	if err != nil || runErr != nil {
		t.Fatalf("%v, %v\n%s", err, runErr, text)
	}
	var kept []string
	inStack := false
	for _, line := range lines(string(text)) {
		if strings.HasPrefix(line, "next") {
			inStack = false
		}
		if _, err := strconv.Atoi(line); err == nil {
			line = "PID"
		}
		if !inStack {
			kept = append(kept, line)
		}
		if strings.HasPrefix(line, "panic:") {
			kept, inStack = append(kept, "..."), true
		}
	}
	return strings.Join(kept, "\n") + "\n", mark
}

// nothingLeft waits until no process is left that has mark in its environment.
func nothingLeft(t *testing.T, mark string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		left := processesWith(t, mark)
		if len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			for pid := range left {
				_ = syscall.Kill(pid, syscall.SIGKILL)
			}
			t.Errorf("processes are left: %v", left)
			return
		}
	}
}

// processesWith are the processes with mark in their environment, by their command
// lines.
func processesWith(t *testing.T, mark string) map[int]string {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		t.Fatal(err)
	}
	found := map[int]string{}
	for _, path := range all {
		environment, err := os.ReadFile(path)
		if err != nil || !strings.Contains("\x00"+string(environment), "\x00"+mark+"\x00") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			found[pid] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}
