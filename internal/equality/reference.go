package equality

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"

	"github.com/volint/volint/runtime/session"
)

// Volatility is a Volatility that reads an image, by itself.
type Volatility struct {
	Version session.Version
	// Python runs Program, which is vol or vol.py; Volatility 3 needs none.
	Python, Program string
	// Release is its version: "2.28.2". Extras names what changes what it shows and is
	// not part of it, by which what is kept is told apart; it may be "".
	Release, Extras string
	// Image is the dump.
	Image string
	// Symbols are folders of symbol files for Volatility 3, Plugins those of plugins,
	// and of the Profile for Volatility 2.
	Symbols, Plugins []string
	Profile          string
	// Cache is the folder for Volatility 3's index of symbol files, which must be
	// there, or "" for its own.
	Cache string
	// Offline keeps Volatility 3 from fetching symbols.
	Offline bool
}

// Environment is what both the processes of Volatility's own and those of a session
// need: the order of a set of texts hangs on a number that every process of Python 3
// draws for itself.
const Environment = "PYTHONHASHSEED=0"

// memoryLimit is what a process of Volatility may take, in bytes: there are plugins
// that fill all there is on some kernels.
const memoryLimit = 4 << 30

// arguments are Python's and Volatility's own before the command.
func (v *Volatility) arguments(files string) []string {
	if v.Version == session.Volatility2 {
		return append(v.start(), "-f", v.Image, "--output=json")
	}
	args := append(v.start(), "-q", "-r", "json", "-o", files, "-f", v.Image)
	if v.Offline {
		args = append(args, "--offline")
	}
	if v.Cache != "" {
		args = append(args, "--cache-path", v.Cache)
	}
	return args
}

// start are the arguments that start Volatility with its plugins and symbols.
func (v *Volatility) start() []string {
	if v.Version == session.Volatility2 {
		args := []string{"-B", v.Program}
		if len(v.Plugins) > 0 {
			args = append(args, "--plugins="+strings.Join(v.Plugins, ":"))
		}
		if v.Profile != "" {
			args = append(args, "--profile="+v.Profile)
		}
		return args
	}
	args := []string{v.Program}
	if v.Program == "" {
		args = []string{"-c", "import sys; from volatility3 import cli; sys.argv[0] = 'vol'; cli.main()"}
	}
	if len(v.Plugins) > 0 {
		args = append(args, "-p", strings.Join(v.Plugins, ";"))
	}
	if len(v.Symbols) > 0 {
		args = append(args, "-s", strings.Join(v.Symbols, ";"))
	}
	return args
}

// Run runs a command in a fresh process. The error is one of the context or of this
// machine; what Volatility says is the table's.
func (v *Volatility) Run(ctx context.Context, c Command) (Table, error) {
	files, err := os.MkdirTemp("", "volint-equality")
	if err != nil {
		return Table{}, err
	}
	defer os.RemoveAll(files)
	args := append(append(v.arguments(files), c.Plugin), c.Args...)
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", fmt.Sprintf(`ulimit -v %d; exec "$0" "$@"`, memoryLimit>>10), v.Python}, args...)...)
	// A volatilityrc in the current folder would count.
	cmd.Dir, cmd.Env = files, append(os.Environ(), Environment)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err = cmd.Run()
	if ctx.Err() != nil {
		return Table{}, fmt.Errorf("%s: %w", c, ctx.Err())
	}
	if err != nil {
		return Table{Failed: fmt.Sprintf("%v: %s", err, complaint(stderr.String(), stdout.String()))}, nil
	}
	return v.parse(c, stdout.Bytes(), files)
}

// parse reads what Volatility printed, and the files that a plugin wrote.
func (v *Volatility) parse(c Command, stdout []byte, files string) (t Table, err error) {
	if v.Version == session.Volatility2 {
		// Before it are lines about plugins that can't be imported.
		if at := bytes.Index(stdout, []byte(`{"rows": `)); at >= 0 {
			t.Rows, err = fromColumns(stdout[at:])
		} else {
			t.Failed = complaint(string(stdout))
		}
	} else {
		t.Rows, err = fromTree(nil, 0, bytes.TrimSpace(stdout))
	}
	if err != nil {
		return Table{}, fmt.Errorf("what %s prints is not JSON: %w: %.200q", c, err, stdout)
	}
	t.Files, err = written(files)
	return t, err
}

// noise are lines that Volatility prints whatever happens.
var noise = regexp.MustCompile(`^(\*\*\* Failed to import|Volatility (Foundation|3 Framework)|No further results|\s*\*|\s*$)`)

// complaint is the line by which Volatility says what went wrong: the one below its
// headline, else the last.
func complaint(said ...string) string {
	var found string
	for _, text := range said {
		headline := false
		for line := range strings.Lines(text) {
			if headline {
				return strings.TrimSpace(line)
			}
			headline = strings.HasPrefix(line, "Volatility experienced")
			if !noise.MatchString(line) {
				found = strings.TrimSpace(line)
			}
		}
		if found != "" {
			break
		}
	}
	return found
}
