package session_test

import (
	"bytes"
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/s2"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
	"github.com/volint/volint/runtime/session"
)

func rawImage(t *testing.T) memaccess.Source {
	t.Helper()
	raw, err := source.Raw(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	return raw
}

// imageAs writes the image in another format of dumps.
func imageAs(t *testing.T, format string) (path string) {
	t.Helper()
	raw, err := os.ReadFile(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte, fields ...any) []byte {
		for _, f := range fields {
			b, _ = binary.Append(b, binary.LittleEndian, f)
		}
		return b
	}
	var dump []byte
	size := uint64(len(raw))
	switch format {
	case "lime":
		dump = append(put([]byte("EMiL"), uint32(1), uint64(0), size-1, uint64(0)), raw...)
	case "avml":
		var packed bytes.Buffer
		w := s2.NewWriter(&packed, s2.WriterSnappyCompat())
		if _, err := w.Write(raw); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		dump = append(put([]byte("AVML"), uint32(2), uint64(0), size, uint64(0)), packed.Bytes()...)
		dump = put(dump, size)
	case "elf":
		dump = put([]byte("\x7fELF\x02\x01\x01"), [9]byte{}, uint16(4), uint16(62), uint32(1), uint64(0), uint64(64), uint64(0),
			uint32(0), uint16(64), uint16(56), uint16(1), uint16(0), uint16(0), uint16(0))
		dump = put(dump, uint32(1), uint32(6), uint64(4096), uint64(0), uint64(0), size, size, uint64(0))
		dump = append(append(dump, make([]byte, 4096-len(dump))...), raw...)
	}
	path = filepath.Join(t.TempDir(), "image of "+format)
	if err := os.WriteFile(path, dump, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Rows are the same in whatever way memory is given, and nothing is left behind.
func TestMemory(t *testing.T) {
	testenv.Uses(t, "memaccess/python")
	ways := []struct {
		name   string
		change func(*testing.T, *session.Config)
	}{
		{"the program's own", func(t *testing.T, c *session.Config) {
			c.Image, c.Memory = "", &counted{Source: rawImage(t)}
		}},
		{"the program's own, in a file", func(t *testing.T, c *session.Config) {
			c.Image, c.Memory = "", rawImage(t)
		}},
		{"served by the program", func(t *testing.T, c *session.Config) {
			c.Image, c.Connect = "my guest", connector(t, &memaccess.Server{Source: rawImage(t)})
		}},
		{"AVML", func(t *testing.T, c *session.Config) { c.Image = imageAs(t, "avml") }},
		{"ELF core", func(t *testing.T, c *session.Config) { c.Image = imageAs(t, "elf") }},
		{"LiME that is said to be", func(t *testing.T, c *session.Config) { c.Image = "lime:" + imageAs(t, "lime") }},
	}
	for _, setup := range []setup{setups[0], setups[2]} {
		want, err := attempt(setup.config(t), session.Request{Message: pslist})
		if err != nil {
			t.Fatal(err)
		}
		for _, way := range ways {
			t.Run(setup.name+", "+way.name, func(t *testing.T) {
				temporary := t.TempDir()
				t.Setenv("TMPDIR", temporary)
				cfg := setup.config(t)
				way.change(t, &cfg)
				got, err := attempt(cfg, session.Request{Message: pslist})
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes of rows, %v; from the raw image %d bytes", len(got), err, len(want))
				}
				if n := sockets(t, temporary); n != 0 {
					t.Errorf("%d sockets are left", n)
				}
			})
		}
	}
}

// connector gives a server the connections that are made.
func connector(t *testing.T, server *memaccess.Server) func(net.Conn) {
	t.Helper()
	l := connections{ends: make(chan struct{}), made: make(chan net.Conn)}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		close(l.ends)
		_ = server.Close()
		<-ended
	})
	return func(c net.Conn) {
		l.made <- c
		<-t.Context().Done() // as one that serves it itself would stay
	}
}

// connections are a listener.
type connections struct {
	ends chan struct{}
	made chan net.Conn
}

func (l connections) Accept() (net.Conn, error) {
	select {
	case c := <-l.made:
		return c, nil
	case <-l.ends:
		return nil, net.ErrClosed
	}
}

func (l connections) Close() error   { return nil }
func (l connections) Addr() net.Addr { return &net.UnixAddr{} }

// A dump that was cut says so beside its rows.
func TestMemoryThatWasCut(t *testing.T) {
	path := imageAs(t, "lime")
	if err := os.Truncate(path, testenv.ImageSize); err != nil {
		t.Fatal(err)
	}
	cfg := faults3(t)
	cfg.Image = path
	_, result, err := all(t, cfg, session.Request{Message: faultsRow})
	if err != nil || len(result.Warnings) != 1 {
		t.Errorf("warnings %q, %v; want one", result.Warnings, err)
	}
	if r := session.Doctor(t.Context(), cfg); !r.Good() || !doubtful(r) {
		t.Errorf("the doctor finds %+v", r.Findings)
	}
}

func doubtful(r *session.Report) bool {
	for _, f := range r.Findings {
		if f.Doubtful {
			return true
		}
	}
	return false
}
