package session

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

func TestIdentity(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("nothing is kept of dumps on this system")
	}
	path := filepath.Join(t.TempDir(), "dump")
	write := func(content []byte) {
		t.Helper()
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	content := make([]byte, 3<<20)
	write(content)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	first := identity(path, "")
	if first == "" || identity(path, "") != first {
		t.Fatalf("identity = %q, then another", first)
	}
	seen := map[string]string{first: "the file"}
	other := func(what string) {
		t.Helper()
		id := identity(path, "")
		if before, found := seen[id]; found || id == "" {
			t.Errorf("%s is %q, as %s", what, id, before)
		}
		seen[id] = what
	}
	if identity(path, "raw") == first {
		t.Error("a dump that is read in another way has the same identity")
	}
	// Each is written with the size, and given the time, of the first.
	restore := func() {
		if err := os.Chtimes(path, time.Time{}, info.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
	for _, at := range []int{0, len(content) - 1, len(content) / 63 * 31} {
		content[at]++
		write(content)
		restore()
		other("a changed byte")
		content[at]--
	}
	write(content)
	restore()
	other("the same content, written again")
	write(append(content, 0))
	restore()
	other("a longer file")
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	write(content)
	restore()
	other("another file")
}

func TestNoIdentity(t *testing.T) {
	dir := t.TempDir()
	fifo, empty := filepath.Join(dir, "fifo"), filepath.Join(dir, "empty")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", dir, fifo, empty, filepath.Join(dir, "none"), "/dev/zero", "/proc/kcore"} {
		if id := identity(path, ""); id != "" {
			t.Errorf("%q has the identity %s", path, id)
		}
	}
}

// Small files are sampled whole.
func TestIdentityOfSmallFiles(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("nothing is kept of dumps on this system")
	}
	path := filepath.Join(t.TempDir(), "dump")
	for _, size := range []int{1, 63, sampledSize - 1, sampledSize, sampledSize + 1} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		if identity(path, "") == "" {
			t.Errorf("%d bytes have no identity", size)
		}
	}
}

// Samples alone tell contents apart: both ends, and much of what is between.
func TestSample(t *testing.T) {
	const size = 1 << 20
	sampled := func(at int) string {
		content := make([]byte, size)
		if at >= 0 {
			content[at] = 1
		}
		var got bytes.Buffer
		if !sample(&got, bytes.NewReader(content), size) {
			t.Fatal("sample failed")
		}
		return got.String()
	}
	same := sampled(-1)
	if len(same) != sampledBlocks*(sampledSize+8) {
		t.Errorf("%d bytes were looked at", len(same))
	}
	found := 0
	const step = 2048
	for at := 0; at < size; at += step {
		if sampled(at) != same {
			found++
		}
	}
	if sampled(0) == same || sampled(size-1) == same || found < sampledBlocks {
		t.Errorf("samples found %d of %d changes", found, size/step)
	}
}
