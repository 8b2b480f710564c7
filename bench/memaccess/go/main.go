// Command go is volint's Go server and Go client for bench/memaccess.
//
//	go serve FILE SOCKET
//	go read ROUNDS SIZES NAME=WAY:SOCKET...
//
// serve serves a raw dump. read reads from servers in turns, in rounds, by single
// requests, vectored ones or the descriptors that they pass, and prints a line of JSON
// for each round, size and server.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "serve":
		return serve(args[1], args[2])
	case len(args) > 3 && args[0] == "read":
		return read(args[1], args[2], args[3:])
	}
	return fmt.Errorf("usage: go read ROUNDS SIZES NAME=WAY:SOCKET... | go serve FILE SOCKET")
}
