package memaccess_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
)

// list is a vectored read: its request, and pairs of address and length.
func list(pairs ...uint64) []byte {
	b := header(0x81, uint64(len(pairs)/2), uint64(8*len(pairs)))
	for _, v := range pairs {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

func TestVectored(t *testing.T) {
	many := make([]uint64, 2*65536)
	for i := 0; i < len(many); i += 2 {
		many[i], many[i+1] = 0x1000+uint64(i), 3
	}
	var data []byte
	for i := 0; i < len(many); i += 2 {
		data = append(data, contents(many[i], 3)...)
	}
	tests := []struct {
		name   string
		send   []byte
		answer []byte
		server *memaccess.Server
		ends   bool
	}{
		{name: "none", send: list()},
		{name: "one", send: list(0x2000, 10), answer: concat(contents(0x2000, 10), yes)},
		{name: "each by itself", send: list(0x2000, 2, lowEnd-1, 2, lowEnd, 4, 0x3000, 0, highEnd, 1, 0x1000, 1),
			answer: concat(contents(0x2000, 2), zeros(2), zeros(4), zeros(1), contents(0x1000, 1), []byte{1, 0, 1, 1, 0, 1})},
		{name: "holes that fail", send: list(lowEnd, 4), server: &memaccess.Server{FailHoles: true}, answer: concat(zeros(4), no)},
		{name: "long ones", send: list(4*gib, mib, 0x1000, 100*kib, 4*gib+mib, mib),
			answer: concat(contents(4*gib, mib), contents(0x1000, 100*kib), contents(4*gib+mib, mib), []byte{1, 1, 1})},
		{name: "bad memory behind good", send: list(0x80000, 64*kib, 0x90000-8, 16, 0x2000, 1),
			answer: concat(contents(0x80000, 64*kib), zeros(16), contents(0x2000, 1), []byte{1, 0, 1})},
		{name: "as many as can be", send: list(many...), answer: concat(data, bytes.Repeat(yes, 65536))},
		{name: "the limit", send: list(0x1000, 4096, 0x2000, 4096), server: &memaccess.Server{Limit: 8192},
			answer: concat(contents(0x1000, 8192), []byte{1, 1})},

		{name: "over the limit", send: list(0x1000, 4096, 0x2000, 4097), server: &memaccess.Server{Limit: 8192}, ends: true},
		{name: "a sum that wraps", send: list(0x1000, 1<<63, 0x2000, 1<<63), ends: true},
		{name: "too many", send: header(0x81, 65537, 65537*16), ends: true},
		{name: "many too many", send: header(0x81, 1<<60, 0), ends: true},
		{name: "a list that is too short", send: header(0x81, 2, 16), ends: true},
		{name: "a list that is too long", send: header(0x81, 1, 1<<40), ends: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := tt.server
			if server == nil {
				server = &memaccess.Server{}
			}
			server.Source = machine()
			conn := dial(t, start(t, server))
			go func() { _, _ = conn.Write(concat(header(1, 0x1000, 1), tt.send)) }()
			want := concat(contents(0x1000, 1), yes, tt.answer)
			if diff := cmp.Diff(want, receive(t, conn, len(want)), cmp.Transformer("short", short)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if tt.ends {
				checkEnds(t, conn)
				return
			}
			checkStays(t, conn)
		})
	}
}

// checkStays checks that a connection is in step.
func checkStays(t *testing.T, conn net.Conn) {
	t.Helper()
	send(t, conn, header(1, 0x80000, 3))
	if got := receive(t, conn, 4); !bytes.Equal(got, concat(contents(0x80000, 3), yes)) {
		t.Errorf("the next answer is %x", got)
	}
}

func checkEnds(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(time.Minute))
	if n, err := conn.Read(make([]byte, 1)); err == nil || isTimeout(err) {
		t.Errorf("the connection stays: %d bytes, %v", n, err)
	}
}

func isTimeout(err error) bool {
	timeout, ok := err.(net.Error)
	return ok && timeout.Timeout()
}

// Requests of a server that offers none of it.
func TestNotOffered(t *testing.T) {
	conn := dial(t, start(t, &memaccess.Server{Source: machine()}))
	send(t, conn, concat(header(0x82, 0, 0), header(0x83, 0, 0), header(0x84, 0, 0), header(0x86, 0, 0)))
	if got := receive(t, conn, 4); !bytes.Equal(got, zeros(4)) {
		t.Errorf("got %x", got)
	}
	checkStays(t, conn)
}

// guest is a machine with a history, in a process.
type guest struct {
	*memory
	changes []string
}

func (g *guest) Changes() []string { return g.changes }
func (g *guest) Identity() memaccess.Identity {
	return memaccess.Identity{Image: "i", Process: 7, Started: 9}
}

// sayHello asks for the part of a hello's answer that follows the runs, and for
// the features.
func sayHello(t *testing.T, conn net.Conn) (features uint32, tail []byte) {
	t.Helper()
	send(t, conn, header(0x80, helloMagic, 0))
	length := binary.LittleEndian.Uint32(receive(t, conn, 5)[1:])
	answer := receive(t, conn, int(length))
	runs := binary.LittleEndian.Uint32(answer[16:])
	return binary.LittleEndian.Uint32(answer[4:]), answer[20+16*runs:]
}

// What was before the client came is not told, what is later is, to each hello.
func TestHelloTellsChanges(t *testing.T) {
	g := &guest{memory: machine(), changes: []string{"the guest was reset"}}
	conn := dial(t, start(t, &memaccess.Server{Source: g}))
	process := "\x07\x00\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00"
	features, tail := sayHello(t, conn)
	if features != 16|1 {
		t.Errorf("features %b", features)
	}
	if want := process + "\x01\x00i\x04\x00test\x00\x00"; string(tail) != want {
		t.Errorf("hello ends in %q, want %q", tail, want)
	}
	g.changes = append(g.changes, "the guest was reset", "it went")
	if _, tail := sayHello(t, conn); string(tail) != process+"\x01\x00i\x04\x00test\x07\x00it went" {
		t.Errorf("the second hello ends in %q", tail)
	}
}

func TestStatus(t *testing.T) {
	server := &memaccess.Server{Source: machine(), Writable: true}
	conn := dial(t, start(t, server))
	send(t, conn, concat(header(1, 0x1000, 100), header(1, highEnd, 3), header(2, 0x1000, 2), []byte("xy"),
		list(0x1000, 8, highEnd, 1), header(77, 0, 0), header(0x85, 0, 0)))
	receive(t, conn, 101+4+1+11+1)
	length := binary.LittleEndian.Uint32(receive(t, conn, 5)[1:])
	var told memaccess.Counters
	if err := json.Unmarshal(receive(t, conn, int(length)), &told); err != nil {
		t.Fatal(err)
	}
	now := server.Counters()
	want := memaccess.Counters{
		Since: now.Since, Memory: "test", Clients: 1, Accepted: 1, Read: 108, Written: 2, Failed: 3,
		Requests: map[string]uint64{"read": 2, "write": 1, "vectored": 1, "other": 1, "status": 1, "hello": 0, "descriptor": 0, "pause": 0, "continue": 0},
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, now); diff != "" {
		t.Errorf("Counters (-want +got):\n%s", diff)
	}
	if since := time.Since(now.Since); since < 0 || since > time.Hour {
		t.Errorf("since %v", now.Since)
	}
}
