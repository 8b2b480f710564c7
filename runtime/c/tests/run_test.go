package tests

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
)

// run runs testdata/run.c against a fake volint.
func run(t *testing.T, program, how string, env []string, args ...string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), "VOLINT_BIN="+self, "VOLINT_VOLATILITY=", fakeVariable+"="+how)
	cmd.Env = append(cmd.Env, env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

const (
	versionHint = "hint: see that VOLINT_BIN is the volint of this version\n"
	lookHint    = "hint: run the same command with `volint run`, and see that VOLINT_BIN is the volint of this version\n"
)

const startHint = "hint: install volint, or set VOLINT_BIN to the path of its binary\n"

func TestRun(t *testing.T) {
	// Compiled once for all.
	program := ctest.Sanitized(t, nil, source("run.c"))
	t.Run("behaviour", func(t *testing.T) { testBehaviour(t, program) })
	t.Run("arguments", func(t *testing.T) { testArguments(t, program) })
	t.Run("signals", func(t *testing.T) { testSignals(t, program) })
	t.Run("without standard streams", func(t *testing.T) { testWithoutStandardStreams(t, program) })
}

// However volint ends, the rows are whole or there is a reason.
func testBehaviour(t *testing.T, program string) {
	garbage := filepath.Join(t.TempDir(), "garbage")
	if err := os.WriteFile(garbage, []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		how  string
		args []string
		want string
	}{
		{"good", nil, "3 rows, 8 bytes\n"},
		{"empty", nil, "0 rows, 0 bytes\n"},
		{"many", nil, "2000 rows, 103000 bytes\n"},
		{"big", nil, "2 rows, 3145733 bytes\n"},
		{"big", []string{"limit=1000"}, "0 rows, 0 bytes\nerror: error: frame 1, at byte 0: a frame is longer than the limit\n" +
			"hint: it has 3145728 bytes and the limit is 1000; raise frame_limit if that can be true\n"},
		{"warns", nil, "1 rows, 3 bytes\nwarnings: warning: no column PPID\nwarning: 2 values of uid could not be written\nwarning: no newline\n"},
		{"fails", nil, "0 rows, 0 bytes\nerror: error: there are no symbols for this kernel\nhint: give --symbols\n" +
			"volatility: Unsatisfied requirement\nwarnings: warning: odd\n"},
		{"fails without a word", nil, "0 rows, 0 bytes\nerror: error: the command failed after 0 rows, and volint did not say why\n" + lookHint + "Traceback: boom\n"},
		{"lacks", nil, "1 rows, 3 bytes\nwarnings: warning: no column PPID\nwarning: the result is incomplete\n"},
		{"dies", nil, "0 rows, 0 bytes\nerror: error: volint ended after 1 rows\n" + lookHint},
		{"dies after the verdict", nil, "1 rows, 3 bytes\n"},
		{"dies in a frame", nil, "0 rows, 0 bytes\nerror: error: the rows end inside frame 2, at byte 10\n" + lookHint},
		{"ends in a frame", nil, "0 rows, 0 bytes\nerror: error: the rows end inside frame 2, at byte 10\n" + lookHint},
		{"ends without a verdict", nil, "0 rows, 0 bytes\nerror: error: the command failed after 1 rows, and volint did not say why\n" + lookHint},
		{"half a verdict", nil, "0 rows, 0 bytes\nerror: error: the command failed after 1 rows, and volint did not say why\n" + lookHint},
		{"miscounts", nil, "0 rows, 0 bytes\nerror: error: volint wrote 2 rows, but 1 arrived\n" + lookHint},
		{"gives more", nil, "0 rows, 0 bytes\nerror: error: volint wrote 1 rows, but 2 arrived\n" + lookHint},
		{"absurd length", nil, "0 rows, 0 bytes\nerror: error: frame 2, at byte 7: a frame is longer than the limit\n" +
			"hint: it has 4294967295 bytes and the limit is 67108864; raise frame_limit if that can be true\n"},
		{"talks", nil, "1 rows, 3 bytes\nwarnings: warning: early\n"},
		{"talks and fails", nil, "0 rows, 0 bytes\nerror: error: after all that\n"},
		{"fails and talks", nil, "0 rows, 0 bytes\nerror: error: before all that\nhint: read on\nwarnings: warning: early\n"},
		{"messages closed", nil, "3 rows, 9 bytes\n"},
		{"hangs", []string{"timeout=1"}, "0 rows, 0 bytes\nerror: error: the command was ended after 1 seconds\nhint: give it more time, or ask for less\n"},
		{"hangs and takes no hint", []string{"stop=1"}, "status -1, 1 rows\nerror: error: the caller ended the command at row 1\n"},
		{"leaves a process behind", nil, "1 rows, 3 bytes\n"},
		{"good", []string{"stop=100"}, "status 0, 3 rows\n"},
		{"many", []string{"stop=7"}, "status -1, 7 rows\nerror: error: the caller ended the command at row 7\n"},
		{"many", []string{"threads=8"}, "0 of 8 threads failed\n"},
		{"good", []string{"sigchld=ignore"}, "3 rows, 8 bytes\n"},
		{"good", []string{"sigchld=reap"}, "3 rows, 8 bytes\n"},
		{"ends without a verdict", []string{"sigchld=ignore"}, "0 rows, 0 bytes\nerror: error: the command failed after 1 rows, and volint did not say why\n" + lookHint},
		{"dies in a frame", []string{"sigchld=ignore"}, "0 rows, 0 bytes\nerror: error: the rows end inside frame 2, at byte 10\n" + lookHint},
		{"many", []string{"sigchld=reap", "threads=8"}, "0 of 8 threads failed\n"},
		{"descriptors", []string{"close=1"}, "0 rows, 0 bytes\nerror: error: 0 /dev/null, 1 /dev/null, 2 pipe, 3 socket\n"},
		{"is older", nil, "0 rows, 0 bytes\nerror: error: there is no sub-command \"host\"\nhint: volint --help lists the sub-commands\n" + versionHint},
		{"ends", nil, "0 rows, 0 bytes\nerror: error: volint ended when it started, and did not say why\n" + versionHint},
		{"ends with 7", nil, "0 rows, 0 bytes\nerror: error: volint ended with status 7 when it started, and did not say why\n" + versionHint + "Traceback: boom\n"},
		{"is killed", nil, "0 rows, 0 bytes\nerror: error: volint was ended by signal 9 when it started\n" + versionHint},
		{"is killed", []string{"sigchld=ignore"}, "0 rows, 0 bytes\nerror: error: volint ended when it started, and did not say why\n" + versionHint},
		{"says nothing", []string{"timeout=1"}, "0 rows, 0 bytes\nerror: error: volint does not start\n" + versionHint},
		{"greets with nonsense", nil, "0 rows, 0 bytes\nerror: error: volint ended when it started, and did not say why\n" + versionHint},
		{"good", []string{"image="}, "0 rows, 0 bytes\nerror: error: there is no memory to read\nhint: give the path of a dump or of a socket\n"},
		{"good", []string{"command= \t"}, "0 rows, 0 bytes\nerror: error: the command is empty\nhint: give a command such as \"linux_pslist\"\n"},
		{"good", []string{"volint=/no/such/volint"}, "0 rows, 0 bytes\nerror: error: can't start volint, looked for as /no/such/volint: there is no such file\n" +
			startHint},
		{"good", []string{"volint=/"}, "0 rows, 0 bytes\nerror: error: can't start volint, looked for as /: permission denied\n" + startHint},
		{"good", []string{"volint=" + garbage}, "0 rows, 0 bytes\nerror: error: can't start volint, looked for as " + garbage + ": it is no program\n" + startHint},
	} {
		t.Run(strings.Join(append([]string{tt.how}, tt.args...), " "), func(t *testing.T) {
			if diff := cmp.Diff(tt.want, run(t, program, tt.how, nil, tt.args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What the child gets as arguments decides which Volatility runs.
func testArguments(t *testing.T, program string) {
	const start, end = "image=/image|volatility=", "idle=300|run=1|word=linux_pslist"
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		want string
	}{
		{"no profile", nil, nil, start + "3|" + end},
		{"empty profile", nil, []string{"profile="}, start + "3|" + end},
		{"profile", nil, []string{"profile=LinuxX"}, start + "2|profile=LinuxX|" + end},
		{"environment says 2", []string{"VOLINT_VOLATILITY=2"}, nil, start + "2|" + end},
		{"environment says 3", []string{"VOLINT_VOLATILITY=3"}, []string{"profile=LinuxX"}, start + "3|" + end},
		{"option says 2", []string{"VOLINT_VOLATILITY=3"}, []string{"volatility=2", "profile=LinuxX"}, start + "2|profile=LinuxX|" + end},
		{"all options", nil, []string{"plugins=/p p", "symbols=/s", "python=/py", "strict=1"},
			start + "3|plugins=/p p|symbols=/s|python=/py|strict=1|" + end},
		{"words", nil, []string{"command= linux_pslist\t-p  1\n; rm $HOME"}, start + "3|" + end + "|word=-p|word=1|word=;|word=rm|word=$HOME"},
		{"image that looks like a flag", nil, []string{"image=-x"}, "image=-x|volatility=3|" + end},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := "0 rows, 0 bytes\nerror: error: " + tt.want + "\n"
			if diff := cmp.Diff(want, run(t, program, "arguments", tt.env, tt.args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A program without standard streams, as daemons are, has pipes where the child
// wants its own.
func testWithoutStandardStreams(t *testing.T, program string) {
	out := t.TempDir() + "/out"
	script := `exec 0<&- 2>&- 3>&-; "$0" >"$1"; exec 1>&-; "$0" stop=9`
	cmd := exec.Command("/bin/sh", "-c", script, program, out)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "VOLINT_BIN="+self, fakeVariable+"=good")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(out)
	if err != nil || string(got) != "3 rows, 8 bytes\n" {
		t.Errorf("got %q, %v", got, err)
	}
}
