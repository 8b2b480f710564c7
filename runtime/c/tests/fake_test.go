package tests

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// fakeVariable makes the test's own binary play volint: its value says how.
const fakeVariable = "VOLINT_TEST_FAKE"

func TestMain(m *testing.M) {
	if how := os.Getenv(fakeVariable); how != "" {
		fake(how)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// end is the descriptor of --end-fd.
var end = os.NewFile(3, "end")

func fake(how string) {
	play, ok := fakes[how]
	if !ok {
		panic("no fake volint is called " + how)
	}
	play()
}

func write(b []byte) {
	if _, err := os.Stdout.Write(b); err != nil {
		os.Exit(141)
	}
}

func finish(rows int) { fmt.Fprintf(end, "ok %d\n", rows) }

func quit(status int, said string) {
	fmt.Fprint(os.Stderr, said)
	os.Exit(status)
}

// fakes are the ways in which a volint may behave, good and bad.
var fakes = map[string]func(){
	"good": func() {
		write(frames("one", "", "three"))
		finish(3)
	},
	"empty": func() { finish(0) },
	"many": func() {
		for range 1000 {
			write(frames("row", strings.Repeat("x", 100)))
		}
		finish(2000)
	},
	"big": func() {
		write(frames(strings.Repeat("b", 3<<20), "small"))
		finish(2)
	},
	"warns": func() {
		fmt.Fprint(os.Stderr, "warning: no column PPID\nnote: nothing\n")
		write(frames("one"))
		fmt.Fprint(os.Stderr, "warning: 2 values of uid could not be written\nwarning: no newline")
		finish(1)
	},
	"fails": func() {
		write(frames("one"))
		quit(1, "warning: odd\nlog: info loading\nerror: there are no symbols for this kernel\nhint: give --symbols\nvolatility: Unsatisfied requirement\nlog: info bye\n")
	},
	"fails without a word": func() { quit(7, "Traceback: boom\n") },
	"dies in a frame": func() {
		write(frames("one", "two")[:10])
		kill()
	},
	"ends in a frame":        func() { write(frames("one", "two")[:10]) },
	"ends without a verdict": func() { write(frames("one")) },
	"miscounts": func() {
		write(frames("one"))
		finish(2)
	},
	"half a verdict": func() {
		write(frames("one"))
		fmt.Fprint(end, "ok 1")
	},
	"status after verdict": func() {
		write(frames("one"))
		finish(1)
		os.Exit(1)
	},
	"absurd length": func() {
		write(append(frames("one"), 0xff, 0xff, 0xff, 0xff))
		time.Sleep(time.Hour)
	},
	"talks": func() {
		fmt.Fprint(os.Stderr, "warning: early\n")
		for range 10 << 10 {
			fmt.Fprint(os.Stderr, strings.Repeat("t", 1023), "\n")
		}
		fmt.Fprint(os.Stderr, strings.Repeat("u", 100<<10), "\n")
		write(frames("one"))
		finish(1)
	},
	"talks and fails": func() {
		for range 1 << 10 {
			fmt.Fprint(os.Stderr, "log: ", strings.Repeat("t", 1018), "\n")
		}
		quit(1, "error: after all that\n")
	},
	"fails and talks": func() {
		fmt.Fprint(os.Stderr, "warning: early\nerror: before all that\nhint: read on\n")
		for range 1 << 10 {
			fmt.Fprint(os.Stderr, "log: ", strings.Repeat("t", 1018), "\n")
		}
		os.Exit(1)
	},
	"stderr closed": func() {
		os.Stderr.Close()
		for range 3 {
			time.Sleep(20 * time.Millisecond)
			write(frames("one"))
		}
		finish(3)
	},
	"hangs": func() {
		write(frames("one"))
		os.Stderr.Close()
		time.Sleep(time.Hour)
	},
	"hangs and takes no hint": func() {
		signalsIgnored()
		write(frames("one"))
		time.Sleep(time.Hour)
	},
	"leaves a process behind": func() {
		other := exec.Command("sleep", "20")
		other.Stdout, other.Stderr, other.ExtraFiles = os.Stdout, os.Stderr, []*os.File{end}
		if err := other.Start(); err != nil {
			quit(1, "error: "+err.Error()+"\n")
		}
		write(frames("one"))
		finish(1)
	},
	"arguments": func() {
		write(frames(strings.Join(os.Args[1:], "|")))
		quit(1, "error: "+strings.Join(os.Args[1:], "|")+"\n")
	},
	"descriptors": func() {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			quit(1, "error: "+err.Error()+"\n")
		}
		var names []string
		for _, d := range open {
			if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil && !strings.HasPrefix(target, "anon_inode") {
				kind, _, _ := strings.Cut(target, ":")
				names = append(names, d.Name()+" "+kind)
			}
		}
		quit(1, "error: "+strings.Join(names, ", ")+"\n")
	},
}

func kill() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
