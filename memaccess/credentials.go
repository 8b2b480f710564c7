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

// admit is an error where that is nobody to be served.
func (c credentials) admit(others []int) error {
	if c.known && !c.trusted() && !slices.Contains(others, c.uid) {
		return fmt.Errorf("user %d may not connect", c.uid)
	}
	return nil
}

// CheckPeer is an error where whoever connected to a UNIX socket is neither the user
// that this process runs as, nor root, nor among others. Where the system does not
// tell, it is none: the socket's mode decides then.
func CheckPeer(conn net.Conn, others []int) error {
	who, err := credentialsOf(conn)
	if err != nil {
		return err
	}
	return who.admit(others)
}
