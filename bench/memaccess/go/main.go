// Command go is volint's Go server and Go client for bench/memaccess.
//
//	go serve [-files] FILE SOCKET
//	go read ROUNDS SIZES NAME=WAY:SOCKET...
//
// serve serves a raw dump; without -files it passes no descriptors, so that every
// byte goes through the socket. read reads from servers in turns, in rounds, and
// prints a line of JSON for each round, size and server.
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
		return serve(args[1], args[2], false)
	case len(args) == 4 && args[0] == "serve" && args[1] == "-files":
		return serve(args[2], args[3], true)
	case len(args) > 3 && args[0] == "read":
		return read(args[1], args[2], args[3:])
	}
	return fmt.Errorf("usage: go serve [-files] FILE SOCKET | go read ROUNDS SIZES NAME=WAY:SOCKET...")
}
