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

func main() {
	ending := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		ending = append(ending, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ending...)
	// With SIGPIPE ignored, writing to a reader that has gone is an error of the
	// write, and what runs below can be ended properly.
	signal.Ignore(syscall.SIGPIPE)
	// A second Ctrl-C ends volint at once, whatever it waits for.
	context.AfterFunc(ctx, stop)

	a := &app{stdin: os.Stdin, stdout: os.Stdout, ui: newUI(os.Stderr, os.Stdout), open: session.Open}
	os.Exit(a.main(ctx, os.Args[1:]))
}
