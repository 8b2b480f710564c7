package livetest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// Image returns the path of a raw dump of the guest, 160 MiB from address 0 on: what
// tests read that want more than the small image has. The first that asks boots a
// guest for it; it stays in .tools until the guest is made anew.
func Image(t testing.TB) string {
	t.Helper()
	folder := filepath.Join(Folder(t), "memory")
	path := filepath.Join(folder, imageName(t))
	if _, err := os.Stat(path); err == nil {
		return path
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatalf("livetest: %v", err)
	}
	removeOthers(t, path)
	temp := filepath.Join(t.TempDir(), "memory")
	g := Boot(t, Flat, qemutest.Anonymous)
	g.Stop()
	g.Copy(t, temp)
	g.Quit()
	if err := place(temp, path); err != nil {
		t.Fatalf("livetest: %v", err)
	}
	return path
}

// imageName changes with what is booted: a dump goes with the symbols of its kernel.
func imageName(t testing.TB) string {
	t.Helper()
	stamp, err := os.ReadFile(filepath.Join(Folder(t), "stamp"))
	if err != nil {
		t.Fatalf("livetest: %v", err)
	}
	sum := sha256.Sum256([]byte(string(stamp) + commandLine + Flat.name))
	return "debian-" + hex.EncodeToString(sum[:6]) + ".raw"
}

// removeOthers removes the dumps of guests that are no more.
func removeOthers(t testing.TB, path string) {
	t.Helper()
	there, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "debian-*.raw"))
	for _, each := range there {
		if each == path { // another process was faster just now
			continue
		}
		if err := os.Remove(each); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("livetest: %v", err)
		}
	}
}

// place gives a file its name, unless another process was first: no two boots make
// the same memory, and a test that reads a dump twice must find it unchanged.
func place(temp, path string) error {
	content, err := os.ReadFile(temp)
	if err != nil {
		return err
	}
	own, err := os.CreateTemp(filepath.Dir(path), "new")
	if err != nil {
		return err
	}
	defer os.Remove(own.Name())
	_, err = own.Write(content)
	if err = errors.Join(err, own.Close()); err != nil {
		return err
	}
	if err = os.Link(own.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}
