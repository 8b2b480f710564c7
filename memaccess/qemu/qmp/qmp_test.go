package qmp_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

const hello = `{"QMP": {"version": {"qemu": {"micro": 0, "minor": 2, "major": 9}}, "capabilities": ["oob"]}}`

// pretend serves one client as a QEMU that does what the test says.
func pretend(t *testing.T, serve func(in *bufio.Reader, out net.Conn)) (path string) {
	t.Helper()
	path = testenv.Socket(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		serve(bufio.NewReader(conn), conn)
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return path
}

// answers is a QEMU that greets and answers each command by a function.
func answers(t *testing.T, answer func(command string, id uint64) string) string {
	return pretend(t, func(in *bufio.Reader, out net.Conn) {
		fmt.Fprintln(out, hello)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			var c struct {
				Execute string
				ID      uint64
			}
			if err := json.Unmarshal([]byte(line), &c); err != nil {
				return
			}
			if c.Execute == "qmp_capabilities" {
				fmt.Fprintf(out, `{"return": {}, "id": %d}`+"\r\n", c.ID)
				continue
			}
			io.WriteString(out, answer(c.Execute, c.ID))
		}
	})
}

func dial(t *testing.T, path string, o qmp.Options) *qmp.Conn {
	t.Helper()
	if o.Timeout == 0 {
		o.Timeout = time.Minute // of a test machine that does much else
	}
	c, err := qmp.Dial(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestCommandsAndEvents(t *testing.T) {
	path := answers(t, func(command string, id uint64) string {
		return `{"event": "RESET", "data": {"guest": true}, "timestamp": {"seconds": 1, "microseconds": 2}}` + "\r\n" +
			fmt.Sprintf(`{"return": "no one waits for this", "id": %d}`, id+100) + "\r\n" +
			fmt.Sprintf(`{"return": {"status": %q}, "id": %d}`, command, id) + "\r\n" +
			`{"event": "STOP"}` + "\n"
	})
	var events []string
	stop := make(chan struct{})
	c := dial(t, path, qmp.Options{Events: func(e qmp.Event) {
		events = append(events, e.Name+string(e.Data))
		if len(events) == 4 {
			close(stop)
		}
	}})
	for _, command := range []string{"one", "two"} {
		var got struct{ Status string }
		if err := c.Execute(context.Background(), command, nil, &got); err != nil || got.Status != command {
			t.Errorf("%s gave %+v, %v", command, got, err)
		}
	}
	<-stop
	want := []string{`RESET{"guest": true}`, "STOP", `RESET{"guest": true}`, "STOP"}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestRefusal(t *testing.T) {
	path := answers(t, func(_ string, id uint64) string {
		return fmt.Sprintf(`{"error": {"class": "CommandNotFound", "desc": "no such thing"}, "id": %d}`+"\n", id)
	})
	err := dial(t, path, qmp.Options{}).Execute(context.Background(), "frobnicate", nil, nil)
	var refused *qmp.Failure
	if !errors.As(err, &refused) || refused.Class != "CommandNotFound" || err.Error() != "QEMU refused frobnicate: no such thing" {
		t.Errorf("got %v", err)
	}
}

// hinted is an error and its advice, as a person sees them.
func hinted(err error) string {
	var h interface{ Hint() string }
	if err == nil || !errors.As(err, &h) || h.Hint() == "" {
		return fmt.Sprintf("%v (without a hint)", err)
	}
	return err.Error() + " | " + h.Hint()
}

// What a QEMU must not do gives an error that says what it was.
func TestBadQEMUs(t *testing.T) {
	const soon = 50 * time.Millisecond // after which a QEMU that says nothing is given up
	tests := []struct {
		name    string
		serve   func(in *bufio.Reader, out net.Conn)
		timeout time.Duration
		want    string
	}{
		{"says nothing", func(in *bufio.Reader, _ net.Conn) { in.ReadByte() }, soon, "somebody else seems to use this QMP socket | QEMU serves one client"},
		{"hangs up", func(*bufio.Reader, net.Conn) {}, 0, "closed the connection"},
		{"is no QMP", func(_ *bufio.Reader, out net.Conn) { io.WriteString(out, "220 mail.example ESMTP\r\n") }, 0, `is not a QMP socket: it begins with "220 mail.example ESMTP`},
		{"greets with an answer", func(_ *bufio.Reader, out net.Conn) { io.WriteString(out, `{"return": {}}`+"\n") }, 0, "is not a QMP socket"},
		{"ends in the greeting", func(_ *bufio.Reader, out net.Conn) { io.WriteString(out, hello) }, 0, "closed the connection"},
		{"sends a line without end", func(_ *bufio.Reader, out net.Conn) {
			for _, err := io.WriteString(out, "{"); err == nil; _, err = out.Write(make([]byte, 1<<20)) {
			}
		}, 0, "sends no QMP: a line of more than"},
		{"answers nonsense", func(in *bufio.Reader, out net.Conn) {
			fmt.Fprintln(out, hello)
			in.ReadString('\n')
			fmt.Fprintln(out, "(qemu) ")
			in.ReadString('\n')
		}, 0, `sends what is no QMP: "(qemu)"`},
		{"answers with another kind of JSON", func(in *bufio.Reader, out net.Conn) {
			fmt.Fprintln(out, hello)
			in.ReadString('\n')
			fmt.Fprintln(out, "[1, 2]")
			in.ReadString('\n')
		}, 0, `sends what is no QMP: "[1, 2]"`},
		{"does not answer", func(in *bufio.Reader, out net.Conn) {
			fmt.Fprintln(out, hello)
			in.ReadString('\n')
			in.ReadString('\n')
		}, soon, "does not answer qmp_capabilities"},
		{"sends events without end", func(_ *bufio.Reader, out net.Conn) {
			fmt.Fprintln(out, hello)
			flood := strings.Repeat(`{"event": "RTC_CHANGE", "data": {"offset": 1}}`+"\n", 1000)
			for _, err := io.WriteString(out, flood); err == nil; _, err = io.WriteString(out, flood) {
			}
		}, soon, "does not answer qmp_capabilities"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := pretend(t, tt.serve)
			if tt.timeout == 0 {
				tt.timeout = time.Minute
			}
			c, err := qmp.Dial(context.Background(), path, qmp.Options{Timeout: tt.timeout})
			if err == nil {
				c.Close()
			}
			if got := hinted(err); !strings.Contains(got, tt.want) || strings.Contains(got, "without a hint") {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// The end of a context ends the waiting, and a later command has its own answer.
func TestContextEndsWaiting(t *testing.T) {
	late := make(chan struct{})
	path := answers(t, func(command string, id uint64) string {
		if command == "slow" {
			<-late
		}
		return fmt.Sprintf(`{"return": %q, "id": %d}`+"\n", command, id)
	})
	c := dial(t, path, qmp.Options{})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(10*time.Millisecond, cancel)
	if err := c.Execute(ctx, "slow", nil, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	close(late)
	var got string
	if err := c.Execute(context.Background(), "quick", nil, &got); err != nil || got != "quick" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSocketsThatNobodyServes(t *testing.T) {
	path := testenv.Socket(t)
	_, err := qmp.Dial(context.Background(), path, qmp.Options{})
	if got := hinted(err); !strings.Contains(got, "there is no QMP socket") || !strings.Contains(got, "-qmp unix:") {
		t.Errorf("got %s", got)
	}
	_, err = qmp.Dial(context.Background(), path+strings.Repeat("x", 108), qmp.Options{})
	if got := hinted(err); !strings.Contains(got, "is too long: ") || !strings.Contains(got, "at most 107 bytes") {
		t.Errorf("got %s", got)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close()
	_, err = qmp.Dial(context.Background(), path, qmp.Options{})
	if got := hinted(err); !strings.Contains(got, "nobody listens on the QMP socket") {
		t.Errorf("got %s", got)
	}
}

// A connection that is given away goes on where it was, in the middle of a line
// too.
func TestDetachAndResume(t *testing.T) {
	half := make(chan struct{})
	path := answers(t, func(command string, id uint64) string {
		if command == "first" {
			return fmt.Sprintf(`{"return": {}, "id": %d}`+"\n"+`{"event": "HA`, id)
		}
		<-half
		return fmt.Sprintf(`LF"}`+"\n"+`{"return": {}, "id": %d}`+"\n", id)
	})
	first := dial(t, path, qmp.Options{})
	if err := first.Execute(context.Background(), "first", nil, nil); err != nil {
		t.Fatal(err)
	}
	conn, rest, err := first.Detach()
	if err != nil {
		t.Fatal(err)
	}
	var seen atomic.Value
	second := qmp.Resume(conn, path, rest, qmp.Options{Timeout: time.Minute, Events: func(e qmp.Event) { seen.Store(e.Name) }})
	close(half)
	if err := second.Execute(context.Background(), "second", nil, nil); err != nil {
		t.Fatal(err)
	}
	if seen.Load() != "HALF" {
		t.Errorf("the event was %v", seen.Load())
	}
	if err := first.Execute(context.Background(), "third", nil, nil); err == nil {
		t.Error("a connection that was given away still runs commands")
	}
}

// Whoever takes over from a process that was killed may begin in a line, once.
func TestTornLine(t *testing.T) {
	for _, sent := range []string{`LF", "data": {}}` + "\n", `"}` + "\n" + `"}` + "\n"} {
		path := pretend(t, func(in *bufio.Reader, out net.Conn) {
			io.WriteString(out, sent)
			line, _ := in.ReadString('\n')
			fmt.Fprintln(out, strings.Replace(line, `"execute":"query-status"`, `"return":{}`, 1))
			in.ReadString('\n')
		})
		conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: path, Net: "unix"})
		if err != nil {
			t.Fatal(err)
		}
		c := qmp.Resume(conn, path, nil, qmp.Options{Timeout: time.Minute, Torn: true})
		err = c.Execute(context.Background(), "query-status", nil, nil)
		if once := strings.Count(sent, "\n") == 1; (err == nil) != once {
			t.Errorf("after %q: %v", sent, err)
		}
		c.Close()
	}
}

// An emulator that ends while it is asked is told from one that is silent.
func TestEndWhileAsked(t *testing.T) {
	path := pretend(t, func(in *bufio.Reader, out net.Conn) {
		fmt.Fprintln(out, hello)
		line, _ := in.ReadString('\n')
		fmt.Fprintln(out, strings.Replace(line, `"execute":"qmp_capabilities"`, `"return":{}`, 1))
		in.ReadString('\n')
	})
	c := dial(t, path, qmp.Options{})
	err := c.Execute(context.Background(), "query-status", nil, nil)
	if got := hinted(err); !errors.Is(err, io.EOF) || !strings.Contains(got, "closed the connection") {
		t.Errorf("got %s", got)
	}
	<-c.Done()
}
