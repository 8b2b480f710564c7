package equality_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/volint/volint/gen"
	"github.com/volint/volint/internal/equality"
	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// image is what the commands read.
type image struct {
	name string
	// path, symbols and profiles find it; profile is Volatility 2's.
	path, symbols, profiles func(testing.TB) string
	profile                 string
	// some are the commands that the tests run, by version; nil is all of them.
	some map[session.Version][]string
}

var images = []image{
	{
		name: "small", path: testenv.Image, profile: "LinuxTiny61x64",
		symbols:  func(testing.TB) string { return testenv.Fixture() },
		profiles: func(testing.TB) string { return testenv.Fixture() },
	},
	{
		name: "Debian", path: livetest.Image, profile: livetest.Profile,
		symbols:  func(t testing.TB) string { return filepath.Join(livetest.Folder(t), "symbols") },
		profiles: func(t testing.TB) string { return filepath.Join(livetest.Folder(t), "profiles") },
		// A process of Volatility's own takes seconds on it. Each of these goes a way
		// of its own: tasks, all symbols, modules, mounts, page cache, sockets, types that
		// are changed for the network, a scan, a file.
		some: map[session.Version][]string{
			session.Volatility3: {
				"linux.pslist.PsList", "linux.kallsyms.Kallsyms", "linux.lsmod.Lsmod", "linux.ip.Addr",
				"linux.sockstat.Sockstat", "linux.mountinfo.MountInfo", "linux.pagecache.Files",
				"linux.psscan.PsScan", "linux.elfs.Elfs --pid 1 --dump",
			},
			session.Volatility2: {"linux_pslist", "linux_lsof", "linux_mount", "linux_ifconfig"},
		},
	},
}

// volatility2 and volatility3 are the Volatility that reads an image by itself.
func volatility3(t testing.TB, im image) *equality.Volatility {
	return inspected(t, &equality.Volatility{
		Version: session.Volatility3, Python: testenv.Python3(t), Program: testenv.Vol3(t),
		Image: im.path(t), Symbols: []string{im.symbols(t)}, Cache: folder(t, "index"), Offline: true,
	})
}

func volatility2(t testing.TB, im image) *equality.Volatility {
	return inspected(t, &equality.Volatility{
		Version: session.Volatility2, Python: testenv.Python2(t), Program: testenv.Vol2(t),
		Image: im.path(t), Plugins: []string{im.profiles(t)}, Profile: im.profile,
	})
}

// inspected is a Volatility with its release.
func inspected(t testing.TB, v *equality.Volatility) *equality.Volatility {
	t.Helper()
	if err := v.Inspect(context.Background()); err != nil {
		t.Fatal(err)
	}
	return v
}

// folder is one that stays between runs, and every run may lose.
func folder(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(testenv.Root(), ".tools", "equality", name)
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens a session of the same Volatility on the same image, with caches of its own
// and, for Volatility 3, a folder for files.
func open(t testing.TB, v *equality.Volatility) (s session.Runner, files string) {
	t.Helper()
	if v.Version == session.Volatility3 {
		files = t.TempDir()
	}
	testenv.Uses(t, "runtime/python")
	dropIns, err := fs.Sub(gen.Files, fmt.Sprintf("python%d", v.Version))
	if err != nil {
		t.Fatal(err)
	}
	config := session.Config{
		Image: v.Image, Version: v.Version, Python: v.Python, Profile: v.Profile, DropIns: map[session.Version]fs.FS{v.Version: dropIns},
		Plugins: append([]string{}, v.Plugins...), Symbols: append([]string{}, v.Symbols...), Cache: t.TempDir(), Files: files,
	}
	s, err = session.Open(context.Background(), config)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return s, files
}

// inParallel does something for each of many, a few at a time.
func inParallel[T any](limit int, items []T, do func(T)) {
	var wait sync.WaitGroup
	places := make(chan struct{}, limit)
	for _, item := range items {
		wait.Add(1)
		places <- struct{}{}
		go func() {
			defer func() { <-places; wait.Done() }()
			do(item)
		}()
	}
	wait.Wait()
}
