package memaccess

import (
	"fmt"
	"net"
	"os"
	"slices"
)

// credentials are who connected. The system knows that of UNIX sockets; elsewhere
// a listener of the program's own has to see to it.
type credentials struct {
	uid   int
	known bool
}

// trusted says that a client can do whatever the server can: it is the same user,
// or root.
func (c credentials) trusted() bool { return c.known && (c.uid == 0 || c.uid == os.Geteuid()) }

// admit says who connected, or why that is nobody to be served.
func (s *Server) admit(conn net.Conn) (credentials, error) {
	who, err := credentialsOf(conn)
	if err != nil {
		return who, fmt.Errorf("who connected can't be told: %w", err)
	}
	if who.known && !who.trusted() && !slices.Contains(s.AllowUIDs, who.uid) {
		return who, fmt.Errorf("user %d may not connect", who.uid)
	}
	return who, nil
}
