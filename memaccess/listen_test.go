package memaccess_test

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

func TestListenMode(t *testing.T) {
	path := testenv.Socket(t)
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode(); got != os.ModeSocket|0o600 {
		t.Errorf("mode %v", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
}

// A socket for others, where the server looks at who they are.
func TestListenModeOfOthers(t *testing.T) {
	path := testenv.Socket(t)
	l, err := memaccess.ListenMode(path, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if info, err := os.Lstat(path); err != nil || info.Mode() != os.ModeSocket|0o666 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestListenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("evidence"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, path, said string }{
		{"no path", "", "no path"},
		{"too long", filepath.Join(dir, strings.Repeat("x", 108)), "107 bytes at most"},
		{"NUL", "a\x00b", "NUL"},
		{"a file", file, "is not a socket"},
		{"a link", link, "is not a socket"},
		{"a folder", dir, "is not a socket"},
		{"no folder", filepath.Join(dir, "none", "s"), "no such file"},
		{"somebody serves", start(t, &memaccess.Server{Source: machine()}), "somebody serves"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := memaccess.Listen(tt.path)
			if err == nil {
				_ = l.Close()
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.said) {
				t.Errorf("error %q has no %q", err, tt.said)
			}
			var told *memaccess.Error
			if !errors.As(err, &told) || told.Hint() == "" {
				t.Errorf("error %q says not what to do", err)
			}
		})
	}
	if b, err := os.ReadFile(file); string(b) != "evidence" || err != nil {
		t.Errorf("the file holds %q, %v", b, err)
	}
}

// The longest path, and one that package net would take for an abstract socket's.
func TestListenPaths(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, path := range []string{strings.Repeat("x", 107), "@s"} {
		l, err := memaccess.Listen(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Lstat("./" + path); err != nil || info.Mode().Type() != os.ModeSocket {
			t.Errorf("%s: %v, %v", path, info, err)
		}
		_ = l.Close()
	}
}

// A socket that a killed server left behind.
func TestListenStale(t *testing.T) {
	path := testenv.Socket(t)
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	_ = old.Close()
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := &memaccess.Server{Source: machine()}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	conn := dial(t, path)
	send(t, conn, header(1, 0x1000, 0))
	receive(t, conn, 1)
}
