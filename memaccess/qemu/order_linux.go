package qemu

import (
	"encoding/json"
	"errors"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// The process that holds a guest, and its caller, talk by a pair of sockets in
// JSON, one object after the other. The caller sends an order, with QEMU's
// connection; then more time, or that it is enough. Its end of the pair closes
// when it dies, however it does.

// order is what the caller sends first.
type order struct {
	Path    string `json:"path"`           // of the QMP socket
	Rest    []byte `json:"rest,omitempty"` // what was read of the connection and not used
	HoldMS  int64  `json:"hold_ms"`        // the longest time to hold
	Process int    `json:"process"`        // QEMU's
	Started uint64 `json:"started"`
}

// wish is what the caller sends later.
type wish struct {
	HoldMS  int64 `json:"hold_ms,omitempty"` // hold for this long from now, if that is longer
	Release bool  `json:"release,omitempty"`
}

// said is what the holder sends: once that the guest stands, then QEMU's events,
// and last the outcome.
type said struct {
	Standing bool       `json:"standing,omitempty"`
	Event    *qmp.Event `json:"event,omitempty"`
	Outcome  *outcome   `json:"outcome,omitempty"`
}

// outcome is how a hold ended.
type outcome struct {
	// Rest is what was read of the connection and not used. The connection is the
	// caller's again.
	Rest []byte `json:"rest,omitempty"`
	// Stood: the guest did not run, and was not touched.
	Stood bool `json:"stood,omitempty"`
	// Over: the time was over before the caller was done.
	Over bool `json:"over,omitempty"`
	// Meddled: somebody else continued the guest, or did more to it.
	Meddled string `json:"meddled,omitempty"`
	// Error is what went wrong, and Hint what to do about it.
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

// fail puts an error into an outcome.
func (o *outcome) fail(err error) {
	var h interface{ Hint() string }
	o.Error = err.Error()
	if errors.As(err, &h) {
		o.Hint = h.Hint()
	}
}

// err is the error of an outcome, or nil.
func (o *outcome) err() error {
	const again = "run the command again, and let the guest stand for longer (--max-hold)"
	switch {
	case o.Error != "":
		return memaccess.Errorf(o.Hint, "%s", o.Error)
	case o.Meddled != "":
		return memaccess.Errorf("what was read while it ran is not of one moment: run the command again", "%s", o.Meddled)
	case o.Over:
		return memaccess.Errorf(again, "the guest was continued before the command was done, since it had stood for as long as it may")
	}
	return nil
}

// sendOrder sends an order and QEMU's connection.
func sendOrder(control, conn *net.UnixConn, o order) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var sendErr error
	err = raw.Control(func(fd uintptr) {
		_, _, sendErr = control.WriteMsgUnix([]byte{'\n'}, unix.UnixRights(int(fd)), nil)
	})
	if err := errors.Join(err, sendErr); err != nil {
		return err
	}
	return json.NewEncoder(control).Encode(o)
}

// receiveOrder is the other side of sendOrder. in is for what follows.
func receiveOrder(control *net.UnixConn) (o order, conn *net.UnixConn, in *json.Decoder, err error) {
	first, rights := make([]byte, 1), make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := control.ReadMsgUnix(first, rights)
	if err != nil {
		return o, nil, nil, err
	}
	conn, err = passedSocket(rights[:n])
	if err != nil {
		return o, nil, nil, err
	}
	in = json.NewDecoder(control)
	if err := in.Decode(&o); err != nil {
		_ = conn.Close()
		return o, nil, nil, err
	}
	return o, conn, in, nil
}

func passedSocket(rights []byte) (*net.UnixConn, error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil || len(messages) != 1 {
		return nil, errors.Join(errors.New("no connection was passed"), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return nil, errors.Join(errors.New("no connection was passed"), err)
	}
	unix.CloseOnExec(fds[0])
	return unixConn(os.NewFile(uintptr(fds[0]), "qmp"))
}

// unixConn makes a connection of a descriptor, which it closes.
func unixConn(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		_ = c.Close()
		return nil, errors.New("not a UNIX socket")
	}
	return u, nil
}

// socketPair makes the sockets of caller and holder.
func socketPair() (ours *net.UnixConn, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, err
	}
	theirs = os.NewFile(uintptr(fds[1]), "holder")
	if ours, err = unixConn(os.NewFile(uintptr(fds[0]), "holder")); err != nil {
		_ = theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}
