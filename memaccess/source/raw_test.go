package source_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

func TestRaw(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mem.raw")
	content := bytes.Repeat([]byte("0123456789abcdef"), 1000)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := source.Raw(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if diff := cmp.Diff([]memaccess.Run{{Start: 0, Length: 16000}}, s.Runs()); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	if s.Name() != path {
		t.Errorf("name %q", s.Name())
	}
	got := make([]byte, 100)
	if n, err := s.ReadAt(got, 15900); n != 100 || err != nil || !bytes.Equal(got, content[15900:]) {
		t.Errorf("ReadAt = %d, %v: %q", n, err, got)
	}
	if n, err := s.ReadAt(got, 15901); n != 99 || err == nil {
		t.Errorf("ReadAt over the end = %d, %v", n, err)
	}

	file, offset := s.(memaccess.Filer).File(memaccess.Run{Start: 0, Length: 16000})
	if _, err := file.ReadAt(got, offset); err != nil || !bytes.Equal(got, content[:100]) {
		t.Errorf("the file of the run: %v: %q", err, got)
	}
	if _, err := file.Write(got); err == nil {
		t.Error("the file can be written")
	}

	// A dump that is cut while it is open.
	if err := os.Truncate(path, 8000); err != nil {
		t.Fatal(err)
	}
	if n, err := s.ReadAt(got, 7950); n != 50 || err == nil {
		t.Errorf("ReadAt of a dump that was cut = %d, %v", n, err)
	}
}

func TestRawIdentity(t *testing.T) {
	dir := t.TempDir()
	identity := func(path string) memaccess.Identity {
		t.Helper()
		s, err := source.Raw(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		return s.Identity()
	}
	path, other := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, p := range []string{path, other} {
		if err := os.WriteFile(p, []byte("memory"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	first := identity(path)
	if first == (memaccess.Identity{}) || first == identity(other) {
		t.Errorf("identities %v and %v", first, identity(other))
	}
	t.Chdir(dir)
	if again := identity("a"); again != first {
		t.Errorf("identity %v, and by another path %v", first, again)
	}
	if err := os.WriteFile(path, []byte("memory of another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if changed := identity(path); changed == first {
		t.Errorf("a dump that changed is still %v", changed)
	}
}

func TestRawErrors(t *testing.T) {
	dir := t.TempDir()
	empty, pipe := filepath.Join(dir, "empty"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, said := range map[string]string{
		filepath.Join(dir, "none"): "there is no file", dir: "is a folder", empty: "is empty", pipe: "is not a file",
	} {
		if _, err := source.Raw(path); err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("Raw(%s) = %v, want %q", path, err, said)
		}
	}
}
