package session_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// Each thing that can be missing or wrong, as it is met.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
		return path
	}
	noise := make([]byte, 3<<20)
	rand.New(rand.NewSource(1)).Read(noise)
	random, text := file("random.raw", noise), file("text.raw", bytes.Repeat([]byte("no memory at all\n"), 5000))
	notExecutable := filepath.Join(dir, "not-executable")
	if err := os.WriteFile(notExecutable, noise[:100], 0o644); err != nil {
		t.Fatal(err)
	}
	bare := func(_ *testing.T, c *session.Config) { c.Symbols, c.Cache = nil, filepath.Join(dir, "cache") }

	tests := []struct {
		name string
		on   setup
		// change is given the test of its own: a tool that is missing skips that one.
		change func(*testing.T, *session.Config)
		req    session.Request
		code   string
		// said and hint are parts of the message and of the hint.
		said, hint string
	}{
		{name: "no such Python", on: setups[0], code: "no-python", said: "no-such-python", hint: "VOLINT_PYTHON",
			change: func(t *testing.T, c *session.Config) { c.Python = "no-such-python" }},
		{name: "a file that is no program", on: setups[0], code: "no-python", said: "may not be run", hint: "VOLINT_PYTHON",
			change: func(t *testing.T, c *session.Config) { c.Python = notExecutable }},
		{name: "no Python at all", on: setups[0], code: "no-python", said: "does not run the worker", hint: "VOLINT_PYTHON",
			change: func(t *testing.T, c *session.Config) { c.Python = "/bin/cat" }},
		{name: "a script that fails", on: setups[0], code: "no-python", said: "does not run the worker",
			change: func(t *testing.T, c *session.Config) {
				c.Python = file("failing", []byte("#!/bin/sh\necho oops >&2; exit 127\n"))
			}},
		{name: "no Volatility 3", on: setups[0], code: "no-volatility", said: "has no Volatility 3", hint: "pip install volatility3",
			change: func(t *testing.T, c *session.Config) { c.Python = bareVenv(t) }},
		{name: "Volatility 3 under Python 2", on: setups[0], code: "no-volatility", said: "does not run under Python 2.7", hint: "--volatility 2",
			change: func(t *testing.T, c *session.Config) { c.Python = testenv.Python2(t) }},
		{name: "Volatility 2 under Python 3", on: setups[2], code: "no-volatility", said: "does not run under Python 3", hint: "Python 2.7",
			change: func(t *testing.T, c *session.Config) { c.Python = testenv.Python3(t) }},

		{name: "no image", on: setups[0], code: "unreadable-image", hint: "-f IMAGE",
			change: func(t *testing.T, c *session.Config) { c.Image = "" }},
		{name: "no image", on: setups[2], code: "unreadable-image", hint: "-f IMAGE",
			change: func(t *testing.T, c *session.Config) { c.Image = "" }},
		{name: "no such image", on: setups[0], code: "unreadable-image", said: "there is no file",
			change: func(t *testing.T, c *session.Config) { c.Image = filepath.Join(dir, "none.raw") }},
		{name: "a folder", on: setups[0], code: "unreadable-image", said: "is a folder",
			change: func(t *testing.T, c *session.Config) { c.Image = dir }},
		{name: "an empty image", on: setups[0], code: "unreadable-image", said: "is empty",
			change: func(t *testing.T, c *session.Config) { c.Image = file("empty.raw", nil) }},
		{name: "a socket of nobody", on: setups[0], code: "unreadable-image", said: "nobody serves memory on", hint: "running",
			change: func(t *testing.T, c *session.Config) { c.Image = staleSocket(t) }},
		{name: "a socket of nobody", on: setups[2], code: "unreadable-image", said: "nobody serves memory on", hint: "running",
			change: func(t *testing.T, c *session.Config) { c.Image = "unix:" + staleSocket(t) }},
		{name: "a server that hangs up", on: setups[0], code: "unreadable-image", said: "closed the connection",
			change: func(t *testing.T, c *session.Config) { c.Image = rudeSocket(t, "") }},
		{name: "a monitor", on: setups[0], code: "unreadable-image", said: "is a QMP socket", hint: "qemu:/",
			change: func(t *testing.T, c *session.Config) { c.Image = rudeSocket(t, `{"QMP": {}}`) }},
		{name: "no such socket", on: setups[0], code: "unreadable-image", said: "there is no file",
			change: func(t *testing.T, c *session.Config) { c.Image = "unix://" + filepath.Join(dir, "none") }},
		{name: "a file as a socket", on: setups[0], code: "unreadable-image", said: "is not a socket", hint: "by its path alone",
			change: func(t *testing.T, c *session.Config) { c.Image = "unix:" + random }},
		{name: "no such guest", on: setups[0], code: "unreadable-image", said: "there is no file", hint: "-qmp",
			change: func(t *testing.T, c *session.Config) { c.Image = "qemu:" + filepath.Join(dir, "none") }},
		{name: "another format than is said", on: setups[2], code: "unreadable-image", said: "random.raw: at byte 0",
			change: func(t *testing.T, c *session.Config) { c.Image = "lime:" + random }},
		{name: "a pause of a dump", on: setups[0], code: "cannot-pause", said: "nothing runs", hint: "qemu:",
			change: func(t *testing.T, c *session.Config) { c.Pause = true }},
		{name: "a pause of nothing", on: setups[0], code: "cannot-pause", said: "no image",
			change: func(t *testing.T, c *session.Config) { c.Pause, c.Image = true, "" }},
		{name: "a pause that the server does not allow", on: setups[2], code: "cannot-pause", said: "can't be stopped", hint: "--allow-pause",
			change: func(t *testing.T, c *session.Config) { c.Pause = true; c.Image, _ = serveImage(t, 0) }},

		{name: "noise", on: setups[0], code: "not-memory", said: "no Linux kernel in",
			change: func(t *testing.T, c *session.Config) { c.Image = random }},
		{name: "text", on: setups[0], code: "not-memory", said: "no Linux kernel in",
			change: func(t *testing.T, c *session.Config) { c.Image = text }},
		{name: "noise", on: setups[2], code: "not-memory", said: "no Linux kernel in",
			change: func(t *testing.T, c *session.Config) { c.Image = random }},
		{name: "no symbols", on: setups[0], code: "no-symbols", said: "Linux version 6.1.192-fixture", hint: "VOLINT_SYMBOLS", change: bare},
		{name: "no folder of symbols", on: setups[0], code: "bad-setting", said: "there is no folder",
			change: func(t *testing.T, c *session.Config) { c.Symbols = []string{filepath.Join(dir, "none")} }},

		{name: "no profile", on: setups[2], code: "bad-profile", said: "needs a profile", hint: "LinuxTiny61x64",
			change: func(t *testing.T, c *session.Config) { c.Profile = "" }},
		{name: "a profile that is not there", on: setups[2], code: "bad-profile", said: "no profile LinuxTiny62x64", hint: "LinuxTiny61x64",
			change: func(t *testing.T, c *session.Config) { c.Profile = "LinuxTiny62x64" }},
		{name: "another system's profile", on: setups[2], code: "bad-profile", said: "does not work with the profile Win7SP1x64",
			change: func(t *testing.T, c *session.Config) { c.Profile = "Win7SP1x64" }},
		{name: "another kernel's profile", on: setups[2], code: "bad-profile", said: "does not fit the kernel of", hint: "LinuxOther61x64",
			change: func(t *testing.T, c *session.Config) {
				c.Profile = "LinuxOther61x64"
				c.Plugins = []string{otherProfile(t)}
			}},

		{name: "no such plugin", on: setups[0], code: "unknown-plugin", said: "no plugin linux.pslst", hint: "linux.pslist.PsList",
			req: session.Request{Message: pslist, Plugin: "linux.pslst"}},
		{name: "no such command", on: setups[2], code: "unknown-plugin", said: "no plugin linux_pslst", hint: "linux_pslist",
			req: session.Request{Message: pslist, Plugin: "linux_pslst"}},
		{name: "no such message", on: setups[0], code: "unknown-plugin", said: "a.b",
			req: session.Request{Message: "a.b"}},
		{name: "no drop-ins", on: setups[0], code: "unknown-plugin", hint: "lang=python3",
			change: func(t *testing.T, c *session.Config) { c.DropIns = nil }},
		{name: "an unknown option", on: setups[0], code: "bad-option", said: "--pif", hint: "--pid N ...",
			req: session.Request{Message: pslist, Args: []string{"--pif", "1"}}},
		{name: "a wrong value", on: setups[0], code: "bad-option", said: `--pid takes a number, not 'one'`,
			req: session.Request{Message: pslist, Args: []string{"--pid", "one"}}},
		{name: "an unknown option", on: setups[2], code: "bad-option", said: "no such option: --pif", hint: "-p/--pid",
			req: session.Request{Message: pslist, Args: []string{"--pif", "1"}}},
		{name: "volint's option", on: setups[2], code: "bad-option", said: "give volint's --profile before the command",
			req: session.Request{Message: pslist, Args: []string{"--profile=X"}}},
	}
	for _, tt := range tests {
		t.Run(tt.on.name+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := tt.on.config(t)
			if tt.change != nil {
				tt.change(t, &cfg)
			}
			if tt.req.Message == "" {
				tt.req.Message = pslist
			}
			stream, err := attempt(cfg, tt.req)
			var e *session.Error
			if !errors.As(err, &e) || e.Code != tt.code || len(stream) > 0 {
				t.Fatalf("%d bytes and %#v; want an error %s and nothing more", len(stream), err, tt.code)
			}
			if !strings.Contains(e.Message, tt.said) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("error %q, hint %q; want %q and %q in them", e.Message, e.Hint, tt.said, tt.hint)
			}
			if e.Message == "" || strings.ContainsAny(e.Message+e.Hint, "\n\x1b") {
				t.Errorf("error %q and hint %q are not a line each", e.Message, e.Hint)
			}
		})
	}
}

