package cache

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/volint/volint/internal/testenv"
)

// writers are the Pythons that a worker may run in.
var writers = map[string]func(testing.TB) string{
	"Python 2.7": testenv.Python2,
	"Python 3":   testenv.Python3,
}

// put has the worker's own code write an entry.
func put(t testing.TB, python string, f Folder, kind, key, content, note string) {
	t.Helper()
	testenv.Uses(t, "runtime/python")
	const code = `
import sys
sys.path.insert(0, sys.argv[1])
import volint_test_support
from volint_worker import store
folder, kind, key, content, note = sys.argv[2:]
kept = store.Store(folder, 1 << 30)
kept.put(kind, key, content.encode("ascii"), note)
assert kept.get(kind, key) == content.encode("ascii")
`
	cmd := exec.Command(python, "-B", "-c", code, filepath.Join(testenv.Root(), "runtime", "python", "worker", "tests"),
		f.Store(), kind, key, content, note)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func entries(t testing.TB, f Folder) []Entry {
	t.Helper()
	found, err := f.Entries()
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEntriesOfTheWorker(t *testing.T) {
	for name, python := range writers {
		t.Run(name, func(t *testing.T) {
			f := Folder(filepath.Join(t.TempDir(), "volint"))
			start := time.Now().Add(-time.Second)
			put(t, python(t), f, "symbols", "a", "content", `file:///a "b" é.json`)
			put(t, python(t), f, "image", "a", strings.Repeat("x", 10000), strings.Repeat("é", 10000))
			found := entries(t, f)
			want := []Entry{
				{Kind: "image", Of: strings.Repeat("é", 300)},
				{Kind: "symbols", Of: `file:///a "b" é.json`},
			}
			if diff := cmp.Diff(want, found, cmpopts.IgnoreFields(Entry{}, "Size", "Used", "Made"), cmpopts.IgnoreUnexported(Entry{})); diff != "" {
				t.Fatalf("entries (-want +got):\n%s", diff)
			}
			for i, least := range []int64{10000, 7} {
				e := found[i]
				if e.Size <= least || e.Size > least+mostBytes {
					t.Errorf("the size of %s is %d", e.Kind, e.Size)
				}
				if e.Used.Before(start) || e.Made.Before(start.Add(-time.Second)) || e.Made.After(time.Now()) {
					t.Errorf("%s was made %v and used %v", e.Kind, e.Made, e.Used)
				}
			}
		})
	}
}

// Whatever lies in the folder is shown or left alone, and never a crash.
func TestBrokenEntries(t *testing.T) {
	f := Folder(t.TempDir())
	if err := os.MkdirAll(f.Store(), 0o700); err != nil {
		t.Fatal(err)
	}
	name := "symbols-" + strings.Repeat("0", 31)
	for i, content := range []string{
		"", "\n", "{}\n", "[]\n", "null\n", strings.Repeat("x", 10000), strings.Repeat("x", mostBytes-1) + "\n",
		`{"format":"volint store 2","note":"of another version"}` + "\n", `{"format":"volint store 1","made":"x"}` + "\n",
		`{"format":"volint store 1"}`,
	} {
		write(t, filepath.Join(f.Store(), name+string("0123456789abcdef"[i])), content)
	}
	if err := os.Symlink("/etc/passwd", filepath.Join(f.Store(), name+"e")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(f.Store(), name+"f"), 0o600); err != nil {
		t.Fatal(err)
	}
	found := entries(t, f)
	if len(found) != 12 {
		t.Errorf("%d entries", len(found))
	}
	for _, e := range found {
		if e.Kind != "symbols" || e.Of != "" || !e.Made.IsZero() {
			t.Errorf("%+v", e)
		}
	}
	if c, err := f.Clear(time.Time{}); err != nil || c.Entries != 12 {
		t.Errorf("Clear = %+v, %v", c, err)
	}
	if _, err := os.Stat("/etc/passwd"); err != nil {
		t.Error(err)
	}
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func age(t testing.TB, path string, by time.Duration) {
	t.Helper()
	then := time.Now().Add(-by)
	if err := os.Chtimes(path, then, then); err != nil {
		t.Fatal(err)
	}
}

// list is every file below a folder.
func list(t testing.TB, f Folder) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(string(f), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, strings.TrimPrefix(path, string(f)+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestClear(t *testing.T) {
	f := Folder(t.TempDir())
	index := f.Index([]string{"/symbols", "/more"})
	rel := func(path string) string { return strings.TrimPrefix(path, string(f)+"/") }
	ours := []string{
		filepath.Join(f.Store(), "symbols-"+strings.Repeat("a", 32)),
		filepath.Join(f.Store(), "image-"+strings.Repeat("b", 32)),
		filepath.Join(f.Store(), unfinished+"old"),
		filepath.Join(index, "identifier.cache"),
		filepath.Join(index, "index.state"),
		filepath.Join(index, "data_"+strings.Repeat("c", 128)+".cache"),
	}
	for _, path := range ours {
		write(t, path, "0123456789")
		age(t, path, 2*time.Hour)
	}
	write(t, filepath.Join(index, "index.state"), "state\nindex\n[\"/symbols\",\"/more\"]\n")
	age(t, filepath.Join(index, "index.state"), 2*time.Hour)
	others := []string{
		filepath.Join(string(f), "symbols-"+strings.Repeat("a", 32)),
		filepath.Join(f.Store(), ".lock"),
		filepath.Join(f.Store(), unfinished+"fresh"),
		filepath.Join(f.Store(), "notes"),
		filepath.Join(f.Store(), "symbols-"+strings.Repeat("A", 32)),
		filepath.Join(f.Store(), "symbols-"+strings.Repeat("d", 32), "folder"),
		filepath.Join(f.indexes(), "notes"),
		filepath.Join(index, "index.lock"),
		filepath.Join(index, "notes"),
		filepath.Join(f.indexes(), "other", "identifier.cache"),
	}
	for _, path := range others {
		write(t, path, "mine")
	}
	found := entries(t, f)
	if len(found) != 3 || !slices.ContainsFunc(found, func(e Entry) bool { return e.Kind == "index" && e.Of == "/symbols, /more" && e.Size > 20 }) {
		t.Errorf("entries = %+v", found)
	}
	if c, err := f.Clear(time.Now().Add(-3 * time.Hour)); err != nil || c.Entries != 0 || len(list(t, f)) != len(ours)+len(others)-1 {
		t.Errorf("Clear of what is older than it all = %+v, %v; %v", c, err, list(t, f))
	}
	c, err := f.Clear(time.Now().Add(-time.Hour))
	if err != nil || c.Entries != 3 || c.Bytes <= 40 {
		t.Errorf("Clear = %+v, %v", c, err)
	}
	var want []string
	for _, path := range others {
		want = append(want, rel(path))
	}
	slices.Sort(want)
	got := list(t, f)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files that are left (-want +got):\n%s", diff)
	}
	if found := entries(t, f); len(found) != 0 {
		t.Errorf("entries that are left: %+v", found)
	}
}

// An index that a worker is at work on stays.
func TestClearLeavesABusyIndex(t *testing.T) {
	f := Folder(t.TempDir())
	index := f.Index(nil)
	write(t, filepath.Join(index, "identifier.cache"), "x")
	write(t, filepath.Join(index, "index.lock"), "")
	release, free := lock(filepath.Join(index, "index.lock"))
	if !free {
		t.Fatal("the lock is not free")
	}
	if c, err := f.Clear(time.Time{}); err != nil || c.Busy != 1 || len(entries(t, f)) != 1 {
		t.Errorf("Clear = %+v, %v", c, err)
	}
	release()
	if c, err := f.Clear(time.Time{}); err != nil || c.Entries != 1 || len(entries(t, f)) != 0 {
		t.Errorf("Clear = %+v, %v", c, err)
	}
}

func TestNothingIsThere(t *testing.T) {
	f := Folder(filepath.Join(t.TempDir(), "none"))
	if found := entries(t, f); len(found) != 0 {
		t.Errorf("entries = %+v", found)
	}
	if c, err := f.Clear(time.Time{}); err != nil || c != (Cleared{}) {
		t.Errorf("Clear = %+v, %v", c, err)
	}
	if why := f.Trouble(); why != "" {
		t.Errorf("Trouble = %q", why)
	}
}

// What Clear can't remove it says, after removing the rest.
func TestClearSaysWhatItCantRemove(t *testing.T) {
	f := Folder(t.TempDir())
	write(t, f.Store(), "a file")
	if _, err := f.Entries(); err == nil {
		t.Error("a file is a store")
	}
	if _, err := f.Clear(time.Time{}); err == nil {
		t.Error("a file was cleared")
	}
}

func TestTrouble(t *testing.T) {
	f := Folder(t.TempDir())
	if err := os.Mkdir(f.Store(), 0o700); err != nil {
		t.Fatal(err)
	}
	if why := f.Trouble(); why != "" {
		t.Errorf("Trouble = %q", why)
	}
	if err := os.Chmod(f.Store(), 0o770); err != nil {
		t.Fatal(err)
	}
	if why := f.Trouble(); why != "other users can write to it" {
		t.Errorf("Trouble = %q", why)
	}
	if err := os.Remove(f.Store()); err != nil {
		t.Fatal(err)
	}
	write(t, f.Store(), "")
	if why := f.Trouble(); why != "it is no folder" {
		t.Errorf("Trouble = %q", why)
	}
}

func TestDefault(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", "/users")
	t.Setenv("HOME", "/home")
	t.Setenv("VOLINT_CACHE", "")
	if got := Default(); !strings.HasSuffix(string(got), "/volint") {
		t.Errorf("Default = %s", got)
	}
	t.Setenv("VOLINT_CACHE", "/set")
	if got := Default(); got != "/set" {
		t.Errorf("Default = %s", got)
	}
}

func TestLimit(t *testing.T) {
	for set, want := range map[string]int64{"": DefaultLimit, "0": -1, "0G": -1, "1": 1, "500M": 500 << 20} {
		t.Setenv("VOLINT_CACHE_LIMIT", set)
		if got, err := Limit(); err != nil || got != want {
			t.Errorf("Limit of %q = %d, %v; want %d", set, got, err, want)
		}
	}
	t.Setenv("VOLINT_CACHE_LIMIT", "much")
	if got, err := Limit(); err == nil {
		t.Errorf("Limit = %d", got)
	}
}
