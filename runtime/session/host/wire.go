package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
)

// Message is what the two sides send each other: texts KEY=VALUE, in an order that
// counts where a key comes more than once. On the wire each is ended by a NUL, and
// their length in bytes comes before them, as a little-endian number of 32 bits.
type Message []string

// longest is the longest message that is read. A command is a line that a person
// could have typed.
const longest = 1 << 20

// Get is the first value of a key, or "".
func (m Message) Get(key string) string {
	for _, value := range m.All(key) {
		return value
	}
	return ""
}

// All are the values of a key.
func (m Message) All(key string) []string {
	var values []string
	for _, text := range m {
		if k, value, _ := strings.Cut(text, "="); k == key {
			values = append(values, value)
		}
	}
	return values
}

// Send sends a message, with descriptors, which stay the caller's.
func Send(conn *net.UnixConn, m Message, descriptors ...int) error {
	b := binary.LittleEndian.AppendUint32(nil, 0)
	for _, text := range m {
		b = append(append(b, text...), 0)
	}
	binary.LittleEndian.PutUint32(b, uint32(len(b)-4))
	var rights []byte
	if len(descriptors) > 0 {
		rights = syscall.UnixRights(descriptors...)
	}
	n, _, err := conn.WriteMsgUnix(b, rights, nil)
	if err == nil && n < len(b) {
		_, err = conn.Write(b[n:])
	}
	return err
}

// Receive receives a message and the descriptors that came with it, which are the
// caller's. The error is io.EOF where the other side has ended.
func Receive(conn *net.UnixConn) (Message, []*os.File, error) {
	r := receiver{conn: conn}
	m, err := r.message()
	if err != nil {
		closeAll(r.files)
		return nil, nil, err
	}
	return m, r.files, nil
}

// receiver reads exactly what a message has, so that descriptors are those that came
// with it.
type receiver struct {
	conn  *net.UnixConn
	files []*os.File
}

func (r *receiver) message() (Message, error) {
	var header [4]byte
	if err := r.read(header[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(header[:])
	if size > longest {
		return nil, fmt.Errorf("a message of %d bytes: %d are the most", size, longest)
	}
	b := make([]byte, size)
	if err := r.read(b); err != nil {
		return nil, cut(err)
	}
	if size > 0 && b[size-1] != 0 {
		return nil, errors.New("a message whose last text has no end")
	}
	m := Message{}
	for text := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte{0}), []byte{0}) {
		m = append(m, string(text))
	}
	return m, nil
}

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (r *receiver) read(b []byte) error {
	for done := 0; done < len(b); {
		// Eight descriptors are more than any message has.
		rights := make([]byte, syscall.CmsgSpace(8*4))
		n, size, flags, _, err := r.conn.ReadMsgUnix(b[done:], rights)
		if err == nil {
			err = r.take(rights[:size])
		}
		switch {
		case done > 0 && errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case flags&syscall.MSG_CTRUNC != 0:
			return errors.New("a message with more descriptors than there can be")
		case n == 0 && done > 0:
			return io.ErrUnexpectedEOF
		case n == 0:
			return io.EOF
		}
		done += n
	}
	return nil
}

// take keeps the descriptors of control messages. Who waits for one that does not
// block can be interrupted, by a close or a deadline.
func (r *receiver) take(rights []byte) error {
	if len(rights) == 0 {
		return nil
	}
	messages, err := syscall.ParseSocketControlMessage(rights)
	if err != nil {
		return err
	}
	for _, m := range messages {
		fds, err := syscall.ParseUnixRights(&m)
		if err != nil {
			return err
		}
		for _, fd := range fds {
			syscall.CloseOnExec(fd)
			if err := syscall.SetNonblock(fd, true); err != nil {
				return err
			}
			r.files = append(r.files, os.NewFile(uintptr(fd), "passed"))
		}
	}
	return nil
}

func closeAll(files []*os.File) {
	for _, f := range slices.Backward(files) {
		_ = f.Close()
	}
}
