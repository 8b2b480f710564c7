// Package pysyntax has the Python of a schema parsed by the Python that is at
// hand: parsed, never run.
package pysyntax

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
)

//go:embed check.py
var script string

// patience is how long an interpreter may take before it counts as missing.
const patience = 10 * time.Second

// language is the Python of one version of Volatility: where to look for it.
type language struct {
	volatility   int
	interpreters []interpreter
}

// interpreter is a name to look for, the version it must turn out to be, and
// the flags that keep the user's site, paths and environment out.
type interpreter struct {
	name  string
	major int
	flags []string
}

var (
	isolated2 = []string{"-S", "-E", "-W", "ignore"}
	isolated3 = []string{"-I", "-S", "-W", "ignore"}
	python3   = []interpreter{{"python3", 3, isolated3}, {"python", 3, isolated3}}
	languages = []language{
		// Without a Python 2.7, what both versions accept is what passes.
		{2, append([]interpreter{{"python2.7", 2, isolated2}, {"python2", 2, isolated2}}, python3...)},
		{3, python3},
	}
)

// Checker returns a checker that starts one interpreter for each of these versions of
// Volatility that has snippets, side by side; snippets of other versions pass. Where
// there is none that works, a line on stderr says so and the snippets pass.
func Checker(ctx context.Context, lookPath func(string) (string, error), stderr io.Writer, versions ...int) plan.ExpressionChecker {
	return func(snippets []plan.Snippet) []string {
		mistakes := make([]string, len(snippets))
		var checks []*check
		var running sync.WaitGroup
		for _, l := range languages {
			c := &check{version: l.volatility, asked: of(l.volatility, snippets)}
			if len(c.asked) == 0 || !slices.Contains(versions, l.volatility) {
				continue
			}
			checks = append(checks, c)
			running.Add(1)
			go func() {
				defer running.Done()
				c.answer, c.ok = l.check(ctx, lookPath, pick(snippets, c.asked))
			}()
		}
		running.Wait()
		for _, c := range checks {
			if !c.ok {
				fmt.Fprintf(stderr, "protoc-gen-volrender: the Python for Volatility %d was not checked: found no Python that works\n", c.version)
				continue
			}
			for i, index := range c.asked {
				mistakes[index] = c.answer[i]
			}
		}
		return mistakes
	}
}

// check is what is asked about a version's snippets, by their indexes, and the answer.
type check struct {
	version int
	asked   []int
	answer  []string
	ok      bool
}

// of returns the indexes of a version's snippets.
func of(version int, snippets []plan.Snippet) []int {
	var asked []int
	for i, s := range snippets {
		if s.Version == version {
			asked = append(asked, i)
		}
	}
	return asked
}

func pick(snippets []plan.Snippet, indexes []int) []plan.Snippet {
	var out []plan.Snippet
	for _, i := range indexes {
		out = append(out, snippets[i])
	}
	return out
}

// check asks the first interpreter that works.
func (l language) check(ctx context.Context, lookPath func(string) (string, error), snippets []plan.Snippet) ([]string, bool) {
	var request strings.Builder
	for _, s := range snippets {
		mode := "eval "
		if s.Kind == plan.Import {
			mode = "exec "
		}
		request.WriteString(mode + s.Source + "\n") // the plan lets no line break pass
	}
	for _, i := range l.interpreters {
		path, err := lookPath(i.name)
		if err != nil {
			continue
		}
		if mistakes, ok := i.ask(ctx, path, request.String(), len(snippets)); ok {
			return mistakes, true
		}
	}
	return nil, false
}

// ask runs the script. An interpreter that fails, hangs or answers something
// else counts as missing: version managers put stand-ins on the PATH that only
// say that nothing is installed.
func (i interpreter) ask(ctx context.Context, path, request string, want int) ([]string, bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append(slices.Clone(i.flags), "-c", script)...)
	cmd.Stdin = strings.NewReader(request)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, false
	}
	lines := strings.Split(strings.ReplaceAll(string(out), "\r\n", "\n"), "\n")
	// The version, an answer for each snippet, and what follows the last line's end.
	if len(lines) != want+2 || lines[0] != strconv.Itoa(i.major) {
		return nil, false
	}
	return lines[1 : want+1], true
}
