package fuzz

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// What decoding may take: at twice the size as many steps and a little (maps are
// sorted), and so many steps and so much memory for each byte. The memory is for
// this schema: two bytes may become its largest struct, and lists grow by doubling.
const (
	trapSize   = 8000
	mostGrowth = 2.4
	mostSteps  = 300
	mostMemory = 1200
)

// cost is what decoding a message took.
type cost struct{ steps, memory float64 }

// bounded measures every trap at two sizes.
func bounded(t *testing.T, measure func(name string, size int) (cost, int)) {
	t.Helper()
	var worstGrowth, worstSteps, worstMemory float64
	for _, name := range slices.Sorted(maps.Keys(traps(0))) {
		small, n := measure(name, trapSize)
		large, m := measure(name, 2*trapSize)
		// Some traps grow by more than twice, for the numbers in them.
		growth := large.steps / small.steps * 2 * float64(n) / float64(m)
		steps, memory := large.steps/float64(m), large.memory/float64(m)
		if growth > mostGrowth || steps > mostSteps || memory > mostMemory {
			t.Errorf("%s: %.2f times the steps at twice the size, %.0f steps and %.0f bytes for each byte", name, growth, steps, memory)
		}
		if small.steps < float64(n)/60 {
			t.Errorf("%s: %.0f steps for %d bytes: nothing is counted", name, small.steps, n)
		}
		worstGrowth, worstSteps, worstMemory = max(worstGrowth, growth), max(worstSteps, steps), max(worstMemory, memory)
	}
	t.Logf("at most %.2f times the steps at twice the size, %.0f steps and %.0f bytes for each byte", worstGrowth, worstSteps, worstMemory)
}

// asked measures by a testee that answers with steps and memory.
func asked(t *testing.T, c *schema.Compiled, p *testee) func(name string, size int) (cost, int) {
	return func(name string, size int) (cost, int) {
		message := traps(size)[name]
		answers, err := p.ask(slices.Index(c.Roots, limits), [][]byte{message})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		memory, err := strconv.ParseFloat(answers[0].Values, 64)
		if err != nil {
			t.Fatal(err)
		}
		return cost{float64(answers[0].Unknown), memory}, len(message)
	}
}

// limitsSchema is the case that traps are messages of.
func limitsSchema(t *testing.T) *schema.Compiled {
	t.Helper()
	all, _, err := readCases()
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(s schema.Schema) bool { return slices.Contains(s.Roots, limits) })
	c, err := all[i].Compile(filepath.Join(testenv.Root(), "schema"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestBoundsC: time and memory that decoding takes in C, where it allocates nothing.
func TestBoundsC(t *testing.T) {
	t.Parallel()
	c := limitsSchema(t)
	counters := ctest.Link(t, "gcc", []string{"-c"}, testeeFile("steps.c"))
	program := linkC(t, c, "gcc", "-O1", "-DSTEPS", "-fsanitize-coverage=trace-pc", "-fno-builtin",
		"-Wl,--wrap=memcpy,--wrap=memmove,--wrap=memset,--wrap=memcmp,--wrap=malloc,--wrap=calloc,--wrap=realloc", counters)
	bounded(t, asked(t, c, start(t, program)))
}

// TestBoundsPython: time and memory that decoding takes in Python.
func TestBoundsPython(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, "internal/fuzz/testee")
	c := limitsSchema(t)
	dir := t.TempDir()
	generate(t, c, filepath.Join(dir, "rows"), "lang=python")
	args := append([]string{"-B", testeeFile("steps.py"), dir}, c.Roots...)
	bounded(t, asked(t, c, start(t, testenv.Tool(t, "python3"), args...)))
}

// TestBoundsGo: time and memory that decoding takes in Go. The steps are the
// statements of package row that ran, as the coverage profile of one decoding counts
// them.
func TestBoundsGo(t *testing.T) {
	t.Parallel()
	testenv.Uses(t, "runtime/row")
	dir := t.TempDir()
	binary := filepath.Join(dir, "trap.test")
	build := exec.Command("go", "test", "-c", "-o", binary, "-vet=off", "-tags=generated", "-overlay="+overlay(t, limitsSchema(t)),
		"-covermode=count", "-coverpkg=github.com/volint/volint/runtime/row", ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	bounded(t, func(name string, size int) (cost, int) {
		profile := filepath.Join(dir, "profile")
		run := exec.Command(binary, "-test.run=^TestTrap$", "-test.v", "-test.coverprofile="+profile,
			"-trap="+name, "-size="+strconv.Itoa(size))
		out, err := run.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		_, said, _ := strings.Cut(string(out), "memory ")
		said, _, _ = strings.Cut(said, "\n")
		memory, err := strconv.ParseFloat(said, 64)
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return cost{statements(t, profile), memory}, len(traps(size)[name])
	})
}

// statements counts those that ran, by a coverage profile, whose lines end in the
// number of a block's statements and how often it ran.
func statements(t *testing.T, profile string) float64 {
	t.Helper()
	text, err := os.ReadFile(profile)
	if err != nil {
		t.Fatal(err)
	}
	sum := 0.0
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		statements, err1 := strconv.ParseFloat(fields[1], 64)
		times, err2 := strconv.ParseFloat(fields[2], 64)
		if err1 != nil || err2 != nil {
			t.Fatalf("a line of the profile: %s", line)
		}
		sum += statements * times
	}
	return sum
}
