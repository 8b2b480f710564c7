package tests

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// original answers as the original server does, which knows reads and writes of the
// memory below 1 MiB. failed is what it answers to a read that fails.
func original(failed func(n uint64) []byte) func(net.Conn) {
	return func(conn net.Conn) {
		h := make([]byte, 24)
		for {
			if _, err := io.ReadFull(conn, h); err != nil || h[0] == 0 {
				return
			}
			addr, n := binary.LittleEndian.Uint64(h[8:]), binary.LittleEndian.Uint64(h[16:])
			answer := []byte{0}
			switch {
			case h[0] == 1 && addr+n <= 1<<20 && addr+n >= addr:
				answer = append(protocoltest.Contents(addr, n), 1)
			case h[0] == 1:
				answer = failed(n)
			case h[0] == 2:
				_, _ = io.CopyN(io.Discard, conn, int64(n))
				answer = []byte{1}
			}
			if _, err := conn.Write(answer); err != nil {
				return
			}
		}
	}
}

func TestClientOfOriginal(t *testing.T) {
	for name, failed := range map[string]func(n uint64) []byte{
		"zeros and a status": func(n uint64) []byte { return make([]byte, n+1) },
		"a status alone":     func(uint64) []byte { return []byte{0} },
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, testenv.Serve(t, original(failed)))
			c.expect(t, "about", "original")
			c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
			c.expect(t, "read 0 0x100000", sumAt(0, 1<<20))
			c.expect(t, "read 0xffff0 100", "1 ffff0 100 bytes at 0xffff0 can't be read")
			c.expect(t, "read 0xffff0 1000000", "1 ffff0 1000000 bytes at 0xffff0 can't be read")
			c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
			c.expect(t, "read 0x200000 1", "1 200000 1 bytes at 0x200000 can't be read")
			c.expect(t, "many 0x2000 100 0xffff0 100 0x3000 1",
				strings.Join([]string{sumAt(0x2000, 100), "-" + sum(make([]byte, 100)), sumAt(0x3000, 1)}, " "))
			c.expect(t, "write 0x2000 text", "ok")
			c.expect(t, "refresh", "2 0 the server is an original one, which tells nothing of its memory")
			c.expect(t, "pause 0", "2 0 the server does not stop its guest")
			c.expect(t, "read 0x2000 100", sumAt(0x2000, 100))
		})
	}
}

// Answers in pieces, a byte of 0 first, are not taken for a status alone.
func TestClientOfSlowOriginal(t *testing.T) {
	c := connect(t, testenv.Serve(t, func(conn net.Conn) {
		h := make([]byte, 24)
		_, _ = io.ReadFull(conn, h)
		_, _ = conn.Write([]byte{0})
		_, _ = io.ReadFull(conn, h)
		for _, b := range []byte{0, 1, 2, 3, 1} {
			_, _ = conn.Write([]byte{b})
			time.Sleep(time.Millisecond)
		}
	}))
	c.expect(t, "read 0 4", sum([]byte{0, 1, 2, 3}))
}

// say answers a hello by bytes, and then closes the connection.
func say(answer []byte) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.ReadFull(conn, make([]byte, 24))
		_, _ = conn.Write(answer)
	}
}

// aHello is a hello's answer with some runs, whose number may be another.
func aHello(limit uint64, count uint32, runs ...uint64) []byte {
	var b bytes.Buffer
	for _, v := range []any{uint16(1), uint16(0), uint32(1), limit, count, runs} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	return append(binary.LittleEndian.AppendUint32([]byte{1}, uint32(b.Len())), b.Bytes()...)
}

func TestClientOfStrangeServer(t *testing.T) {
	for _, tt := range []struct {
		name   string
		answer []byte
		said   string
	}{
		{"nothing", nil, "4 0 the server closed the connection"},
		{"something else", []byte("HTTP/1.1 400"), "5 0 the server's answer is neither yes nor no: this is no memory server"},
		{"a cut length", []byte{1, 20, 0}, "4 0 the server closed the connection"},
		{"no length", []byte{1, 0, 0, 0, 0}, "5 0 the server's answer to a hello has a length that can't be"},
		{"a huge length", []byte{1, 255, 255, 255, 255}, "5 0 the server's answer to a hello has a length that can't be"},
		{"a cut hello", aHello(1, 1, 0, 4096)[:30], "4 0 the server closed the connection"},
		{"no requests", aHello(0, 1, 0, 4096), "5 0 the server's answer to a hello makes no sense"},
		{"fewer runs", aHello(1, 2, 0, 4096), "5 0 the server's answer to a hello makes no sense"},
		{"far fewer runs", aHello(1, 1<<31, 0, 4096), "5 0 the server's answer to a hello makes no sense"},
		{"runs that overlap", aHello(1, 2, 0, 4096, 4095, 1), "5 0 the server's runs of memory overlap or are out of order"},
		{"a run that wraps", aHello(1, 1, 1, ^uint64(0)), "5 0 the server's runs of memory overlap or are out of order"},
		{"an empty run", aHello(1, 1, 1, 0), "5 0 the server's runs of memory overlap or are out of order"},
		{"a cut tail", aHello(1, 1, 0, 4096, 0, 0, 0xffff), "ready"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, said := startClient(t, testenv.Serve(t, say(tt.answer)))
			if said != tt.said {
				t.Errorf("the client says %q, want %q", said, tt.said)
			}
		})
	}
}

// A server that does not answer, and a file that nobody serves on.
func TestClientWaitsNotForEver(t *testing.T) {
	hangs := make(chan struct{})
	t.Cleanup(func() { close(hangs) })
	_, said := startClient(t, testenv.Serve(t, func(net.Conn) { <-hangs }), "timeout=50")
	if want := "3 0 the server does not answer"; said != want {
		t.Errorf("the client says %q, want %q", said, want)
	}
	path := testenv.Serve(t, func(conn net.Conn) {
		original(nil)(&firstOnly{conn})
		<-hangs
	})
	c := connect(t, path, "timeout=50")
	c.expect(t, "read 0x2000 100", "3 0 the server does not answer")
	c.expect(t, "read 0x2000 100", "4 0 the connection to the server is closed")
}

// firstOnly is a connection whose second request never comes.
type firstOnly struct{ net.Conn }

func (f *firstOnly) Read(p []byte) (int, error) {
	if f.Conn == nil {
		return 0, io.EOF
	}
	n, err := f.Conn.Read(p)
	return n, err
}

func (f *firstOnly) Write(p []byte) (int, error) {
	n, err := f.Conn.Write(p)
	f.Conn = nil
	return n, err
}

func TestClientPaths(t *testing.T) {
	for path, want := range map[string]string{
		"/none/of/this":          "8 0 /none/of/this: No such file or directory",
		"":                       "6 0 the socket has no path",
		strings.Repeat("x", 108): "6 0 the path of a socket can have 107 bytes at most, and this one has 108: " + strings.Repeat("x", 64) + "...",
	} {
		if _, said := startClient(t, path); said != want {
			t.Errorf("%q: the client says %q, want %q", path, said, want)
		}
	}
}
