package main

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
	"github.com/volint/volint/runtime/session/host"
)

// told is what comes out of the pipes of a run.
type told struct{ Frames, Messages, Verdict string }

// runHosted runs a command as for a program in C.
func runHosted(ctx context.Context, t *testing.T, h *hosted, words ...string) told {
	t.Helper()
	var pipes [3]*os.File
	var texts [3]chan string
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		pipes[i], texts[i] = w, make(chan string, 1)
		go func() {
			defer r.Close()
			text, _ := io.ReadAll(r)
			texts[i] <- string(text)
		}()
	}
	request := host.Message{"run=1"}
	for _, word := range words {
		request = append(request, "word="+word)
	}
	h.Run(ctx, request, host.Pipes{Frames: pipes[0], Messages: pipes[1], Verdict: pipes[2]})
	for _, p := range pipes {
		_ = p.Close()
	}
	return told{<-texts[0], <-texts[1], <-texts[2]}
}

// A program in C is told of a command as `volint run` tells of it, and of an image that
// can't be opened with each command: the next one may find it.
func TestHosted(t *testing.T) {
	f := &fakeRunner{frames: append(frame(1), frame(2)...), result: session.Result{Missing: []string{"dtb"}}}
	var openErr error = &session.Error{Message: "there is no image", Hint: "make one", Detail: "Traceback\n"}
	opened := 0
	a := &app{open: func(_ context.Context, c session.Config) (session.Runner, error) {
		opened++
		f.config = c
		return f, openErr
	}}
	h := &hosted{app: a, ctx: t.Context(), config: session.Config{Image: "x"}}
	check := func(name string, got, want told) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	ctx := t.Context()
	noImage := told{"", "error: there is no image\nhint: make one\nvolatility: Traceback\n", "failed\n"}
	check("no image", runHosted(ctx, t, h, "linux_pslist"), noImage)
	check("no image yet", runHosted(ctx, t, h, "linux_pslist"), noImage)
	openErr = nil
	check("incomplete", runHosted(ctx, t, h, "linux_pslist", "--pid", "1"),
		told{string(f.frames), "warning: the result is incomplete\n", "ok 2\nincomplete\n"})
	f.result = session.Result{}
	check("whole", runHosted(ctx, t, h, "linux_pslist", "--pid", "1"), told{string(f.frames), "", "ok 2\n"})
	if diff := cmp.Diff([]string{"--pid", "1"}, f.request.Args); diff != "" || f.config.Image != "x" || opened != 3 {
		t.Errorf("the image %q was opened %d times; options (-want +got):\n%s", f.config.Image, opened, diff)
	}
	f.waitErr = errors.New("cut")
	check("failed", runHosted(ctx, t, h, "linux_pslist"), told{string(f.frames), "error: cut\n", "failed\n"})
	if got := runHosted(ctx, t, h, "no_such_command"); got.Verdict != "failed\n" || got.Messages == "" {
		t.Errorf("of a command that does not exist it says %q", got)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	check("cancelled", runHosted(over, t, &hosted{app: a, ctx: ctx}, "linux_pslist"), told{"", "error: interrupted\n", "failed\n"})
	if err := h.Close(); err != nil || !f.closed {
		t.Errorf("closed %t, %v", f.closed, err)
	}
}

func TestHostConfig(t *testing.T) {
	got, err := hostConfig(host.Message{"image=/i", "volatility=2", "profile=P", "plugins=/p q", "symbols=/s", "python=py", "strict=1", "idle=5"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.DropIns) == 0 || len(got.Holder) == 0 {
		t.Errorf("%d drop-ins, a holder %q", len(got.DropIns), got.Holder)
	}
	got.DropIns, got.Holder = nil, nil
	want := session.Config{Image: "/i", Version: 2, Profile: "P", Plugins: []string{"/p q"}, Symbols: []string{"/s"}, Python: "py", Strict: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, version := range []string{"4", "", "three"} {
		if _, err := hostConfig(host.Message{"image=/i", "volatility=" + version}, nil); err == nil {
			t.Errorf("Volatility %q is one", version)
		}
	}
}
