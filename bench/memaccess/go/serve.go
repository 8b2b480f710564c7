package main

import (
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

func serve(path, socket string) error {
	memory, err := source.Open(path, "raw")
	if err != nil {
		return err
	}
	listener, err := memaccess.Listen(socket)
	if err != nil {
		return err
	}
	return (&memaccess.Server{Source: memory}).Serve(listener)
}
