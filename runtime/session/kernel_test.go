package session_test

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/gen/go/pandavolint/pandavolintrow"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// kernelMap is where the kernel's text and data are mapped; the image's kernel is
// not moved.
const kernelMap = 0xffffffff80000000

// symbol is the address of a symbol of the image's kernel.
func symbol(t *testing.T, name string) uint64 {
	t.Helper()
	profile, err := zip.OpenReader(filepath.Join(testenv.Fixture(), "Tiny61.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer profile.Close()
	f, err := profile.Open("System.map")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	content, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(content)) {
		var at uint64
		var kind, found string
		if _, err := fmt.Sscanf(line, "%x %s %s", &at, &kind, &found); err == nil && found == name {
			return at
		}
	}
	t.Fatalf("the kernel has no symbol %s", name)
	return 0
}

// An image without page tables gives no rows in Volatility 3, and it says that
// all is well: that is no result.
func TestUnreadableKernelIsNoEmptyTable(t *testing.T) {
	image, err := os.ReadFile(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	clear(image[symbol(t, "init_top_pgt")-kernelMap:][:4096])
	path := filepath.Join(t.TempDir(), "no page tables.raw")
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Volatility 3": "unreadable-kernel", "the oldest Volatility 3": "unreadable-kernel", "Volatility 2": "bad-profile"}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config(t)
			cfg.Image = path
			stream, _, err := all(t, cfg, session.Request{Message: pslist})
			if code(err) != want[s.name] || len(stream) > 0 {
				t.Errorf("%d bytes and %v, want none and %s", len(stream), err, want[s.name])
			}
		})
	}
}

// No rows are a result where the kernel can be read.
func TestNoRowsAreAResult(t *testing.T) {
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			stream, result, err := all(t, s.config(t), session.Request{Message: pslist, Args: []string{"--pid", "99999"}})
			if err != nil || len(stream) > 0 || result.Rows != 0 || result.Plugin == "" {
				t.Errorf("%d bytes, %+v, %v", len(stream), result, err)
			}
		})
	}
}

// An image's name may hold anything that a file name may, in text.
func TestOddNames(t *testing.T) {
	path := filepath.Join(t.TempDir(), "memory é %20 #1?;x=y&.raw")
	if err := os.Symlink(testenv.Image(t), path); err != nil {
		t.Fatal(err)
	}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config(t)
			cfg.Image = path
			if _, result, err := all(t, cfg, session.Request{Message: pslist}); err != nil || result.Rows == 0 {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// A column that is not there leaves a field unset, and the result says so; where
// that is not wanted there are no rows.
func TestMissingColumns(t *testing.T) {
	more := session.Request{Message: "volint.test.faults_more"}
	for _, config := range []func(testing.TB) session.Config{faults3, faults2} {
		cfg := config(t)
		t.Run(fmt.Sprint("Volatility ", cfg.Version), func(t *testing.T) {
			t.Parallel()
			_, result, err := all(t, cfg, more)
			if diff := cmp.Diff([]string{"other"}, result.Missing); err != nil || diff != "" || result.Rows != 3 || result.Complete() || len(result.Warnings) == 0 {
				t.Errorf("%+v, %v", result, err)
			}
			cfg.Strict = true
			stream, _, err := all(t, cfg, more)
			if code(err) != "missing-column" || len(stream) > 0 {
				t.Errorf("strict: %d bytes and %v", len(stream), err)
			}
		})
	}
}

// A folder of plugins that can't all be imported costs those alone.
func TestBrokenPluginFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "old.py"), []byte("print 'Python 2'\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := volatility3(t)
	cfg.Plugins = []string{dir}
	rows := 0
	for _, err := range session.Rows[pandavolintrow.LinuxPslistTask](context.Background(), open(t, cfg)) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	if rows != 28 {
		t.Errorf("%d rows, want 28", rows)
	}
}

// A module in the current folder, which may hold evidence, is not run.
func TestCurrentFolderIsNotImported(t *testing.T) {
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			cfg := s.config(t)
			cfg.Plugins = []string{testenv.Fixture()}
			t.Chdir(t.TempDir())
			for _, name := range []string{"json.py", "types.py", "logging.py", "volatility3.py", "volatility.py", "threading.py"} {
				if err := os.WriteFile(name, []byte("raise SystemExit('evidence was run')\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			// Volatility 2 reads this, where it may: no process has the number.
			rc := "[DEFAULT]\nPID = '99999'\n"
			if err := os.WriteFile("volatilityrc", []byte(rc), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, result, err := all(t, cfg, session.Request{Message: pslist}); err != nil || result.Rows == 0 {
				t.Errorf("%+v, %v", result, err)
			}
		})
	}
}

// Commands that start together, in a cache that is not there yet, don't disturb
// each other: Volatility's index of symbol files is one database.
func TestSideBySide(t *testing.T) {
	cfg := volatility3(t)
	cfg.Cache = filepath.Join(t.TempDir(), "a", "cache")
	runner := open(t, cfg)
	var wg sync.WaitGroup
	for range 3 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			run, err := runner.Start(context.Background(), session.Request{Message: pslist})
			if err != nil {
				t.Error(err)
				return
			}
			if result, err := run.Wait(); err != nil || result.Rows != 28 {
				t.Errorf("%+v, %v; want 28 rows", result, err)
			}
		}()
	}
	wg.Wait()
}

// A symbol file that takes another's place counts at once: Volatility by itself
// looks again after days.
func TestSymbolFileIsReplaced(t *testing.T) {
	cfg := volatility3(t)
	cfg.Cache, cfg.Symbols = filepath.Join(t.TempDir(), "cache"), []string{t.TempDir()}
	path := filepath.Join(cfg.Symbols[0], "linux.json")
	if err := os.WriteFile(path, []byte(`{"symbols": {}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := all(t, cfg, session.Request{Message: pslist}); code(err) != "no-symbols" {
		t.Fatalf("without symbols: %v", err)
	}
	unxz := "import lzma, shutil, sys; shutil.copyfileobj(lzma.open(sys.argv[1]), open(sys.argv[2], 'wb'))"
	packed := filepath.Join(testenv.Fixture(), "linux-6.1-tiny.isf.json.xz")
	if out, err := exec.Command(cfg.Python, "-c", unxz, packed, path).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if _, result, err := all(t, cfg, session.Request{Message: pslist}); err != nil || result.Rows != 28 {
		t.Errorf("with symbols: %+v, %v", result, err)
	}
}
