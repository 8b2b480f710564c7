package kdump

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// theirs builds the program that reads dumps by libkdumpfile.
func theirs(t *testing.T) string {
	t.Helper()
	compiler := testenv.Compiler(t, "gcc", "-lkdumpfile")
	program := filepath.Join(t.TempDir(), "pages")
	out, err := exec.Command(compiler, "-Wall", "-Wextra", "-Werror", "-o", program, "testdata/pages.c", "-lkdumpfile").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}

// expectTheirs holds that libkdumpfile reads these pages of a dump as we do, and
// lacks those that we lack. It returns how many both have.
func expectTheirs(t *testing.T, program, path string, ours memaccess.Source, block int, numbers []uint64) (there int) {
	t.Helper()
	args := []string{path, strconv.Itoa(block)}
	for _, number := range numbers {
		args = append(args, strconv.FormatUint(number, 10))
	}
	var stderr strings.Builder
	cmd := exec.Command(program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("libkdumpfile: %v: %s", err, &stderr)
	}
	page := make([]byte, block)
	for _, number := range numbers {
		has := out[0] == 1
		_, err := ours.ReadAt(page, int64(number)*int64(block))
		out = out[1:]
		if has != (err == nil) {
			t.Fatalf("page %d: libkdumpfile has it: %v; ours: %v", number, has, err)
		}
		if !has {
			continue
		}
		if !bytes.Equal(page, out[:block]) {
			t.Fatalf("page %d differs", number)
		}
		out = out[block:]
		there++
	}
	return there
}

// TestLibkdumpfile has libkdumpfile read what the tests' writer writes.
func TestLibkdumpfile(t *testing.T) {
	program := theirs(t)
	for name, s := range specs() {
		t.Run(name, func(t *testing.T) {
			path := save(t, s.write(t))
			memory, err := openPath(t, path)
			if err != nil {
				t.Fatal(err)
			}
			var numbers []uint64
			for _, number := range s.numbers() {
				numbers = append(numbers, number, number+1)
			}
			if there := expectTheirs(t, program, path, memory, s.withDefaults().block, numbers); there < 100 {
				t.Errorf("only %d pages compared", there)
			}
		})
	}
}

// TestQEMU reads what QEMU dumps, of a guest whose memory holds a real system's, all
// of it: as QEMU wrote it, and as makedumpfile rearranges it.
func TestQEMU(t *testing.T) {
	image, err := os.ReadFile(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, machine := range map[string]string{"in one piece": "pc", "above 4 GiB too": "pc,max-ram-below-4g=16M"} {
		t.Run(name, func(t *testing.T) {
			g := qemutest.Start(t, qemutest.Options{Machine: machine, Memory: "24M", Backend: qemutest.File, Args: []string{"-S"}})
			file, err := os.OpenFile(g.Path, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			if _, err := file.WriteAt(image, 4<<20); err != nil {
				t.Fatal(err)
			}
			var can struct{ Formats []string }
			g.Execute("query-dump-guest-memory-capability", nil, &can)
			for _, format := range can.Formats {
				if strings.HasPrefix(format, "kdump-") {
					t.Run(format, func(t *testing.T) { expectGuest(t, g, format) })
				}
			}
		})
	}
}

// expectGuest dumps a guest that stands, and compares all of it with its memory.
func expectGuest(t *testing.T, g *qemutest.Guest, format string) {
	path := filepath.Join(t.TempDir(), "mem.kdump")
	g.Execute("dump-guest-memory", map[string]any{"paging": false, "protocol": "file:" + path, "format": format}, nil)
	expectPhysical(t, g, path)

	flat, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rearranged := filepath.Join(t.TempDir(), "mem.kdump")
	cmd := exec.Command(testenv.Tool(t, "makedumpfile"), "-R", rearranged)
	cmd.Stdin = bytes.NewReader(flat)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("makedumpfile: %v\n%s", err, out)
	}
	expectPhysical(t, g, rearranged)
}

func expectPhysical(t *testing.T, g *qemutest.Guest, path string) {
	t.Helper()
	memory, err := openPath(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if warnings := memory.(memaccess.Warner).Warnings(); len(warnings) != 0 {
		t.Errorf("warnings %q", warnings)
	}
	total := uint64(0)
	for _, run := range memory.Runs() {
		got := make([]byte, run.Length)
		if _, err := memory.ReadAt(got, int64(run.Start)); err != nil {
			t.Fatal(err)
		}
		if want := g.Physical(run.Start, int(run.Length)); !bytes.Equal(got, want) {
			t.Errorf("%v differs from the guest's memory", run)
		}
		total += run.Length
	}
	if total < 24<<20 {
		t.Errorf("%d bytes of memory, and the guest has 24 MiB", total)
	}
}
