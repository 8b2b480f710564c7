// Volint gives Volatility's results to people and to programs.
//
// This file is the only one that ends the process; ui.go states the rules of the
// interface, root.go lists the sub-commands, and each of those has a file of its
// own.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/volint/volint/runtime/session"
)

// openSession is session.Open, as an app has it.
func openSession(ctx context.Context, cfg session.Config) (session.Runner, error) {
	s, err := session.Open(ctx, cfg)
	if err != nil {
		return nil, err // and no Runner that is a nil *Session
	}
	return s, nil
}

func main() {
	ending := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ending = append(ending, syscall.SIGHUP)
	}
	// With SIGPIPE ignored, writing to a reader that has gone is an error of the
	// write, and what runs below can be ended properly.
	signal.Ignore(syscall.SIGPIPE)

	a := &app{stdin: os.Stdin, stdout: os.Stdout, ui: newUI(os.Stderr, os.Stdout), open: openSession}
	ctx := a.interrupts.notify(context.Background(), ending...)
	os.Exit(a.main(ctx, os.Args[1:]))
}
