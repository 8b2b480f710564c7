package protocoltest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// patience is how long an answer may take. It is there so that a test ends.
const patience = time.Minute

// Send sends bytes.
func Send(t testing.TB, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

// Receive receives n bytes.
func Receive(t testing.TB, conn net.Conn, n int) []byte {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	b := make([]byte, n)
	if m, err := io.ReadFull(conn, b); err != nil {
		t.Fatalf("%d bytes of %d: %v", m, n, err)
	}
	return b
}

// Ask sends a request that a status answers.
func Ask(t testing.TB, conn net.Conn, kind byte, addr uint64) byte {
	t.Helper()
	Send(t, conn, Header(kind, addr, 0))
	return Receive(t, conn, 1)[0]
}

// Stays checks that a connection is in step.
func Stays(t testing.TB, conn net.Conn) {
	t.Helper()
	Send(t, conn, Header(Read, 0x80000, 3))
	if got, want := Receive(t, conn, 4), concat(Contents(0x80000, 3), yes); !bytes.Equal(got, want) {
		t.Errorf("the next answer is %x, want %x", got, want)
	}
}

// Ends checks that the server closes a connection, and sends nothing before.
func Ends(t testing.TB, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	n, err := conn.Read(make([]byte, 1))
	timeout, ok := err.(net.Error)
	if err == nil || ok && timeout.Timeout() {
		t.Errorf("the connection stays: %d bytes, %v", n, err)
	}
}

// About is a server's answer to a hello.
type About struct {
	Features uint32
	Limit    uint64
	Runs     []Stretch
	Tail     []byte // what follows the runs
}

// Words are the texts at the tail's end: the image's identity, the name, what
// changed.
func (a About) Words(t testing.TB) (words [3]string) {
	t.Helper()
	b := a.Tail[16:]
	for i := range words {
		n := binary.LittleEndian.Uint16(b)
		words[i], b = string(b[2:2+n]), b[2+n:]
	}
	if len(b) != 0 {
		t.Errorf("%d bytes follow the hello's words", len(b))
	}
	return words
}

// SayHello says hello.
func SayHello(t testing.TB, conn net.Conn) (a About) {
	t.Helper()
	Send(t, conn, Header(Hello, Magic, 0))
	first := Receive(t, conn, 5)
	if first[0] != 1 {
		t.Fatalf("a hello is answered %d", first[0])
	}
	b := Receive(t, conn, int(binary.LittleEndian.Uint32(first[1:])))
	if version := binary.LittleEndian.Uint32(b); version != 1 {
		t.Errorf("version and zero are %x", version)
	}
	a.Features = binary.LittleEndian.Uint32(b[4:])
	a.Limit = binary.LittleEndian.Uint64(b[8:])
	a.Runs = make([]Stretch, binary.LittleEndian.Uint32(b[16:]))
	n, err := binary.Decode(b[20:], binary.LittleEndian, a.Runs)
	if err != nil {
		t.Fatal(err)
	}
	a.Tail = b[20+n:]
	return a
}

var (
	yes = []byte{1}
	no  = []byte{0}
)

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func zeros(n int) []byte { return make([]byte, n) }

// short keeps a difference readable.
func short(b []byte) string {
	if len(b) <= 64 {
		return string(b)
	}
	return string(binary.BigEndian.AppendUint64(b[:32:32], uint64(len(b)))) + string(b[len(b)-32:])
}