// A request that names nothing is a mistake of the program's, and told as one.
func TestRequestOfNothing(t *testing.T) {
	for _, setup := range []setup{setups[0], setups[2]} {
		var e *session.Error
		if _, err := attempt(setup.config(t), session.Request{}); !errors.As(err, &e) || e.Code != "unknown-plugin" || !strings.Contains(e.Hint, "Request.Message") {
			t.Errorf("%s: %v", setup.name, err)
		}
	}
}

// attempt runs a command, whose error may come from anywhere.
func attempt(cfg session.Config, req session.Request) ([]byte, error) {
	ctx := context.Background()
	runner, err := session.Open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer runner.Close()
	run, err := runner.Start(ctx, req)
	if err != nil {
		return nil, err
	}
	var stream bytes.Buffer
	if _, err := stream.ReadFrom(run.Frames()); err != nil {
		return nil, err
	}
	_, err = run.Wait()
	return stream.Bytes(), err
}

// staleSocket is what a server leaves behind that is killed.
func staleSocket(t *testing.T) string {
	t.Helper()
	path := testenv.Socket(t)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	_ = l.Close()
	return path
}

// rudeSocket is of a server that takes connections and closes them, or says something
// to who connects and waits.
func rudeSocket(t *testing.T, says string) string {
	t.Helper()
	return testenv.Serve(t, func(conn net.Conn) {
		if _, err := io.WriteString(conn, says); err == nil && says != "" {
			_, _ = io.Copy(io.Discard, conn)
		}
	})
}

// An image that may not be read, which root may.
func TestImageWithoutPermission(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret.raw")
	if err := os.WriteFile(path, []byte("x"), 0); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Open(path); err == nil {
		_ = f.Close()
		t.Skip("SKIP(user): this user may read everything")
	}
	_, err := session.Open(context.Background(), session.Config{Image: path, Python: "/bin/true"})
	if code(err) != "unreadable-image" {
		t.Errorf("Open = %v", err)
	}
}

// What one command did not find is not looked for again by others; each is told of
// itself.
func TestErrorsNameTheirCommand(t *testing.T) {
	for _, setup := range setups[:2] {
		t.Run(setup.name, func(t *testing.T) {
			s := open(t, setup.config(t))
			for _, plugin := range []string{"windows.cmdline.CmdLine", "windows.envars.Envars"} {
				run, err := s.Start(context.Background(), session.Request{Plugin: plugin})
				if err != nil {
					t.Fatal(err)
				}
				if _, err := run.Wait(); code(err) != "not-memory" || !strings.HasPrefix(err.Error(), plugin+" ") {
					t.Errorf("%s: %v (%s)", plugin, err, code(err))
				}
			}
		})
	}
}
