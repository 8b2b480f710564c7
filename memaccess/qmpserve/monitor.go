package qmpserve

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"
)

// What a client may send. A path has a hundred bytes, and QEMU's own commands about
// a thousand.
const (
	maxLine  = 4 << 10
	maxValue = 64 << 10
	maxDepth = 64
)

// prompt ends the answer to a line of the monitor's.
const prompt = "(qemu) "

// conn is a connection as a monitor needs it.
type conn interface {
	io.ReadWriter
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// monitor is one connection.
type monitor struct {
	server *Server
	conn   conn
	in     *bufio.Reader
	// ready says that the client has sent qmp_capabilities, before which QEMU takes
	// no other command.
	ready bool
}

func newMonitor(s *Server, c conn) *monitor {
	m := &monitor{server: s, conn: c}
	m.in = bufio.NewReader(c)
	return m
}

// talk answers a client until it leaves, which is no error.
func (m *monitor) talk() error {
	greeting := map[string]any{"QMP": map[string]any{"version": version(), "capabilities": []string{}}}
	if err := m.send(greeting); err != nil {
		return err
	}
	for {
		first, err := m.first()
		if err != nil {
			return ending(err)
		}
		_ = m.conn.SetReadDeadline(time.Now().Add(patience))
		if first == '{' {
			err = m.command()
		} else {
			err = m.line()
		}
		if err != nil {
			return err
		}
	}
}

// first waits for something to answer and looks at its first byte.
func (m *monitor) first() (byte, error) {
	_ = m.conn.SetReadDeadline(time.Now().Add(idle))
	for {
		b, err := m.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if !isSpace(b) {
			return b, m.in.UnreadByte()
		}
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\t' || b == '\r' || b == '\n' }

func ending(err error) error {
	switch {
	case err == io.EOF:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return errors.New("the client said nothing for too long")
	}
	return fmt.Errorf("reading a command: %w", err)
}

// command answers a QMP command.
func (m *monitor) command() error {
	value, err := m.value()
	if err != nil {
		return err
	}
	var c command
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return m.send(answer{Error: &failure{genericError, "this is not a QMP command: " + err.Error()}})
	}
	result, failed := m.execute(&c)
	if failed != nil {
		return m.send(answer{Error: failed, ID: c.ID})
	}
	return m.send(answer{Return: result, ID: c.ID})
}

// value takes the bytes of a JSON object. It only counts brackets outside of
// strings; whether it makes sense shows when it is decoded.
func (m *monitor) value() ([]byte, error) {
	var value []byte
	depth, text, escaped := 0, false, false
	for {
		b, err := m.in.ReadByte()
		if err != nil {
			return nil, ending(err)
		}
		if value = append(value, b); len(value) > maxValue {
			return nil, fmt.Errorf("a command of more than %d bytes", maxValue)
		}
		switch {
		case escaped:
			escaped = false
		case text:
			escaped = b == '\\'
			text = b != '"'
		case b == '"':
			text = true
		case b == '{' || b == '[':
			if depth++; depth > maxDepth {
				return nil, fmt.Errorf("a command of more than %d levels", maxDepth)
			}
		case b == '}' || b == ']':
			if depth--; depth == 0 {
				return value, nil
			}
		}
	}
}

// line answers a line of the monitor's.
func (m *monitor) line() error {
	var line []byte
	for {
		b, err := m.in.ReadByte()
		if err != nil && err != io.EOF {
			return ending(err)
		}
		if err == io.EOF || b == '\n' {
			break
		}
		if line = append(line, b); len(line) > maxLine {
			return fmt.Errorf("a line of more than %d bytes", maxLine)
		}
	}
	return m.write([]byte(m.server.human(string(line)) + prompt))
}

// human answers a command of the monitor's: with nothing if it succeeds.
func (s *Server) human(line string) string {
	name, path, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch path = strings.TrimSpace(path); {
	case name == "":
		return ""
	case name != "pmemaccess":
		return fmt.Sprintf("unknown command: '%s'\r\n", visible(name))
	case path == "":
		return "pmemaccess: a path is needed\r\n"
	}
	if err := s.serveAt(unquote(path)); err != nil {
		return fmt.Sprintf("Error: %s\r\n", visible(err.Error()))
	}
	return ""
}

// unquote takes the quotes off that a path with spaces may have.
func unquote(path string) string {
	if len(path) >= 2 && path[0] == '"' && path[len(path)-1] == '"' {
		return path[1 : len(path)-1]
	}
	return path
}

// visible is a client's own text without what a terminal would act on.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, text)
}

func (m *monitor) send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return m.write(append(text, "\r\n"...))
}

func (m *monitor) write(b []byte) error {
	_ = m.conn.SetWriteDeadline(time.Now().Add(patience))
	if _, err := m.conn.Write(b); err != nil {
		return fmt.Errorf("sending an answer: %w", err)
	}
	return nil
}

var _ conn = net.Conn(nil)
