package tests

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

func memoryC() string { return filepath.Join(testenv.Root(), "memaccess", "c") }

// The header for a program's own memory, by the example that has it.
func TestMemoryCompilesEverywhere(t *testing.T) {
	testenv.Uses(t, "memaccess/c", "gen/c")
	gen := filepath.Join(testenv.Root(), "gen", "c")
	for _, d := range ctest.Dialects {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			ctest.Check(t, d, []string{"-I", memoryC(), "-I", gen}, filepath.Join(ctest.Runtime(), "examples", "plugin.c"))
		})
	}
}

// The thread that waits for rows serves memory: it alone, and at no other time.
func TestMemory(t *testing.T) {
	testenv.Uses(t, "memaccess/c")
	for _, flag := range []string{"-fsanitize=address,undefined", "-fsanitize=thread"} {
		program := ctest.Link(t, "gcc", append(sanitizer(flag), "-I", memoryC()),
			source("memory.c"), filepath.Join(ctest.Runtime(), "volint.c"), filepath.Join(memoryC(), "volint_memory.c"))
		for name, want := range memoryScenarios {
			t.Run(name+" "+flag, func(t *testing.T) {
				t.Parallel()
				out, mark := scenario(t, program, name)
				if diff := cmp.Diff(want, out); diff != "" {
					t.Error(diff)
				}
				nothingLeft(t, mark)
			})
		}
	}
}

// A plug-in of an emulator runs a command at a hundred checkpoints, with the lock held
// that its memory's callback needs, and finds the guest of that moment each time.
func TestCheckpoints(t *testing.T) {
	testenv.Uses(t, "memaccess/c", "memaccess/python", "gen/c", "runtime/python", "runtime/session")
	gen := filepath.Join(testenv.Root(), "gen", "c")
	program := ctest.Sanitized(t, []string{"-I", gen, "-I", memoryC()}, source("checkpoint.c"),
		filepath.Join(memoryC(), "volint_memory.c"), filepath.Join(gen, "panda_vol_int.volrender.c"))
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			env, mark := v.environment(t), "VOLINT_TEST_MARK="+t.TempDir()
			rows := len(processes(t, v, env))
			cmd := exec.Command(program, testenv.Image(t), v.profile, "100")
			cmd.Env = append(env, mark)
			out, err := cmd.CombinedOutput()
			if want := fmt.Sprintf("100 checkpoints, %d rows\n", rows); err != nil || string(out) != want {
				t.Errorf("%v, %s; want %s", err, out, want)
			}
			nothingLeft(t, mark)
		})
	}
}

// What only decodes rows holds nothing of what runs commands.
func TestDecodingAloneIsSmall(t *testing.T) {
	program := ctest.Link(t, "gcc", []string{"-std=c99", "-O1", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"},
		source("reader.c"), filepath.Join(ctest.Runtime(), "volint.c"))
	out, err := exec.Command(testenv.Tool(t, "nm"), program).Output()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(out), "volint_reader_fd") {
		t.Fatalf("nm shows no volint_reader_fd:\n%s", out)
	}
	for _, name := range []string{"vol_run", "vol_start", "posix_spawn", "last_error", "sendmsg"} {
		if strings.Contains(string(out), name) {
			t.Errorf("%s is in the program", name)
		}
	}
}
