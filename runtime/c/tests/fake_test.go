package tests

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/volint/volint/runtime/session/host"
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

// fake plays `volint host`, which starts itself once more and lets go of the program.
func fake(how string) {
	if start, ok := starts[how]; ok {
		start()
		return
	}
	if len(os.Args) == 2 {
		cmd := exec.Command(os.Args[0], os.Args[1], "--detached")
		cmd.Stderr, cmd.ExtraFiles = os.Stderr, []*os.File{os.NewFile(3, "session")}
		if memory := memorySocket(); memory != nil {
			cmd.ExtraFiles = append(cmd.ExtraFiles, memory)
		}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		return
	}
	conn, err := net.FileConn(os.NewFile(3, "session"))
	if err != nil {
		panic(err)
	}
	err = host.Serve(context.Background(), conn.(*net.UnixConn), func(_ context.Context, settings host.Message) (host.Runner, error) {
		return &fakeSession{how, settings}, nil
	})
	if err != nil {
		panic(err)
	}
}

// starts are the ways in which a volint may not start.
var starts = map[string]func(){
	"is older": func() {
		fmt.Fprint(os.Stderr, "error: there is no sub-command \"host\"\nhint: volint --help lists the sub-commands\n")
		os.Exit(2)
	},
	"ends":         func() { os.Exit(0) },
	"ends with 7":  func() { fmt.Fprint(os.Stderr, "Traceback: boom\n"); os.Exit(7) },
	"is killed":    kill,
	"says nothing": func() { time.Sleep(time.Hour) },
	"greets with nonsense": func() {
		_, _ = os.NewFile(3, "session").WriteString("\xff\xff\xff\xffhello")
	},
}

// fakeSession plays a session: a command is the name of a fake, with _ for spaces, or
// something else, which the variable then says.
type fakeSession struct {
	how      string
	settings host.Message
}

func (s *fakeSession) Close() error { return nil }

func (s *fakeSession) Run(ctx context.Context, request host.Message, to host.Pipes) {
	play, ok := fakes[strings.ReplaceAll(strings.Join(request.All("word"), "_"), "_", " ")]
	if !ok {
		play, ok = fakes[s.how]
	}
	if !ok {
		panic("no fake volint is called " + s.how)
	}
	play(&fakeRun{Context: ctx, Pipes: to, settings: s.settings, request: request})
}

// fakeRun is one command that a fake plays.
type fakeRun struct {
	context.Context
	host.Pipes
	settings, request host.Message
}

func (r *fakeRun) write(b []byte)              { _, _ = r.Frames.Write(b) }
func (r *fakeRun) say(format string, a ...any) { fmt.Fprintf(r.Messages, format, a...) }
func (r *fakeRun) finish(rows int)             { fmt.Fprintf(r.Verdict, "ok %d\n", rows) }
func (r *fakeRun) fail()                       { _, _ = io.WriteString(r.Verdict, "failed\n") }

// all gives rows, and says that they are all.
func (r *fakeRun) all(rows ...string) {
	r.write(frames(rows...))
	r.finish(len(rows))
}

