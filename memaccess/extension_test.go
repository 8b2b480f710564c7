package memaccess_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
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

// Status asks a server, and takes no nonsense.
func TestStatusOfServers(t *testing.T) {
	ctx := context.Background()
	told, err := memaccess.Status(ctx, start(t, &memaccess.Server{Source: machine()}))
	if err != nil {
		t.Fatal(err)
	}
	if told.Memory != "test" || told.Clients != 1 || told.Requests["status"] != 1 {
		t.Errorf("told %+v", told)
	}
	for name, answer := range map[string]string{
		"an original":    "\x00",
		"one that goes":  "",
		"much":           "\x01\xff\xff\xff\xff{}",
		"half":           "\x01\x10\x00\x00\x00{",
		"something else": "\x01\x02\x00\x00\x00[]",
	} {
		t.Run(name, func(t *testing.T) {
			path := testenv.Socket(t)
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				if conn, err := l.Accept(); err == nil {
					_, _ = io.ReadFull(conn, make([]byte, 24))
					_, _ = io.WriteString(conn, answer)
					_ = conn.Close()
				}
			}()
			if _, err := memaccess.Status(ctx, path); err == nil || !strings.Contains(err.Error(), "tells no counters") {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := memaccess.Status(ctx, "nowhere"); err == nil || err.Error() != "nobody serves on nowhere: no such file or directory" {
		t.Errorf("error %v", err)
	}
}

// A server that never answers is given up on with the context.
func TestStatusCanceled(t *testing.T) {
	path := testenv.Socket(t)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if _, err := memaccess.Status(ctx, path); err == nil {
		t.Error("no error")
	}
}
