package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// run is a command that runs in a worker of its own.
type run struct {
	ctx     context.Context
	python  string
	process *process
	frames  counter
	control control
	output  tail

	// readers are the goroutines that read control and output.
	readers sync.WaitGroup
	// release undoes what the runner and the context know of the run.
	release func()
	closed  atomic.Bool

	wait   sync.Once
	result *Result
	err    error
}

// startRun starts a worker with what it reads. warnings are known already. release
// is called once it is over.
func startRun(ctx context.Context, cfg *Config, warnings []string, stdin []byte, release func()) (*run, error) {
	p, err := startProcess(cfg.Python, bootCode, stdin)
	if err != nil {
		return nil, notStarted(cfg.Python, err)
	}
	r := &run{
		ctx: ctx, python: cfg.Python, process: p,
		frames:  counter{r: p.frames},
		control: control{log: cfg.Log, progress: cfg.Progress, warnings: slices.Clone(warnings)},
	}
	r.readers.Add(2)
	go func() { defer r.readers.Done(); r.control.read(newOutlet(p.control)) }()
	go func() { defer r.readers.Done(); r.output.read(newOutlet(p.output), cfg.Log) }()
	stop := context.AfterFunc(ctx, r.end)
	r.release = func() { stop(); release() }
	return r, nil
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
	r.process.end()
	_ = r.process.frames.SetReadDeadline(time.Now())
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
			<-r.process.done
			_ = r.process.frames.SetReadDeadline(time.Now().Add(graceForPipes))
		}()
		r.frames.drain()
		<-r.process.done
		r.readers.Wait()
		r.release()
		r.process.closePipes()
		r.outcome()
	})
	return r.result, r.err
}

// outcome says how it went, after all is read and the process is gone.
func (r *run) outcome() {
	frames, start, offset, cut := r.frames.state()
	r.result = r.control.result(frames)
	if e := r.failure(frames, start, offset, cut); e != nil {
		e.Detail = joined(e.Detail, r.output.String())
		r.err = e
	}
}

func (r *run) failure(frames, start, offset int64, cut bool) *Error {
	end, state := r.control.end, r.process.state
	endedWell := state == nil || state.Success()
	switch {
	case r.control.failure != nil:
		return r.control.err()
	case end != nil && endedWell && !cut && frames == end.Rows:
		return nil
	case r.ctx.Err() != nil:
		return cancelled(r.ctx, frames)
	case r.closed.Load():
		return &Error{Code: "cancelled", Message: "the command was closed before its end", cause: context.Canceled}
	case !r.control.hello && (state == nil || state.Exited()):
		return &Error{Code: "no-python", Message: r.python + " does not run the worker: is it a Python 2.7 or 3?",
			Hint: "give a Python that has Volatility with --python or VOLINT_PYTHON; volint doctor lists what there is"}
	case end == nil || !endedWell:
		return died(state, frames)
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

func died(state *os.ProcessState, frames int64) *Error {
	if state == nil {
		return &Error{Code: "worker-died", Message: fmt.Sprintf("the worker ended after %d rows and did not say why", frames),
			Hint: "the rows are not all there are; this program ignores SIGCHLD, and is not told how processes end"}
	}
	status, _ := state.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		hint := "Python crashed; is Volatility, or what it uses, installed in full?"
		if status.Signal() == syscall.SIGKILL {
			hint = "was memory short? The system's log says so (dmesg)"
		}
		return &Error{Code: "worker-died", Hint: hint,
			Message: fmt.Sprintf("the worker was killed by signal %d (%v) after %d rows", status.Signal(), status.Signal(), frames)}
	}
	return &Error{Code: "worker-died",
		Message: fmt.Sprintf("the worker ended with status %d after %d rows and did not say why", status.ExitStatus(), frames),
		Hint:    "does the plugin end the process? The rows are not all there are"}
}

// joined puts what was printed below what was told.
func joined(detail, output string) string {
	if detail != "" && output != "" {
		return detail + "\n" + output
	}
	return detail + output
}
