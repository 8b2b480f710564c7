package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/volint/volint/runtime/session"
)

// view shows a watch.
type view interface {
	voice
	// show shows what a run found.
	show(r *finding) error
	// failed shows that a run failed.
	failed(at time.Time, err error) error
	// expired is when something is no longer to be shown, and redraw shows what is
	// left then; nil is never.
	expired() <-chan time.Time
	redraw() error
}

// finding is what a run found.
type finding struct {
	number  int64
	at      time.Time // when the run began
	took    time.Duration
	rows    []tracked
	changes []change
}

// watcher runs a command again and again.
type watcher struct {
	app     *app
	o       *watchOptions
	task    task
	runner  session.Runner
	rows    *tracker
	view    view
	said    map[string]bool // what need not be said again
	skipped bool            // that was said
}

// loop runs until the count is reached, or the user or the guest ends it.
func (w *watcher) loop(ctx context.Context) error {
	begin := time.Now()
	tick := int64(0)
	for number := int64(1); ; number++ {
		err := w.once(ctx, number)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && (lasting(err, number) || number == w.o.count || isOutput(err)):
			return err
		case number == w.o.count:
			return nil
		}
		// Where nothing changes nothing is written, which would tell it.
		if out := fileOf(w.app.stdout); out != nil && nobodyThere(out.Fd()) {
			return writeError{syscall.EPIPE}
		}
		if number == 1 {
			// The first run starts Volatility, and is no measure for those that follow.
			begin = time.Now()
		}
		ran := time.Since(begin)
		following := nextTick(tick, ran, w.o.every)
		if following > tick+1 && !w.skipped {
			w.skipped = true
			w.view.say("note", "a run takes longer than --every %v: some are left out", w.o.every)
		}
		tick = following
		if err := w.wait(ctx, time.Until(begin.Add(time.Duration(tick)*w.o.every))); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

// nextTick is the number of the next run's time, after so much time: the runs
// begin at multiples of every, so that they don't drift, and those that are over
// are left out.
func nextTick(last int64, ran, every time.Duration) int64 {
	return max(last+1, int64((ran+every-1)/every))
}

// wait waits for the next run.
func (w *watcher) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			return nil
		case <-w.view.expired():
			if err := w.view.redraw(); err != nil {
				return writeError{err}
			}
		}
	}
}

// once runs the command and shows what it found. A run that fails changes nothing:
// rows that it did not reach are not gone.
func (w *watcher) once(ctx context.Context, number int64) error {
	f := &finding{number: number, at: time.Now()}
	ctx, cancel := within(ctx, w.o.timeout)
	defer cancel()
	rows := &collector{message: w.task.command}
	c, err := w.app.runOne(ctx, w.runner, w.task, rows, w)
	if bad := c.err(); err == nil {
		err = bad
	}
	f.took = time.Since(f.at)
	if err == nil {
		f.rows, f.changes = w.rows.next(rows.found)
		err = w.view.show(f)
		if err != nil {
			return writeError{err}
		}
		return nil
	}
	if ctx.Err() == context.Canceled {
		return err
	}
	if showErr := w.view.failed(f.at, err); showErr != nil {
		return writeError{showErr}
	}
	return err
}

func isOutput(err error) bool {
	var w writeError
	return errors.As(err, &w)
}

// lasting reports errors after which no run can succeed: the guest is gone, or the
// command can't run at all. Some may pass while a guest boots, if there were runs
// before.
func lasting(err error, number int64) bool {
	var e *session.Error
	if !errors.As(err, &e) {
		var f *failure
		return errors.As(err, &f) && number == 1
	}
	switch e.Code {
	case "no-python", "no-volatility", "bad-profile", "bad-setting", "unknown-plugin", "bad-option", "missing-column",
		"unreadable-image", "cannot-pause":
		return true
	case "no-symbols", "not-memory":
		return number == 1
	}
	return false
}

// say passes on what is said of a run, but once: every run would say it again.
func (w *watcher) say(mark, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	without := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, text)
	if mark == "warning" && w.said[without] {
		return
	}
	if w.said == nil {
		w.said = map[string]bool{}
	}
	w.said[without] = true
	w.view.say(mark, "%s", text)
}
