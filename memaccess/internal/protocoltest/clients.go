package protocoltest

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// pieces sends requests and data byte by byte.
func pieces(t *testing.T, start Start) {
	conn := start(t, Options{})(t)
	sent := concat(Header(Read, 0x2000, 5), Header(Write, 0x2000, 3), []byte("abc"), List(0x2003, 2, 0x2000, 1), Header(Read, 0x2003, 2))
	for _, b := range sent {
		Send(t, conn, []byte{b})
	}
	want := concat(Contents(0x2000, 5), yes, no, Contents(0x2003, 2), Contents(0x2000, 1), yes, yes, Contents(0x2003, 2), yes)
	if got := Receive(t, conn, len(want)); !bytes.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
}

// oneWrite checks that an answer of up to 64 KiB comes in one write: its readers
// read once.
func oneWrite(t *testing.T, start Start) {
	conn := start(t, Options{})(t)
	for _, length := range []uint64{1, 4096, 64 * KiB} {
		Send(t, conn, Header(Read, 0x1000, length))
		b := make([]byte, length+2)
		if n, err := conn.Read(b); n != int(length)+1 || err != nil {
			t.Errorf("a read of %d bytes came as %d bytes, %v", length, n, err)
		}
	}
}

// manyClients has a client that asks for much and reads nothing, one that sends half
// a request, one that sends a request without end, and some that left, while others
// are served.
func manyClients(t *testing.T, start Start) {
	dial := start(t, Options{})
	slow := dial(t)
	Send(t, slow, Header(Read, 4*GiB, 2*MiB))
	half := dial(t)
	Send(t, half, Header(Read, 0, 1)[:10])
	list := dial(t)
	Send(t, list, Header(Vectored, 65536, 65536*16))
	for range 100 {
		left := dial(t)
		Send(t, left, Header(Read, 0x1000, 64*KiB))
		_ = left.Close()
	}
	var clients sync.WaitGroup
	for i := range 20 {
		conn := dial(t)
		clients.Add(1)
		go func() {
			defer clients.Done()
			for j := range 50 {
				if !reads(t, conn, uint64(0x1000+i*5000+j*100), 300) {
					return
				}
			}
		}()
	}
	clients.Wait()
	if got := Receive(t, slow, 2*MiB+1); !bytes.Equal(got, concat(Contents(4*GiB, 2*MiB), yes)) {
		t.Error("the slow client got something else")
	}
}

// reads reads, in any goroutine.
func reads(t testing.TB, conn net.Conn, addr, n uint64) bool {
	if _, err := conn.Write(Header(Read, addr, n)); err != nil {
		t.Error(err)
		return false
	}
	got := make([]byte, n+1)
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, concat(Contents(addr, n), yes)) {
		t.Errorf("a read at %#x: %v", addr, err)
		return false
	}
	return true
}

// vanishing has 1,000 clients come and go, some of them in the middle of a request,
// and one that stays.
func vanishing(t *testing.T, start Start) {
	dial := start(t, Options{})
	stays := dial(t)
	for i := range 1000 {
		conn := dial(t)
		b := Header(Read, 4*GiB, 2*MiB)
		switch i % 4 {
		case 0:
			b = nil
		case 1:
			b = b[:i%24]
		case 2:
			b[0] = Quit
		}
		_, _ = conn.Write(b) // which may be one too many
		_ = conn.Close()
	}
	Stays(t, stays)
	// As long as those that left are counted, a new one may be one too many.
	for end := time.Now().Add(patience); time.Now().Before(end); {
		conn := dial(t)
		_, _ = conn.Write(Header(Read, 0x1000, 1))
		if _, err := io.ReadFull(conn, make([]byte, 2)); err == nil {
			return
		}
	}
	t.Error("nobody is served any more")
}
