package main

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/volint/volint/runtime/session"
	"github.com/volint/volint/runtime/session/host"
)

// The descriptors that a program gives volint host.
const (
	hostFD   = 3 // a pair of sockets, for messages
	memoryFD = 4 // another, for connections to memory that the program serves
)

// hostCommand is what volint's runtime in C starts to have a session: nothing to start
// by hand.
func (a *app) hostCommand() *cobra.Command {
	var detached bool
	cmd := &cobra.Command{
		Use:    "host",
		Short:  "Keep a session for a program in C",
		Hidden: true,
		Args:   arguments(0, 0, ""),
		RunE: do(func(ctx context.Context, _ []string) error {
			switch {
			case !isSocket(hostFD):
				return misuse("it is what volint's runtime in C starts", "volint host has no program")
			case !detached:
				return detach()
			}
			return a.host(ctx)
		}),
	}
	cmd.Flags().BoolVar(&detached, "detached", false, "stay in this process")
	return cmd
}

// detach starts the host that stays, and lets this process end: the program has no
// child that it could wait for by mistake, or leave as a zombie. The host is in a
// session of its own, so that a Ctrl-C that the program lives through does not end it.
// None of the program's descriptors is held open for it but those that it gave.
func detach() error {
	self, err := os.Executable()
	if err != nil {
		return fail("", "volint does not know where it is: %v", err)
	}
	files := []*os.File{os.NewFile(hostFD, "session")}
	if isSocket(memoryFD) {
		files = append(files, os.NewFile(memoryFD, "memory"))
	}
	if err := closeOnExecFrom(hostFD + len(files)); err != nil {
		return fail("", "volint can't keep the program's descriptors to itself: %v", err)
	}
	cmd := exec.Command(self, "host", "--detached")
	cmd.Stderr, cmd.ExtraFiles = os.Stderr, files
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fail("", "volint can't start itself: %v", err)
	}
	return nil
}

// isSocket reports whether a descriptor is one.
func isSocket(fd int) bool {
	var stat syscall.Stat_t
	return syscall.Fstat(fd, &stat) == nil && stat.Mode&syscall.S_IFMT == syscall.S_IFSOCK
}

// closeOnExecFrom keeps descriptors from that one on from programs that are started.
func closeOnExecFrom(first int) error {
	open, err := os.ReadDir("/dev/fd") // as Linux and macOS have it
	if err != nil {
		return err
	}
	for _, d := range open {
		if fd, err := strconv.Atoi(d.Name()); err == nil && fd >= first {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

func (a *app) host(ctx context.Context) error {
	// Before another descriptor takes its number.
	var memory *net.UnixConn
	if isSocket(memoryFD) {
		memory, _ = socketOf(memoryFD)
	}
	conn, err := socketOf(hostFD)
	if err != nil {
		return fail("", "volint can't talk to the program: %v", err)
	}
	return host.Serve(ctx, conn, func(ctx context.Context, settings host.Message) (host.Runner, error) {
		cfg, err := hostConfig(settings, memory)
		if err != nil {
			return nil, err
		}
		return &hosted{app: a, ctx: ctx, config: cfg}, nil
	})
}

// socketOf takes a descriptor that is a connected socket.
func socketOf(fd int) (*net.UnixConn, error) {
	file := os.NewFile(uintptr(fd), "socket")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, err
	}
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, os.ErrInvalid
	}
	return unix, nil
}

// hostConfig is the configuration that a program's settings make. Connections to memory
// that the program serves are passed on to it by memory, which may be nil.
func hostConfig(settings host.Message, memory *net.UnixConn) (session.Config, error) {
	cfg := session.Config{
		Image:   settings.Get("image"),
		Profile: settings.Get("profile"),
		Python:  settings.Get("python"),
		Plugins: settings.All("plugins"),
		Symbols: settings.All("symbols"),
		Strict:  settings.Get("strict") == "1",
		Holder:  holder(),
	}
	version, err := strconv.Atoi(settings.Get("volatility"))
	if err != nil {
		return cfg, fail("it can be 2 or 3", "there is no Volatility %q", settings.Get("volatility"))
	}
	if cfg.DropIns, err = dropIns(); err != nil {
		return cfg, err
	}
	switch {
	case settings.Get("memory") != "" && memory == nil:
		return cfg, fail("it is what volint's runtime in C gives", "there is no way to the program's memory")
	case settings.Get("memory") != "":
		cfg.Connect = passing(memory)
	case memory != nil: // one that the program left open for any child
		_ = memory.Close()
	}
	return cfg, setVersion(&cfg, version)
}

// passing passes connections on to the program, which serves its memory on them.
func passing(program *net.UnixConn) func(net.Conn) {
	return func(conn net.Conn) {
		defer conn.Close()
		raw, err := conn.(*net.UnixConn).SyscallConn()
		if err == nil {
			// A program that is gone, or that takes none any more, has the worker find
			// its connection closed.
			_ = raw.Control(func(fd uintptr) { _ = host.Send(program, nil, int(fd)) })
		}
	}
}

// hosted runs a program's commands as `volint run` does.
type hosted struct {
	app    *app
	ctx    context.Context // of the session
	config session.Config

	mu     sync.Mutex
	runner session.Runner // nil until it could be opened
}

func (h *hosted) Run(ctx context.Context, request host.Message, to host.Pipes) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	end := ending{to.Verdict}
	end.watch(ctx, cancel)
	one := &app{stdout: marking{to.Frames}, ui: &ui{stderr: to.Messages, verbose: true}}
	if one.ui.report(ctx, h.run(ctx, one, request.All("word"), end)) != statusOK {
		end.failed()
	}
}

func (h *hosted) run(ctx context.Context, one *app, words []string, end ending) error {
	if len(words) == 0 {
		return misuse("linux_pslist is one", "there is no command")
	}
	command, err := findCommand(words[0])
	if err != nil {
		return err
	}
	runner, err := h.open(ctx)
	if err != nil {
		return err
	}
	return one.runTo(ctx, runner, destination{format: "frames", end: end}, command, ownOptions(words[1:]))
}

// open opens the session with the first command, and after an error with the next. A
// command that is ended does not wait for it, while others may.
func (h *hosted) open(ctx context.Context) (session.Runner, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	type opened struct {
		runner session.Runner
		err    error
	}
	done := make(chan opened, 1)
	go func() {
		runner, err := h.openOnce()
		done <- opened{runner, err}
	}()
	select {
	case o := <-done:
		return o.runner, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (h *hosted) openOnce() (session.Runner, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.runner != nil || h.ctx.Err() != nil {
		return h.runner, h.ctx.Err()
	}
	runner, err := h.app.open(h.ctx, h.config)
	if err != nil {
		return nil, err
	}
	h.runner = runner
	return runner, nil
}

func (h *hosted) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.runner == nil {
		return nil
	}
	return h.runner.Close()
}
