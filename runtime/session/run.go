package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// run is a command that runs.
type run struct {
	ctx     context.Context
	python  string
	child   *child
	started time.Time
	frames  counter
	control control
	output  tail

	// readers are the goroutines that read control and output.
	readers sync.WaitGroup
	// release undoes what the session and the context know of the run.
	release func()
	closed  atomic.Bool

	wait   sync.Once
	result *Result
	err    error
}

// newRun makes a run of what is about to run. warnings are known already. release is
// called once it is over.
func newRun(ctx context.Context, cfg *Config, c *child, warnings []string, release func()) *run {
	r := &run{
		ctx: ctx, python: cfg.Python, child: c, started: time.Now(),
		frames:  counter{r: c.frames},
		control: control{log: cfg.Log, progress: cfg.Progress, warnings: slices.Clone(warnings)},
	}
	r.readers.Add(2)
	go func() { defer r.readers.Done(); r.control.read(newOutlet(c.control)) }()
	go func() { defer r.readers.Done(); r.output.read(newOutlet(c.output), cfg.Log) }()
	stop := context.AfterFunc(ctx, r.end)
	r.release = func() { stop(); release() }
	return r
}

func notStarted(python string, err error) *Error {
	var sys syscall.Errno
	if errors.As(err, &sys) && (sys == syscall.EMFILE || sys == syscall.ENFILE || sys == syscall.EAGAIN || sys == syscall.ENOMEM) {
		return &Error{Code: "worker-died", Message: fmt.Sprintf("the worker can't be started: %v", err),
			Hint: "close files or end processes, and try again", cause: err}
	}
	return &Error{Code: "no-python", Message: fmt.Sprintf("%s can't be started: %v", python, err),
		Hint: "give a Python that has Volatility with --python or VOLINT_PYTHON; volint doctor lists what there is", cause: err}
}

func (r *run) Frames() io.Reader { return &r.frames }

// end kills the worker, and lets nobody wait for rows that a process it left
// behind could hold back.
func (r *run) end() {
	r.child.end()
	_ = r.child.frames.SetReadDeadline(time.Now())
}

func (r *run) Close() error {
	r.closed.Store(true)
	r.end()
	_, _ = r.Wait()
	return nil
}

func (r *run) Wait() (*Result, error) {
	r.wait.Do(func() {
		go func() {
			<-r.child.done
			_ = r.child.frames.SetReadDeadline(deadlineForPipes())
		}()
		r.frames.drain()
		<-r.child.done
		r.readers.Wait()
		r.release()
		r.child.closePipes()
		r.outcome()
	})
	return r.result, r.err
}

// outcome says how it went, after all is read and the process is gone.
func (r *run) outcome() {
	frames, start, offset, cut := r.frames.state()
	r.result = r.control.result(frames)
	r.result.Duration = time.Since(r.started)
	if e := r.failure(frames, start, offset, cut); e != nil {
		e.Detail = joined(e.Detail, r.output.String())
		r.err = e
	}
}

func (r *run) failure(frames, start, offset int64, cut bool) *Error {
	end, how := r.control.end, r.child.exit
	switch {
	case r.control.failure != nil:
		return r.control.err()
	case end != nil && how.well() && !cut && frames == end.Rows:
		return nil
	case r.ctx.Err() != nil:
		return cancelled(r.ctx, frames)
	case r.closed.Load():
		return &Error{Code: "cancelled", Message: "the command was closed before its end", cause: context.Canceled}
	case r.child.lost != nil:
		return r.child.lost
	case !r.control.hello && how.signal == 0:
		return &Error{Code: "no-python", Message: r.python + " does not run the worker: is it a Python 2.7 or 3?",
			Hint: "give a Python that has Volatility with --python or VOLINT_PYTHON; volint doctor lists what there is"}
	case end == nil || !how.well():
		return died(how, fmt.Sprintf(" after %d rows", frames))
	case cut:
		return &Error{Code: "cut-stream",
			Message: fmt.Sprintf("the rows end inside frame %d, from byte %d of the stream: at byte %d", frames+1, start, offset),
			Hint:    "the rows before it are whole; run the command again"}
	}
	return &Error{Code: "cut-stream",
		Message: fmt.Sprintf("%d rows arrived and the worker wrote %d", frames, end.Rows),
		Hint:    "the rows are not all there are; run the command again"}
}

func cancelled(ctx context.Context, frames int64) *Error {
	what := "the command was cancelled"
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		what = "the command took longer than it was given"
	}
	return &Error{Code: "cancelled", Message: fmt.Sprintf("%s, after %d rows", what, frames), cause: ctx.Err()}
}

// died says how a worker ended that did not tell so itself; after is when.
func died(how exit, after string) *Error {
	switch {
	case !how.known:
		return &Error{Code: "worker-died", Message: "the worker ended" + after + " and did not say why",
			Hint: "the rows are not all there are; this program ignores SIGCHLD, and is not told how processes end"}
	case how.signal != 0:
		hint := "Python crashed; is Volatility, or what it uses, installed in full?"
		if how.signal == syscall.SIGKILL {
			hint = "was memory short? The system's log says so (dmesg)"
		}
		return &Error{Code: "worker-died", Hint: hint,
			Message: fmt.Sprintf("the worker was killed by signal %d (%v)%s", how.signal, how.signal, after)}
	}
	return &Error{Code: "worker-died", Message: fmt.Sprintf("the worker ended with status %d%s and did not say why", how.status, after),
		Hint: "does the plugin end the process? The rows are not all there are"}
}

// joined puts what was printed below what was told.
func joined(detail, output string) string {
	if detail != "" && output != "" {
		return detail + "\n" + output
	}
	return detail + output
}
