package session_test

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
	"github.com/volint/volint/runtime/session"
)

// counted is memory that counts its reads, and at one of them ends the server.
type counted struct {
	memaccess.Source
	reads, last atomic.Int64
	server      *memaccess.Server
}

func (c *counted) ReadAt(p []byte, addr int64) (int, error) {
	if c.reads.Add(1) == c.last.Load() {
		go func() { _ = c.server.Close() }()
	}
	return c.Source.ReadAt(p, addr)
}

// serveImage serves the image on a socket. Its path has a space in it. The server
// ends with the read of number last; 0 is none.
func serveImage(t *testing.T, last int64) (path string, memory *counted) {
	t.Helper()
	raw, err := source.Raw(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	memory = &counted{Source: raw}
	memory.last.Store(last)
	memory.server = &memaccess.Server{Source: memory}
	return memorytest.ServeBy(t, memory.server, testenv.Socket(t)+" of a guest"), memory
}

// Rows are the same whether memory is a file or served on a socket; where the
// server ends in the middle, that is told.
func TestSocket(t *testing.T) {
	testenv.Uses(t, "memaccess/python")
	for _, setup := range setups {
		t.Run(setup.name, func(t *testing.T) {
			cfg := setup.config(t)
			want, err := attempt(cfg, session.Request{Message: pslist})
			if err != nil {
				t.Fatal(err)
			}
			path, memory := serveImage(t, 0)
			cfg.Image = path
			got, err := attempt(cfg, session.Request{Message: pslist})
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes of rows, %v; from the file %d bytes", len(got), err, len(want))
			}
			reads := memory.reads.Load()
			if reads == 0 {
				t.Fatal("nothing was read from the socket")
			}

			cfg.Image, _ = serveImage(t, reads-10)
			_, err = attempt(cfg, session.Request{Message: pslist})
			var e *session.Error
			if !errors.As(err, &e) || e.Code != "plugin-failed" || !strings.Contains(e.Message, "closed the connection") || e.Hint == "" {
				t.Errorf("after a server that ended: %#v", err)
			}
		})
	}
}

// Locations name a socket, too. The folder of plugins may hold a file for sockets
// of its own, as the original is installed.
func TestSocketLocations(t *testing.T) {
	path, _ := serveImage(t, 0)
	tests := []struct {
		name, image string
		config      func(testing.TB) session.Config
	}{
		{"a path after unix:", "unix:" + path, volatility3},
		{"a URL", (&url.URL{Scheme: "unix", Path: path}).String(), volatility2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := tt.config(t)
			cfg.Image = tt.image
			cfg.Plugins = append(cfg.Plugins, filepath.Join(testenv.Root(), "memaccess", "python"))
			if rows, err := attempt(cfg, session.Request{Message: pslist}); err != nil || !bytes.Contains(rows, []byte("alphad")) {
				t.Errorf("%d bytes of rows, %v", len(rows), err)
			}
		})
	}
}

func TestDoctorOfSocket(t *testing.T) {
	cfg := volatility3(t)
	cfg.Image, _ = serveImage(t, 0)
	r := session.Doctor(context.Background(), cfg)
	if !r.Good() || len(r.Matches) != 1 {
		t.Errorf("findings %v", r.Findings)
	}
	for _, setup := range setups {
		t.Run("nobody serves, "+setup.name, func(t *testing.T) {
			cfg := setup.config(t)
			cfg.Image = staleSocket(t)
			if r := session.Doctor(context.Background(), cfg); r.Good() {
				t.Errorf("findings %v", r.Findings)
			}
		})
	}
}
