package qemu

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/volint/volint/memaccess"
)

// startHolding gives the connection to a process that holds the guest.
func (m *memory) startHolding(hold time.Duration) (*held, error) {
	argv, err := m.holderCommand()
	if err != nil {
		return nil, err
	}
	c := m.link.take()
	if c == nil {
		return nil, m.orGone(memaccess.Errorf("open the guest again, or look whether QEMU hangs", "the guest can't be stopped: there is no connection to QEMU any more"))
	}
	conn, rest, err := c.Detach()
	if err != nil {
		_ = c.Close()
		return nil, m.orGone(err)
	}
	h, err := m.startProcess(argv, conn, order{
		Path: m.path, Rest: rest, HoldMS: hold.Milliseconds(), Process: m.process.id, Started: m.process.started,
	})
	if err != nil {
		m.reattach(conn, rest, false)
		return nil, memaccess.Errorf("the environment variable VOLINT_BIN may name volint's program", "the process that stops the guest can't be started: %w", err)
	}
	go m.listen(h)
	return h, nil
}

func (m *memory) startProcess(argv []string, conn *net.UnixConn, o order) (*held, error) {
	control, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin = theirs
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		_ = control.Close()
		return nil, err
	}
	h := &held{
		control: control, command: cmd, conn: conn,
		standing: make(chan struct{}), ended: make(chan struct{}),
	}
	// What goes wrong here is told by how the process ends.
	_ = sendOrder(control, conn, o)
	return h, nil
}

// holderCommand is the command line of the process that holds the guest.
func (m *memory) holderCommand() ([]string, error) {
	if len(m.options.Holder) > 0 {
		return m.options.Holder, nil
	}
	program := os.Getenv("VOLINT_BIN")
	if strings.Contains(program, "/") {
		// The process runs in another folder.
		if absolute, err := filepath.Abs(program); err == nil {
			program = absolute
		}
	}
	if program == "" {
		var err error
		if program, err = exec.LookPath("volint"); err != nil {
			return nil, memaccess.Errorf("put it on the PATH, or name it by the environment variable VOLINT_BIN",
				"the guest can't be stopped without the program volint: %w", err)
		}
	}
	return []string{program, HolderCommand}, nil
}
