package conformance

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// compare holds an outcome against the list of what is known to fail. A case
// that is listed and passes fails the test too, so that the list only shrinks.
func compare(t *testing.T, o outcome, list string) {
	t.Helper()
	known, err := readKnown(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range differences(o.failed, known) {
		t.Error(line)
	}
	t.Logf("%d of %d cases pass; %d are known not to", o.passed, cases, len(known))
}

// differences says of each case that failed and is not known, and of each that is
// known and did not fail, what to do.
func differences(failed map[string]string, known []string) []string {
	var lines []string
	for name, what := range failed {
		if !slices.Contains(known, name) {
			lines = append(lines, fmt.Sprintf("%s fails: %s", name, what))
		}
	}
	for _, name := range known {
		if _, ok := failed[name]; !ok {
			lines = append(lines, fmt.Sprintf("%s passes (or there is no such case): take it from the list", name))
		}
	}
	slices.Sort(lines)
	return lines
}

// readKnown reads a list: names of cases, each group of them below the reason why
// they fail, in lines that begin with a number sign.
func readKnown(path string) ([]string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var known []string
	reason := false
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = false
		case strings.HasPrefix(line, "#"):
			reason = true
		case !reason:
			return nil, fmt.Errorf("%s: no reason is given for %s", path, line)
		case slices.Contains(known, line):
			return nil, fmt.Errorf("%s: %s is there twice", path, line)
		default:
			known = append(known, line)
		}
	}
	return known, nil
}
