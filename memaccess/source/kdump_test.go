package source_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/source"
)

// What makedumpfile makes of a kernel's memory, in each of the formats it knows, has
// that memory: all of it, or what it was told to leave.
func TestKdumpByMakedumpfile(t *testing.T) {
	tool := testenv.Tool(t, "makedumpfile")
	help, _ := exec.Command(tool, "-h").CombinedOutput()
	path, core := guestCores(t)
	whole := opened(t, path, "")
	dir := t.TempDir()
	for name, option := range map[string]string{"zlib": "-c", "lzo": "-l", "snappy": "-p", "zstd": "-z"} {
		if bytes.Contains(help, []byte("'"+option+"' option will be ignored")) {
			continue // Debian's knows zlib and LZO
		}
		t.Run(name, func(t *testing.T) {
			all, some := filepath.Join(dir, name), filepath.Join(dir, name+" of some pages")
			run(t, exec.Command(tool, option, "-d", "1", core, all))
			run(t, exec.Command(tool, option, "-d", "31", core, some))
			most, least := comparePages(t, all, whole), comparePages(t, some, whole)
			if least == 0 || least >= most {
				t.Errorf("%d pages, and %d without those that are left out", most, least)
			}
		})
	}
	t.Run("flattened", func(t *testing.T) {
		var out bytes.Buffer
		cmd := exec.Command(tool, "-F", "-c", "-d", "31", core)
		cmd.Stdout = &out
		run(t, cmd)
		if n := comparePages(t, dumpOf(t, out.Bytes()), whole); n == 0 {
			t.Error("there is no page")
		}
	})
	t.Run("split", func(t *testing.T) {
		part, other, joined := filepath.Join(dir, "part"), filepath.Join(dir, "other"), filepath.Join(dir, "joined")
		run(t, exec.Command(tool, "--split", "-c", "-d", "31", core, part, other))
		if _, err := source.Open(part, ""); err == nil || !strings.Contains(err.Error(), "one part of a dump that was split") {
			t.Errorf("opening a part: %v", err)
		}
		run(t, exec.Command(tool, "--reassemble", part, other, joined)) // as the hint says
		if n := comparePages(t, joined, whole); n == 0 {
			t.Error("there is no page")
		}
	})
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
}

// comparePages compares all that a dump has with the guest's own memory, and returns
// how many pages that is.
func comparePages(t *testing.T, path string, whole memaccess.Source) (pages uint64) {
	t.Helper()
	s := opened(t, path, "")
	if said := s.(memaccess.Warner).Warnings(); len(said) != 0 {
		t.Errorf("warnings %q", said)
	}
	for _, run := range s.Runs() {
		got, want := make([]byte, run.Length), make([]byte, run.Length)
		if _, err := s.ReadAt(got, int64(run.Start)); err != nil {
			t.Fatal(err)
		}
		if _, err := whole.ReadAt(want, int64(run.Start)); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v is not the guest's memory (%v)", run, err)
		}
		pages += run.Length / page
	}
	return pages
}
