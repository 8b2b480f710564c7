package tests

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	memorysource "github.com/volint/volint/memaccess/source"
)

// version is one Volatility to run on the image.
type version struct {
	name, profile string
	python        func(testing.TB) string
}

var versions = []version{
	{"Volatility 3", "", testenv.Python3},
	{"Volatility 2", "LinuxTiny61x64", testenv.Python2},
}

// environment tells the C runtime where everything is.
func (v version) environment(t *testing.T) []string {
	return append(os.Environ(),
		"VOLINT_BIN="+testenv.Build(t, "./cmd/volint"),
		"VOLINT_PYTHON="+v.python(t),
		"VOLINT_VOLATILITY=",
		"VOLINT_SYMBOLS="+testenv.Fixture(),
		"VOLINT_PLUGINS="+testenv.Fixture(),
		"SEED_SOCKET="+serve(t),
		"SEED_PROFILE="+v.profile,
		"TZ=UTC",
	)
}

// serve serves the image on a socket, as an emulator serves a guest's memory.
func serve(t *testing.T) (path string) {
	t.Helper()
	testenv.Uses(t, "memaccess/python")
	memory, err := memorysource.Raw(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = memory.Close() })
	return memorytest.Serve(t, memory)
}

func output(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if stderr.Len() > 0 {
		t.Errorf("%s says:\n%s", filepath.Base(name), stderr.String())
	}
	return string(out)
}

// process is a row as volint itself prints it.
type process struct {
	Offset uint64  `json:"offset"`
	Name   string  `json:"name"`
	Pid    uint32  `json:"pid"`
	UID    uint32  `json:"uid"`
	GID    uint32  `json:"gid"`
	DTB    *uint64 `json:"dtb"`
}

// processes are what `volint run` prints of the image.
func processes(t *testing.T, v version, env []string) []process {
	t.Helper()
	args := []string{"run", "--format", "jsonl", "-f", testenv.Image(t)}
	if v.profile != "" {
		args = append(args, "--profile", v.profile)
	}
	var all []process
	rows := json.NewDecoder(strings.NewReader(output(t, env, testenv.Build(t, "./cmd/volint"), append(args, "linux_pslist")...)))
	for rows.More() {
		var p process
		if err := rows.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 20 {
		t.Fatalf("volint prints %d processes", len(all))
	}
	return all
}

// dtb is a page table's address as the seed's program prints it.
func (p process) dtb(none string) string {
	if p.DTB == nil {
		return none
	}
	return fmt.Sprintf("0x%016x", *p.DTB)
}

// The program of the interface's own description, unchanged, with protobuf-c's
// generated code prints the processes; and so does the one with generated
// decoders.
func TestProgramsPrintTheProcesses(t *testing.T) {
	seed := seedProgram(t)
	example := exampleProgram(t)
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			env := v.environment(t)
			var wantSeed, wantExample []string
			for _, p := range processes(t, v, env) {
				name := strings.Map(func(r rune) rune {
					if r < 0x20 || r >= 0x7f {
						return '?'
					}
					return r
				}, p.Name)
				wantSeed = append(wantSeed, fmt.Sprintf("0x%016x %-21s%-16d%-16d%-7d%s", p.Offset, p.Name, p.Pid, p.UID, p.GID, p.dtb("------------------")))
				wantExample = append(wantExample, fmt.Sprintf("0x%016x %5d %-18s %s", p.Offset, p.Pid, p.dtb("-"), name))
			}
			var gotSeed []string
			for _, line := range lines(output(t, env, seed))[1:] {
				// asctime's "Thu Jan  1 00:00:38 2026" follows a space.
				gotSeed = append(gotSeed, line[:len(line)-25])
			}
			if diff := cmp.Diff(wantSeed, gotSeed); diff != "" {
				t.Errorf("the seed's program: %s", diff)
			}
			if diff := cmp.Diff(wantExample, lines(output(t, env, example, testenv.Image(t), v.profile))); diff != "" {
				t.Errorf("the example: %s", diff)
			}
		})
	}
}

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// seedProgram compiles the seed's program with what protoc-c makes of the
// schema. Only its dump and profile come from elsewhere.
func seedProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := []string{"panda_vol_int", "volint/volrender/v1/options", "google/protobuf/descriptor"}
	args := []string{"-I", filepath.Join(testenv.Root(), "schema"), "--c_out=" + dir}
	var sources []string
	for _, f := range files {
		args = append(args, f+".proto")
		sources = append(sources, filepath.Join(dir, f+".pb-c.c"))
	}
	testenv.Uses(t, "schema")
	protocC := testenv.Tool(t, "protoc-c")
	// Its package does not bring the file that options are defined in.
	bare := exec.Command(protocC, "--c_out="+dir, "google/protobuf/descriptor.proto").Run()
	testenv.Need(t, bare == nil, "google/protobuf/descriptor.proto for protoc-c",
		"install it, on Debian with `apt-get install libprotobuf-dev`")
	if out, err := exec.Command(protocC, args...).CombinedOutput(); err != nil {
		t.Fatalf("protoc-c: %v\n%s", err, out)
	}
	gcc := testenv.Tool(t, "gcc")
	// As it stands, and with the places of this machine.
	object := filepath.Join(dir, "seed_main.o")
	for _, flags := range [][]string{nil, {"-include", source("seed_where.h")}} {
		args := append([]string{"-std=c99", "-I", dir, "-I", ctest.Runtime(), "-c", "-o", object}, flags...)
		if out, err := exec.Command(gcc, append(args, source("seed_main.c"))...).CombinedOutput(); err != nil {
			t.Fatalf("gcc: %v\n%s", err, out)
		}
	}
	sources = append(sources, object, filepath.Join(ctest.Runtime(), "volint.c"), "-lprotobuf-c")
	return ctest.Link(t, "gcc", []string{"-std=c99", "-I", dir}, sources...)
}

func exampleProgram(t *testing.T) string {
	t.Helper()
	testenv.Uses(t, "gen/c")
	gen := filepath.Join(testenv.Root(), "gen", "c")
	return ctest.Sanitized(t, []string{"-I", gen}, filepath.Join(ctest.Runtime(), "examples", "pslist.c"), filepath.Join(gen, "panda_vol_int.volrender.c"))
}

// Volatility's own reason reaches the C program.
func TestReasonReachesTheProgram(t *testing.T) {
	example := exampleProgram(t)
	notMemory := filepath.Join(t.TempDir(), "zero")
	if err := os.WriteFile(notMemory, make([]byte, 1<<20), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, image, want string }{
		{"not memory", notMemory, notMemory},
		{"no file", "/no/such/image", "/no/such/image"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(example, tt.image)
			cmd.Env = versions[0].environment(t)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Fatalf("status 0, and it says %s", out)
			}
			said := lines(string(out))
			if len(said) < 2 || !strings.HasPrefix(said[0], "error: ") || !strings.Contains(said[0], tt.want) || !strings.HasPrefix(said[1], "hint: ") {
				t.Errorf("it says %s", out)
			}
		})
	}
}
