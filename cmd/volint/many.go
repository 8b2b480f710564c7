package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/internal/term"
	"github.com/volint/volint/runtime/session"
)

// execution is a command among several.
type execution struct {
	task
	spool spool // what goes to standard output
	heldVoice
	done chan struct{}

	// These are there when it is done.
	counts  counts
	seconds float64
	err     error
}

// series is several commands that run in one session.
type series struct {
	app        *app
	o          *runOptions
	runner     session.Runner
	executions []*execution
}

// runMany runs several commands, o.jobs of them at once. Their output comes in
// their order.
func (a *app) runMany(ctx context.Context, runner session.Runner, o *runOptions, tasks []task) error {
	if err := makeFolder(o.output); err != nil {
		return err
	}
	s := &series{app: a, o: o, runner: runner}
	for _, t := range tasks {
		t.written = o.written(t.label)
		s.executions = append(s.executions, &execution{task: t, heldVoice: heldVoice{of: t.label}, done: make(chan struct{})})
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer func() {
		cancel()
		running.Wait()
		for _, x := range s.executions {
			x.spool.close()
		}
	}()
	running.Add(1)
	go func() {
		defer running.Done()
		s.start(ctx, &running)
	}()
	if err := s.print(ctx); err != nil {
		return err
	}
	s.summarise()
	return s.verdict()
}

// start starts the commands in their order, when there is room.
func (s *series) start(ctx context.Context, running *sync.WaitGroup) {
	room := make(chan struct{}, s.o.jobs)
	for _, x := range s.executions {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		running.Add(1)
		go func() {
			defer running.Done()
			s.execute(ctx, x)
			close(x.done)
			<-room
		}()
	}
}

// execute runs one of the commands.
func (s *series) execute(ctx context.Context, x *execution) {
	ctx, cancel := within(ctx, s.o.timeout)
	defer cancel()
	began := time.Now()
	x.err = s.deliver(ctx, x)
	x.seconds = time.Since(began).Seconds()
}

func (s *series) deliver(ctx context.Context, x *execution) error {
	out, printer, err := s.open(x)
	if err != nil {
		return err
	}
	return deliverTo(out, printer, x, func(p format.Printer) (counts, error) {
		c, err := s.app.runOne(ctx, s.runner, x.task, p, x)
		x.counts = c
		return c, err
	})
}

// open opens a command's output: its own file, or its part of standard output.
func (s *series) open(x *execution) (*output, format.Printer, error) {
	out := &output{Writer: &x.spool}
	if s.o.output != "" {
		var err error
		if out, err = openOutput(filepath.Join(s.o.output, fileName(x.label, s.o.format)), nil); err != nil {
			return nil, nil, err
		}
	} else if s.o.format == "jsonl" {
		return out, format.NewNamed(out, x.command, x.label), nil
	}
	printer, err := format.New(s.o.format, out, x.command)
	if err != nil {
		out.abandon()
	}
	return out, printer, err
}

// fileName is the file of a command's rows.
func fileName(label, formatName string) string {
	if formatName == "table" {
		formatName = "txt"
	}
	return label + "." + formatName
}

// makeFolder makes the folder for the files, if there are to be some.
func makeFolder(dir string) error {
	if dir == "" {
		return nil
	}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fail("give a folder's name, as in -o results", "%s is a file, and several commands need a folder", dir)
	}
	return cannotWrite(os.MkdirAll(dir, 0o777))
}

// print lets the commands have standard output, one after the other. The error is
// the output's, or the context's.
func (s *series) print(ctx context.Context) error {
	first := true
	for _, x := range s.executions {
		out := s.app.stdout
		if s.o.format == "table" {
			out = &headed{w: out, title: x.title(), first: &first}
		}
		if err := x.spool.release(out); err != nil {
			return outputError(err)
		}
		select {
		case <-x.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		var output writeError
		if s.o.output == "" && errors.As(x.err, &output) {
			return x.err
		}
		s.app.ui.tell(&x.heldVoice)
	}
	return nil
}

// summarise has a line for each command.
func (s *series) summarise() {
	var lines strings.Builder
	g := format.NewGrid(&lines, []format.Column{{Title: "COMMAND"}, {Title: "ROWS", Right: true}, {Title: "SECONDS", Right: true}, {Title: "RESULT"}})
	for _, x := range s.executions {
		// Into a strings.Builder nothing fails.
		_ = g.Line([]string{term.Escape(x.title()), fmt.Sprint(x.counts.rows), fmt.Sprintf("%.2f", x.seconds), term.Escape(x.outcome(s.o.all))})
	}
	_ = g.Release()
	for line := range strings.Lines(lines.String()) {
		s.app.ui.say("summary", "%s", strings.TrimSuffix(line, "\n"))
	}
	if !s.app.ui.verbose {
		return
	}
	for _, x := range s.executions {
		var e *session.Error
		if errors.As(x.err, &e) && e.Detail != "" {
			s.app.ui.detail(x.label, e.Detail)
		}
	}
}

// outcome is how a command ended, in a word, and why.
func (x *execution) outcome(all bool) string {
	switch {
	case x.err == nil && x.counts.incomplete:
		return "incomplete: " + x.counts.lacks
	case x.err == nil:
		return "ok"
	case all && inapplicable(x.err):
		return "does not apply: " + x.err.Error()
	}
	return "failed: " + x.err.Error()
}

// inapplicable reports errors by which a command tells that it is not for this
// image or this Volatility, or that it needs an option.
func inapplicable(err error) bool {
	var e *session.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "unknown-plugin", "bad-option", "bad-profile", "no-symbols", "not-memory":
		return true
	}
	return false
}

// verdict is the failure of the whole: one command that was named is enough; of
// --all, only all are.
func (s *series) verdict() error {
	failed, same := 0, true
	for _, x := range s.executions {
		if x.err != nil {
			failed++
		}
		same = same && x.err != nil && x.err.Error() == s.executions[0].err.Error()
	}
	switch {
	case failed == 0 || s.o.all && failed < len(s.executions):
		return nil
	case same:
		// It is no matter of the commands, and has a hint of its own.
		return s.executions[0].err
	}
	return fail("the summary has the reasons", "%d of %d commands failed", failed, len(s.executions))
}

// headed prints a heading before the first byte, and a line between it and what
// another has printed.
type headed struct {
	w       io.Writer
	title   string
	first   *bool // nobody has printed anything
	started bool
}

func (h *headed) Write(p []byte) (int, error) {
	if !h.started && len(p) > 0 {
		h.started = true
		title := term.Escape(h.title)
		heading := title + "\n" + strings.Repeat("-", term.Width(title)) + "\n"
		if !*h.first {
			heading = "\n" + heading
		}
		*h.first = false
		if _, err := io.WriteString(h.w, heading); err != nil {
			return 0, err
		}
	}
	return h.w.Write(p)
}

// heldVoice keeps what is to be said of one of several commands until its turn.
type heldVoice struct {
	of   string
	held [][2]string
}

func (h *heldVoice) say(mark, format string, args ...any) {
	h.held = append(h.held, [2]string{mark, h.of + ": " + fmt.Sprintf(format, args...)})
}

// tell says what was held.
func (u *ui) tell(h *heldVoice) {
	for _, line := range h.held {
		u.say(line[0], "%s", line[1])
	}
}
