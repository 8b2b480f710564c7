// Package host keeps a session for a program in another language: volint's runtime in C
// starts `volint host`, which serves it with Serve over a pair of connected sockets.
//
// The program sends messages (see Message). The first has its settings, which are the
// caller's of Serve to read, but for
//
//	idle=SECONDS   the session ends when it has run nothing for so long
//
// Serve answers with ready=1, and from then on takes
//
//	run=NUMBER     with three pipes: the rows' frames, what is said about them, and the
//	               verdict. The other texts are the caller's of Serve to read
//	cancel=NUMBER  ends that run at once
//
// in any number, side by side. How a run went is told by its pipes alone; each is
// closed when the run is over.
package host

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

// Pipes are where a run's output goes.
type Pipes struct {
	Frames, Messages, Verdict *os.File
}

// Handler makes what Serve runs of a program's settings. ctx ends with the session.
type Handler func(ctx context.Context, settings Message) (Runner, error)

// Runner runs a program's commands.
type Runner interface {
	// Run runs one command; Serve closes the pipes when it returns. It ends soon when
	// ctx does. Several may run side by side.
	Run(ctx context.Context, request Message, to Pipes)
	// Close ends the session, after the last run.
	Close() error
}

// Serve serves a program until it leaves, or ends, or ctx does, or the session was
// idle for as long as it may be. It closes conn.
func Serve(ctx context.Context, conn *net.UnixConn, handle Handler) error {
	defer conn.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// The end of the socket is not enough: a child of the program's may have it.
	watch(ctx, conn, cancel)
	context.AfterFunc(ctx, func() { _ = conn.CloseRead() })
	settings, files, err := Receive(conn)
	closeAll(files)
	if err != nil {
		return unlessEnded(err)
	}
	runner, err := handle(ctx, settings)
	if err != nil {
		return err
	}
	defer runner.Close()
	if err := Send(conn, Message{"ready=1"}); err != nil {
		return err
	}
	h := &host{conn: conn, runner: runner, running: make(map[string]context.CancelFunc)}
	if seconds, err := strconv.Atoi(settings.Get("idle")); err == nil && seconds > 0 {
		h.patience = time.Duration(seconds) * time.Second
		h.idle = time.AfterFunc(h.patience, h.leave)
	}
	return h.serve(ctx, cancel)
}

// unlessEnded is nil for the end of the program's.
func unlessEnded(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// host is a session that is served.
type host struct {
	conn     *net.UnixConn
	runner   Runner
	patience time.Duration

	runs sync.WaitGroup

	mu      sync.Mutex
	idle    *time.Timer // nil where it may be idle for ever
	left    bool        // it was idle for too long
	running map[string]context.CancelFunc
}

// serve takes requests up to the end. Runs that are left then have nobody who waits
// for them, unless it is the host that leaves.
func (h *host) serve(ctx context.Context, cancel context.CancelFunc) error {
	defer h.runs.Wait()
	for {
		m, files, err := Receive(h.conn)
		if err != nil {
			if !h.hasLeft() {
				cancel()
			}
			return unlessEnded(err)
		}
		switch {
		case m.Get("run") != "" && len(files) == 3:
			h.start(ctx, m, Pipes{files[0], files[1], files[2]})
		case m.Get("cancel") != "":
			h.cancel(m.Get("cancel"))
			closeAll(files)
		default: // of a later version, which sees that nothing comes of it
			closeAll(files)
		}
	}
}

// leave refuses further requests. Those that the program has sent already are served.
func (h *host) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.running) > 0 {
		return
	}
	h.left = true
	_ = h.conn.CloseRead()
}

func (h *host) hasLeft() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.left
}

func (h *host) start(ctx context.Context, request Message, to Pipes) {
	ctx, cancel := context.WithCancel(ctx)
	name := request.Get("run")
	h.mu.Lock()
	if h.idle != nil {
		h.idle.Stop()
	}
	h.running[name] = cancel
	h.mu.Unlock()
	// A child of the program's may keep a pipe open that nobody reads. A verdict always
	// finds room.
	stop := context.AfterFunc(ctx, func() {
		_ = to.Frames.SetWriteDeadline(time.Now())
		_ = to.Messages.SetWriteDeadline(time.Now().Add(graceForMessages))
	})
	h.runs.Add(1)
	go func() {
		defer h.runs.Done()
		h.runner.Run(ctx, request, to)
		stop()
		cancel()
		h.forget(name)
		closeAll([]*os.File{to.Frames, to.Messages, to.Verdict})
	}()
}

// graceForMessages is how long a run that was ended may take to say so.
const graceForMessages = time.Second

func (h *host) forget(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, name)
	if len(h.running) == 0 && h.idle != nil && !h.left {
		h.idle.Reset(h.patience)
	}
}

func (h *host) cancel(name string) {
	h.mu.Lock()
	cancel := h.running[name]
	h.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}
