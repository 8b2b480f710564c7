package main

import (
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

// withoutFiles is memory whose files nobody gets to see.
type withoutFiles struct{ memaccess.Source }

func serve(path, socket string, files bool) error {
	memory, err := source.Open(path, "raw")
	if err != nil {
		return err
	}
	if !files {
		memory = withoutFiles{memory}
	}
	listener, err := memaccess.Listen(socket)
	if err != nil {
		return err
	}
	return (&memaccess.Server{Source: memory}).Serve(listener)
}
