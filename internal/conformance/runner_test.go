package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// cases is the number of cases, required and recommended, whose input and
// output are both binary. The version of the runner decides it.
const cases = 2805

// outcome is what the runner says of a testee.
type outcome struct {
	passed int
	failed map[string]string // name of a case: what was wrong
}

// summary ends the suite of the binary format and JSON. The one of the text
// format follows only when that one passes, and is skipped.
var summary = regexp.MustCompile(`CONFORMANCE SUITE \w+: (\d+) successes, \d+ skipped, 0 expected failures, (\d+) unexpected failures\.`)

// drive runs all cases on a testee. The runner starts it anew after it died.
func drive(t *testing.T, testee ...string) outcome {
	t.Helper()
	runner, _ := testenv.ConformanceRunner(t)
	notes := t.TempDir()
	args := append([]string{"--enforce_recommended", "--maximum_edition", "2024", "--output_dir", notes}, testee...)
	out, err := exec.Command(runner, args...).CombinedOutput()
	suite := summary.FindStringSubmatch(string(out))
	if suite == nil {
		t.Fatalf("the runner did not get through: %v\n%s", err, tail(out))
	}
	passed, _ := strconv.Atoi(suite[1])
	failed, _ := strconv.Atoi(suite[2])
	o := outcome{passed, failures(t, filepath.Join(notes, "failing_tests.txt"), string(out))}
	// A testee that skips cases of the binary format would look good otherwise.
	if failed != len(o.failed) || passed+failed != cases {
		t.Fatalf("%d passed and %d failed, of which %d are named; want %d in all\n%s", passed, failed, len(o.failed), cases, tail(out))
	}
	return o
}

// failures reads the runner's notes on what failed, a case a line: its name, a
// number sign and the beginning of what was wrong. All of that, with the request
// and the response, is in what the runner said. There is no file when nothing
// failed.
func failures(t *testing.T, path, said string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	failed := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, what, _ := strings.Cut(strings.TrimSpace(line), " # ")
		if _, after, ok := strings.Cut(said, "ERROR, test="+name+": "); ok {
			what, _, _ = strings.Cut(after, "\nERROR, test=")
			what, _, _ = strings.Cut(what, "\n\n")
		}
		failed[name] = what
	}
	return failed
}

// tail is the end of what the runner said, which may be all 5,000 cases.
func tail(out []byte) string {
	const enough = 4000
	if len(out) > enough {
		return fmt.Sprintf("...%s", out[len(out)-enough:])
	}
	return string(out)
}
