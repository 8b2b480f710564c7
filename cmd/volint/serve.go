package main

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/spf13/cobra"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/location"
	"github.com/volint/volint/memaccess/qmpserve"
)

// serving is what the command line of `volint serve` says.
type serving struct {
	socket, qmp string
	server      memaccess.Server
	status      bool
	format      string
}

func (a *app) serveCommand() *cobra.Command {
	var s serving
	cmd := &cobra.Command{
		Use:   "serve LOCATION --socket PATH",
		Short: "Serve memory on a UNIX socket",
		Long: `serve gives the memory of a dump or of a running guest to programs: Volatility 2
and 3, volint itself, LibVMI and whatever else speaks the memory-access protocol of
the PANDA emulator. LOCATION is a dump, a socket, or qemu:PATH.

It serves you and root, read-only, until it is told otherwise. Sockets that systemd
hands over are served too, and --socket is not needed then. Ctrl-C, or SIGTERM,
ends it: the socket is removed, and a guest that a client stopped goes on. SIGUSR1
prints what it did so far, and so does --status for a server that runs.`,
		Example: `  volint serve mem.lime --socket /tmp/pmem
  volint serve qemu:/run/vm.qmp --socket /tmp/pmem --allow-pause
  volint run -f /tmp/pmem linux_pslist
  volint serve --status --socket /tmp/pmem

  # For LibVMI, which asks an emulator's monitor for memory
  volint serve qemu:/run/vm.qmp --qmp-listen /tmp/monitor`,
		Args: func(cmd *cobra.Command, args []string) error {
			if s.status {
				return arguments(0, 0, "")(cmd, args)
			}
			return arguments(1, 1, "a location: a dump, a socket or qemu:PATH")(cmd, args)
		},
		RunE: do(func(ctx context.Context, args []string) error {
			if s.status {
				return a.serveStatus(ctx, &s)
			}
			return a.serve(ctx, args[0], &s)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&s.socket, "socket", "", "make the socket at `PATH`")
	f.BoolVar(&s.server.Writable, "writable", false, "let clients write")
	f.BoolVar(&s.server.AllowPause, "allow-pause", false, "let clients stop the guest for a while")
	f.DurationVar(&s.server.MaxHold, "max-hold", memaccess.DefaultMaxHold, "let the guest stand for at most `TIME`")
	f.IntSliceVar(&s.server.AllowUIDs, "allow-uid", nil, "let user `UID` connect as well; may be repeated")
	f.Uint64Var(&s.server.Limit, "limit", memaccess.DefaultLimit, "the most `BYTES` of a request")
	f.IntVar(&s.server.MaxClients, "max-clients", memaccess.DefaultMaxClients, "the most clients, a `NUMBER`")
	f.DurationVar(&s.server.IdleTimeout, "idle-timeout", memaccess.DefaultIdleTimeout, "end clients idle for `TIME`; 0: never")
	f.DurationVar(&s.server.WriteTimeout, "write-timeout", memaccess.DefaultWriteTimeout, "end clients that stall for `TIME`; 0: never")
	f.BoolVar(&s.server.FailHoles, "fail-holes", false, "fail reads where no memory is, not give zeros")
	f.StringVar(&s.qmp, "qmp-listen", "", "make a QMP socket at `PATH` that takes pmemaccess")
	f.BoolVar(&s.status, "status", false, "tell what the server on --socket did so far")
	f.StringVar(&s.format, "format", "table", "with --status, a `NAME`: table or jsonl")
	complete(cmd, "format", []string{"table", "jsonl"})
	return cmd
}

func (a *app) serve(ctx context.Context, where string, s *serving) error {
	if err := s.check(); err != nil {
		return err
	}
	memory, err := location.Open(ctx, where, location.Options{Writable: s.server.Writable, Holder: holder(), Log: a.ui.logger()})
	if err != nil {
		return err
	}
	defer memory.Close()
	if _, ok := memaccess.PauserOf(memory); s.server.AllowPause && !ok {
		return fail("leave --allow-pause out: only a running guest can be stopped, qemu:PATH", "%s can't be stopped", where)
	}
	if w, ok := memory.(memaccess.Warner); ok {
		for _, warning := range w.Warnings() {
			a.ui.say("warning", "%s", warning)
		}
	}
	s.server.Source, s.server.Log = memory, a.ui.logger()
	l := &listeners{}
	defer l.close()
	if err := s.listen(l); err != nil {
		return err
	}
	return a.serveAll(ctx, where, s, l)
}

// check looks at the flags, and gives them the meaning that the server's fields have.
func (s *serving) check() error {
	const hint = "volint serve --help tells what each flag takes"
	switch {
	case s.server.Limit == 0:
		return misuse(hint, "--limit must be more than 0")
	case s.server.MaxClients <= 0:
		return misuse(hint, "--max-clients must be more than 0")
	case s.server.MaxHold <= 0:
		return misuse(hint, "--max-hold must be more than 0")
	}
	for _, d := range []*time.Duration{&s.server.IdleTimeout, &s.server.WriteTimeout} {
		if *d < 0 {
			return misuse(hint, "a time must not be less than 0")
		}
		if *d == 0 {
			*d = -1
		}
	}
	return nil
}

// listeners are the sockets to serve on.
type listeners struct{ memory, qmp []net.Listener }

func (l *listeners) close() {
	for _, socket := range append(l.memory, l.qmp...) {
		_ = socket.Close()
	}
}

// listen makes the sockets, and takes those that systemd hands over: those called
// "qmp" there are monitors. They are the caller's to close, after an error too.
func (s *serving) listen(l *listeners) error {
	if err := l.activated(); err != nil {
		return err
	}
	if s.socket != "" {
		socket, err := s.make(s.socket)
		if err != nil {
			return err
		}
		l.memory = append(l.memory, socket)
	}
	if s.qmp != "" {
		socket, err := memaccess.Listen(s.qmp)
		if err != nil {
			return err
		}
		l.qmp = append(l.qmp, socket)
	}
	if len(l.memory)+len(l.qmp) == 0 {
		return misuse("name the socket to make: volint serve LOCATION --socket PATH", "there is no socket to serve on")
	}
	return nil
}

// make makes a socket for memory. Where other users may connect, its mode lets
// everybody, and the server looks at who it is.
func (s *serving) make(path string) (net.Listener, error) {
	var mode fs.FileMode = 0o600
	if len(s.server.AllowUIDs) > 0 {
		mode = 0o666
	}
	return memaccess.ListenMode(path, mode)
}

func (l *listeners) activated() error {
	named, err := activation.ListenersWithNames()
	if err != nil {
		return err
	}
	for name, sockets := range named {
		for _, socket := range sockets {
			into := &l.memory
			if name == "qmp" {
				into = &l.qmp
			}
			*into = append(*into, socket)
			// Nobody can tell who connects from elsewhere.
			if socket.Addr().Network() != "unix" {
				return fail("give ListenStream= in the .socket unit a path", "systemd hands over %s, which is no UNIX socket", socket.Addr())
			}
		}
	}
	return nil
}

// announce says where memory is served.
func (a *app) announce(where string, l *listeners) {
	for _, socket := range l.memory {
		a.ui.say("note", "serving %s on %s", where, socket.Addr())
	}
	for _, socket := range l.qmp {
		a.ui.say("note", "serving %s to those who ask on %s", where, socket.Addr())
	}
}

// serveAll serves until it is told to end, or no socket can be served.
func (a *app) serveAll(ctx context.Context, where string, s *serving, l *listeners) error {
	// The signal ends a program that does not take it, and who reads the note may send
	// it.
	usr1 := make(chan os.Signal, 1)
	signal.Notify(usr1, syscall.SIGUSR1)
	defer signal.Stop(usr1)
	a.announce(where, l)
	monitor := &qmpserve.Server{Memory: &s.server, Listen: s.make, Log: a.ui.logger()}
	ended := make(chan error)
	for _, socket := range l.memory {
		go func() { ended <- s.server.Serve(socket) }()
	}
	for _, socket := range l.qmp {
		go func() { ended <- monitor.Serve(socket) }()
	}
	running := len(l.memory) + len(l.qmp)
	changes := watchGuest(s.server.Source)
	defer changes.stop()
	var failed error
	for failed == nil && ctx.Err() == nil {
		select {
		case failed = <-ended:
			running--
		case <-usr1:
			a.sayCounters(s.server.Counters())
		case <-changes.due():
			failed = changes.tell(a.ui)
		case <-ctx.Done():
		}
	}
	_ = monitor.Close()
	_ = s.server.Close()
	for range running {
		<-ended
	}
	if ctx.Err() != nil || errors.Is(failed, memaccess.ErrServerClosed) {
		return nil
	}
	return failed
}
