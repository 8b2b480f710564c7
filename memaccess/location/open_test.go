package location_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/location"
	"github.com/volint/volint/memaccess/source"
)

const text = "0123456789abcdef"

// file writes a dump.
func file(t *testing.T, name, content string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lime is a LiME dump whose memory begins at an address.
func lime(t *testing.T) (path string) {
	return file(t, "dump", "EMiL\x01\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x0f\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"+text)
}

// writable is memory that can be written.
type writable struct{ memaccess.Source }

func (writable) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }

// serve serves a dump on a socket, whose path has a space in it.
func serve(t *testing.T, server *memaccess.Server) (path string) {
	t.Helper()
	raw, err := source.Raw(file(t, "raw", text))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	server.Source = writable{raw}
	return memorytest.ServeBy(t, server, testenv.Socket(t)+" of a guest")
}

func TestOpen(t *testing.T) {
	socket, dump := serve(t, &memaccess.Server{}), lime(t)
	t.Chdir(filepath.Dir(dump))
	tests := []struct {
		location string
		start    uint64
	}{
		{file(t, "raw", text), 0},
		{dump, 0x1000},
		{"dump", 0x1000},
		{"./dump", 0x1000},
		{"lime:" + dump, 0x1000},
		{"lime://" + dump, 0x1000},
		{"raw:" + file(t, "raw", text), 0},
		{socket, 0},
		{"unix:" + socket, 0},
		{(&url.URL{Scheme: "unix", Path: socket}).String(), 0},
	}
	for _, tt := range tests {
		memory, err := location.Open(context.Background(), tt.location, location.Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.location, err)
			continue
		}
		got := make([]byte, len(text))
		if _, err := memory.ReadAt(got, int64(tt.start)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", tt.location, got, err)
		}
		if diff := cmp.Diff([]memaccess.Run{{Start: tt.start, Length: uint64(len(text))}}, memory.Runs()); diff != "" {
			t.Errorf("%s: runs (-want +got):\n%s", tt.location, diff)
		}
		if err := memory.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	socket, dump, none := serve(t, &memaccess.Server{}), lime(t), filepath.Join(dir, "none")
	tests := []struct {
		location, said string
		writable       bool
	}{
		{location: "", said: "names no memory"},
		{location: "unix:", said: "names no memory"},
		{location: none, said: "there is no file " + none},
		{location: dir, said: "is a folder"},
		{location: pipe, said: "is not a file"},
		{location: file(t, "empty", ""), said: "is empty"},
		{location: "lime:" + file(t, "raw", text), said: "raw: at byte 0"},
		{location: "raw:" + socket, said: "is a socket"},
		{location: "unix:" + none, said: "there is no file"},
		{location: "unix:" + dump, said: "is not a socket"},
		{location: "unix:" + dir, said: "is not a socket"},
		{location: "unix:" + filepath.Join(dump, "x"), said: "can't look for the socket"},
		{location: "qemu:" + none, said: "there is no file"},
		{location: "qemu:" + dump, said: "is not a socket"},
		{location: dump, writable: true, said: "can't be written"},
		{location: socket, writable: true, said: "can't be written"},
	}
	for _, tt := range tests {
		memory, err := location.Open(context.Background(), tt.location, location.Options{Writable: tt.writable})
		var e *memaccess.Error
		if !errors.As(err, &e) || !strings.Contains(e.Msg, tt.said) || e.Hint() == "" || memory != nil {
			t.Errorf("%q: %v, hint %q; want %q", tt.location, err, e.Hint(), tt.said)
		}
	}
	memory, err := location.Open(context.Background(), serve(t, &memaccess.Server{Writable: true}), location.Options{Writable: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = memory.Close()
}
