package memaccess

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

// lost words the error of a connection.
func (c *Client) lost(err error) error {
	var silent net.Error
	gone := &Error{Msg: fmt.Sprintf("the memory server on %s closed the connection", c.path), Advice: "does the guest still run?", Err: io.ErrUnexpectedEOF}
	switch {
	case c.closed.Load():
		return &Error{Msg: fmt.Sprintf("the connection to the memory server on %s is closed", c.path), Err: net.ErrClosed}
	case isOurs(err):
		return err
	case errors.As(err, &silent) && silent.Timeout():
		return &Error{Msg: fmt.Sprintf("the memory server on %s did not answer for %v", c.path, c.patience),
			Advice: "is the emulator stopped, or the machine short of memory?", Err: os.ErrDeadlineExceeded}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return gone
	}
	gone.Msg, gone.Err = fmt.Sprintf("%s: %v", gone.Msg, underlying(err)), err
	return gone
}

// underlying is an error of the system without what package net puts before it.
func underlying(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}
