package host_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session/host"
)

// pair are two connected sockets.
func pair(t *testing.T) (program, volint *net.UnixConn) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	var conns []*net.UnixConn
	for _, fd := range fds {
		file := os.NewFile(uintptr(fd), "socket")
		conn, err := net.FileConn(file)
		_ = file.Close()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		conns = append(conns, conn.(*net.UnixConn))
	}
	return conns[0], conns[1]
}

func TestMessages(t *testing.T) {
	program, volint := pair(t)
	for _, want := range []host.Message{
		{"image=/a b", "plugins=1", "plugins=2", "empty=", "no sign", "odd=a=b\n"},
		{strings.Repeat("x", 500_000)},
	} {
		go func() { _ = host.Send(program, want) }()
		got, files, err := host.Receive(volint)
		if diff := cmp.Diff(want, got); diff != "" || err != nil || len(files) != 0 {
			t.Errorf("%v, %d descriptors, (-want +got):\n%s", err, len(files), diff)
		}
	}
	m := host.Message{"a=1", "b=2", "a=3", "aa=4"}
	if got := fmt.Sprint(m.Get("a"), m.All("a"), m.Get("c"), m.All("c")); got != "1[1 3][]" {
		t.Errorf("the values are %s", got)
	}
}

// Descriptors come with the message that they were sent with.
func TestDescriptors(t *testing.T) {
	program, volint := pair(t)
	for i := range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if i == 1 {
			err = host.Send(program, host.Message{"number=1"})
		} else {
			err = host.Send(program, host.Message{fmt.Sprint("number=", i)}, int(w.Fd()))
		}
		if err != nil {
			t.Fatal(err)
		}
		_ = w.Close()
		if i == 2 {
			defer func() {
				text, err := io.ReadAll(r)
				if err != nil || string(text) != "two" {
					t.Errorf("%q, %v", text, err)
				}
			}()
		}
	}
	for i := range 3 {
		m, files, err := host.Receive(volint)
		if err != nil || m.Get("number") != fmt.Sprint(i) || (len(files) == 1) != (i != 1) {
			t.Fatalf("message %d: %q, %d descriptors, %v", i, m, len(files), err)
		}
		for _, f := range files {
			if i == 2 {
				_, _ = f.WriteString("two")
			}
			_ = f.Close()
		}
	}
}

func TestBrokenMessages(t *testing.T) {
	for name, tt := range map[string]struct {
		bytes string
		want  error // nil is any other
	}{
		"the end":        {"", io.EOF},
		"half a length":  {"\x05\x00", io.ErrUnexpectedEOF},
		"half a message": {"\x05\x00\x00\x00ab", io.ErrUnexpectedEOF},
		"too long":       {"\xff\xff\xff\xff", nil},
		"no last NUL":    {"\x02\x00\x00\x00ab", nil},
	} {
		t.Run(name, func(t *testing.T) {
			program, volint := pair(t)
			_, _ = program.Write([]byte(tt.bytes))
			_ = program.Close()
			_, _, err := host.Receive(volint)
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// runner tells of its runs and waits for their ends.
type runner struct {
	requests chan host.Message
	closed   chan struct{}
}

func (r *runner) Run(ctx context.Context, request host.Message, to host.Pipes) {
	r.requests <- request
	if request.Get("waits") != "" {
		<-ctx.Done()
	}
	if request.Get("floods") != "" {
		for {
			if _, err := to.Frames.Write(make([]byte, 1<<16)); err != nil {
				break
			}
		}
	}
	fmt.Fprintf(to.Verdict, "%v", ctx.Err())
}

func (r *runner) Close() error { close(r.closed); return nil }

// served starts a session whose settings are given.
func served(t *testing.T, settings ...string) (*net.UnixConn, *runner, chan error) {
	t.Helper()
	program, volint := pair(t)
	r := &runner{make(chan host.Message, 10), make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- host.Serve(t.Context(), volint, func(_ context.Context, got host.Message) (host.Runner, error) {
			if diff := cmp.Diff(host.Message(settings), got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			return r, nil
		})
	}()
	if err := host.Send(program, settings); err != nil {
		t.Fatal(err)
	}
	if m, _, err := host.Receive(program); err != nil || m.Get("ready") != "1" {
		t.Fatalf("%q, %v", m, err)
	}
	return program, r, ended
}

// start starts a run and returns the other ends of its pipes for rows and verdict.
func start(t *testing.T, program *net.UnixConn, request ...string) (frames, verdict *os.File) {
	t.Helper()
	var ours, theirs []*os.File
	var fds []int
	for range 3 {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = r.Close() })
		ours, theirs, fds = append(ours, r), append(theirs, w), append(fds, int(w.Fd()))
	}
	if err := host.Send(program, request, fds...); err != nil {
		t.Fatal(err)
	}
	for _, f := range theirs {
		_ = f.Close()
	}
	return ours[0], ours[2]
}

func verdict(t *testing.T, f *os.File, want string) {
	t.Helper()
	_ = f.SetReadDeadline(time.Now().Add(time.Minute))
	if got, err := io.ReadAll(f); err != nil || string(got) != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}

func over(t *testing.T, r *runner, ended chan error) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(time.Minute):
		t.Fatal("the session does not end")
	}
	select {
	case <-r.closed:
	default:
		t.Error("the runner was not closed")
	}
}

// Runs run side by side, each is cancelled alone, and the rest when the program leaves;
// then nobody needs to read what they wrote.
func TestServe(t *testing.T) {
	program, r, ended := served(t, "image=x")
	_, first := start(t, program, "run=1", "waits=1", "word=a", "word=b")
	if got := <-r.requests; len(got.All("word")) != 2 {
		t.Errorf("the request is %q", got)
	}
	_, second := start(t, program, "run=2")
	verdict(t, second, "<nil>")
	start(t, program, "run=3", "floods=1")
	_, fourth := start(t, program, "run=4", "waits=1")
	for range 3 {
		<-r.requests
	}
	for _, cancelled := range []string{"1", "2", "77"} {
		if err := host.Send(program, host.Message{"cancel=" + cancelled}); err != nil {
			t.Fatal(err)
		}
	}
	verdict(t, first, "context canceled")
	if err := host.Send(program, host.Message{"from a later version=1"}); err != nil {
		t.Fatal(err)
	}
	_ = program.Close()
	over(t, r, ended)
	verdict(t, fourth, "context canceled")
}

// A session that nobody uses leaves, but not one that runs something.
func TestIdle(t *testing.T) {
	program, r, ended := served(t, "idle=1")
	frames, v := start(t, program, "run=1", "floods=1")
	<-r.requests
	select {
	case <-ended:
		t.Fatal("it has left while it runs a command")
	case <-time.After(1500 * time.Millisecond):
	}
	_ = frames.Close()
	verdict(t, v, "<nil>")
	over(t, r, ended)
	if _, err := program.Write([]byte{0}); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("a program that asks for more gets %v", err)
	}
}

func TestSettingsThatMeanNothing(t *testing.T) {
	program, volint := pair(t)
	ended := make(chan error, 1)
	bad := errors.New("bad")
	go func() {
		ended <- host.Serve(t.Context(), volint, func(context.Context, host.Message) (host.Runner, error) { return nil, bad })
	}()
	if err := host.Send(program, host.Message{"x=y"}); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, bad) {
		t.Errorf("Serve = %v", err)
	}
	if _, _, err := host.Receive(program); !errors.Is(err, io.EOF) {
		t.Errorf("the program gets %v", err)
	}
}
