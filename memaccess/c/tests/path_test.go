package tests

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

func TestMode(t *testing.T) {
	info, err := os.Lstat(startHost(t, addressSanitizer, "pumped").path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestBadPaths(t *testing.T) {
	dir := t.TempDir()
	file, link, nowhere := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "nowhere")
	if err := os.WriteFile(file, []byte("evidence"), 0o600); err != nil {
		t.Fatal(err)
	}
	served := startHost(t, addressSanitizer, "pumped")
	for to, path := range map[string]string{file: link, filepath.Join(dir, "none"): nowhere} {
		if err := os.Symlink(to, path); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, path, said string }{
		{"no path", "", "no path"},
		{"too long", filepath.Join(dir, strings.Repeat("x", 108)), "107 bytes at most"},
		{"a file", file, "is not a socket"},
		{"a link", link, "is not a socket"},
		{"a link to nothing", nowhere, "is not a socket"},
		{"a folder", dir, "is not a socket"},
		{"no folder", filepath.Join(dir, "none", "s"), "No such file"},
		{"somebody serves", served.path, "somebody serves"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(program(t, "gcc", addressSanitizer, "host.c"), tt.path, "pumped")
			out, err := cmd.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte(tt.said)) {
				t.Errorf("%v: %q has no %q", err, out, tt.said)
			}
		})
	}
	if b, err := os.ReadFile(file); string(b) != "evidence" || err != nil {
		t.Errorf("the file holds %q, %v", b, err)
	}
	protocoltest.Stays(t, served.dial(t))
}

// The longest path.
func TestLongPath(t *testing.T) {
	dir := filepath.Dir(testenv.Socket(t))
	h := tryHost(t, addressSanitizer, filepath.Join(dir, strings.Repeat("x", 107-len(dir)-1)), "pumped")
	if line := h.Line(t); line != "ready" {
		t.Fatal(line)
	}
	protocoltest.Stays(t, h.dial(t))
}

// A socket that a killed server left behind is replaced; the file of a server that
// took another's place stays when that one ends.
func TestStale(t *testing.T) {
	path := testenv.Socket(t)
	old, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	old.SetUnlinkOnClose(false)
	_ = old.Close()
	first := tryHost(t, addressSanitizer, path, "pumped")
	if line := first.Line(t); line != "ready" {
		t.Fatal(line)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second := tryHost(t, addressSanitizer, path, "pumped")
	if line := second.Line(t); line != "ready" {
		t.Fatal(line)
	}
	first.End(t)
	protocoltest.Stays(t, second.dial(t))
}