// fakes are the ways in which a volint may behave, good and bad.
var fakes = map[string]func(*fakeRun){
	"good":  func(r *fakeRun) { r.all("one", "", "three") },
	"empty": func(r *fakeRun) { r.all() },
	"pid":   func(r *fakeRun) { r.all(fmt.Sprint(os.Getpid())) },
	"many": func(r *fakeRun) {
		for range 1000 {
			r.write(frames("row", strings.Repeat("x", 100)))
		}
		r.finish(2000)
	},
	"big": func(r *fakeRun) { r.all(strings.Repeat("b", 3<<20), "small") },
	"slow": func(r *fakeRun) {
		for i := range 50 {
			time.Sleep(2 * time.Millisecond)
			r.write(frames(fmt.Sprint(i)))
		}
		r.finish(50)
	},
	"warns": func(r *fakeRun) {
		r.say("warning: no column PPID\nnote: nothing\n")
		r.write(frames("one"))
		r.say("warning: 2 values of uid could not be written\nwarning: no newline")
		r.finish(1)
	},
	"lacks": func(r *fakeRun) {
		r.say("warning: no column PPID\nwarning: the result is incomplete\n")
		r.write(frames("one"))
		fmt.Fprint(r.Verdict, "ok 1\nincomplete\n")
	},
	"fails": func(r *fakeRun) {
		r.write(frames("one"))
		r.say("warning: odd\nlog: info loading\nerror: there are no symbols for this kernel\nhint: give --symbols\nvolatility: Unsatisfied requirement\nlog: info bye\n")
		r.fail()
	},
	"fails without a word": func(r *fakeRun) { r.say("Traceback: boom\n"); r.fail() },
	"dies": func(r *fakeRun) {
		r.write(frames("one"))
		kill()
	},
	"dies in a frame": func(r *fakeRun) {
		r.write(frames("one", "two")[:10])
		kill()
	},
	"dies after the verdict": func(r *fakeRun) {
		r.all("one")
		kill()
	},
	"panics":                 func(*fakeRun) { panic("boom") },
	"ends in a frame":        func(r *fakeRun) { r.write(frames("one", "two")[:10]) },
	"ends without a verdict": func(r *fakeRun) { r.write(frames("one")) },
	"miscounts": func(r *fakeRun) {
		r.write(frames("one"))
		r.finish(2)
	},
	"gives more": func(r *fakeRun) {
		r.write(frames("one", "two"))
		r.finish(1)
	},
	"half a verdict": func(r *fakeRun) {
		r.write(frames("one"))
		fmt.Fprint(r.Verdict, "ok 1")
	},
	"absurd length": func(r *fakeRun) {
		r.write(append(frames("one"), 0xff, 0xff, 0xff, 0xff))
		<-r.Done()
		r.fail()
	},
	"talks": func(r *fakeRun) {
		r.say("warning: early\n")
		for range 10 << 10 {
			r.say("%s\n", strings.Repeat("t", 1023))
		}
		r.say("%s\n", strings.Repeat("u", 100<<10))
		r.all("one")
	},
	"talks and fails": func(r *fakeRun) {
		for range 1 << 10 {
			r.say("log: %s\n", strings.Repeat("t", 1018))
		}
		r.say("error: after all that\n")
		r.fail()
	},
	"fails and talks": func(r *fakeRun) {
		r.say("warning: early\nerror: before all that\nhint: read on\n")
		for range 1 << 10 {
			r.say("log: %s\n", strings.Repeat("t", 1018))
		}
		r.fail()
	},
	"messages closed": func(r *fakeRun) {
		r.Messages.Close()
		for range 3 {
			time.Sleep(20 * time.Millisecond)
			r.write(frames("one"))
		}
		r.finish(3)
	},
	"hangs": func(r *fakeRun) {
		r.write(frames(fmt.Sprint(os.Getpid())))
		<-r.Done()
		r.say("error: interrupted\n")
		r.fail()
	},
	"hangs and takes no hint": func(r *fakeRun) {
		r.write(frames("one"))
		time.Sleep(time.Hour)
	},
	"leaves a process behind": func(r *fakeRun) {
		other := exec.Command("sleep", "20")
		other.Stdout, other.Stderr, other.ExtraFiles = r.Frames, r.Messages, []*os.File{r.Verdict}
		if err := other.Start(); err != nil {
			r.say("error: %v\n", err)
			r.fail()
		}
		r.all("one")
	},
	"arguments": func(r *fakeRun) {
		r.say("error: %s\n", strings.Join(append(r.settings, r.request...), "|"))
		r.fail()
	},
	"descriptors": func(r *fakeRun) {
		open, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			r.say("error: %v\n", err)
			r.fail()
		}
		var names []string
		for _, d := range open {
			if len(d.Name()) > 1 || d.Name() > "3" {
				continue // Go's own, and the command's pipes
			}
			if target, err := os.Readlink("/proc/self/fd/" + d.Name()); err == nil {
				kind, _, _ := strings.Cut(target, ":")
				names = append(names, d.Name()+" "+kind)
			}
		}
		r.say("error: %s\n", strings.Join(names, ", "))
		r.fail()
	},
}

func kill() {
	syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}
