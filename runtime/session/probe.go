package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/volint/volint/runtime/python"
)

// probeTime is how long a Python may take to say what it has.
const probeTime = 15 * time.Second

// Candidate is a Python that could have Volatility.
type Candidate struct {
	// Python is its path, or what was named where there is none.
	Python string
	// From says why it was looked at: "vol on the PATH".
	From string
	// Version is Python's version, "" where it did not start.
	Version string
	// Volatility2 and Volatility3 are the versions that can be imported, or "".
	Volatility2, Volatility3 string
	// Chosen is set for the one that a command would run in.
	Chosen bool
	// Why says why it was not chosen; "" for the chosen one.
	Why string
}

// volatility returns the version of Volatility that the candidate has.
func (c *Candidate) volatility(v Version) string {
	if v == Volatility2 {
		return c.Volatility2
	}
	return c.Volatility3
}

// Probe lists the Pythons that could run the configured Volatility, the first
// choice first, and starts each to learn what it has. At most one is chosen.
func Probe(ctx context.Context, cfg Config) []Candidate {
	cfg, err := cfg.resolve()
	if err != nil {
		cfg.Version = max(cfg.Version, Volatility2)
	}
	return probeAll(ctx, &cfg, false)
}

// probeAll probes the places, until one is chosen where that is enough.
func probeAll(ctx context.Context, cfg *Config, enough bool) []Candidate {
	var found []Candidate
	chosen := false
	for _, p := range places(cfg) {
		c := Candidate{Python: p.python, From: p.from, Why: p.why}
		if c.Why == "" {
			probe(ctx, &c, cfg.Version)
		}
		if c.Why == "" && chosen {
			c.Why = "another comes first"
		}
		c.Chosen = c.Why == ""
		chosen = chosen || c.Chosen
		found = append(found, c)
		if chosen && enough {
			break
		}
	}
	return found
}

// probe starts a Python and fills in what it has.
func probe(ctx context.Context, c *Candidate, v Version) {
	code, err := python.FS.ReadFile("worker/probe.py")
	if err != nil {
		c.Why = err.Error()
		return
	}
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	out, err := runProbe(ctx, c.Python, string(code))
	var said struct {
		Python, Volatility3, Why3, Volatility2, Why2 string
	}
	if err == nil {
		err = json.Unmarshal(lastLine(out), &said)
	}
	if err != nil {
		c.Why = "it does not work as a Python: " + err.Error()
		return
	}
	c.Version, c.Volatility2, c.Volatility3 = said.Python, said.Volatility2, said.Volatility3
	if c.volatility(v) == "" {
		c.Why = fmt.Sprintf("it has no Volatility %d: %s", v, map[Version]string{Volatility2: said.Why2, Volatility3: said.Why3}[v])
	}
}

func runProbe(ctx context.Context, python, code string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, python, "-c", code)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	var stdout, stderr tail
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("it did not answer: %w", ctx.Err())
	case err != nil:
		if said := bytes.TrimSpace(lastLine([]byte(stderr.String()))); len(said) > 0 {
			err = errors.New(string(said))
		}
		return nil, err
	}
	return []byte(stdout.String()), nil
}

func lastLine(b []byte) []byte {
	b = bytes.TrimSpace(b)
	return b[bytes.LastIndexByte(b, '\n')+1:]
}

// choose sets cfg.Python. A Python that was named is not started for it: the
// worker says by itself what is missing there.
func choose(ctx context.Context, cfg *Config) error {
	if cfg.Python != "" {
		p := named(cfg.Python)
		if p.why != "" {
			message := "there is no program " + cfg.Python
			if p.why == mayNotRun {
				message = cfg.Python + " may not be run: permission denied"
			}
			return &Error{Code: "no-python", Message: message, Hint: "it is named by --python or VOLINT_PYTHON"}
		}
		cfg.Python = p.python
		return nil
	}
	candidates := probeAll(ctx, cfg, true)
	for _, c := range candidates {
		if c.Chosen {
			cfg.Python = c.Python
			return nil
		}
	}
	return notChosen(candidates, cfg.Version)
}

func notChosen(candidates []Candidate, v Version) *Error {
	var detail strings.Builder
	pythons := 0
	for _, c := range candidates {
		fmt.Fprintf(&detail, "%s (%s): %s\n", c.Python, c.From, c.Why)
		if c.Version != "" {
			pythons++
		}
	}
	e := &Error{Code: "no-volatility", Detail: detail.String(), Hint: howToInstall(v),
		Message: fmt.Sprintf("none of the %d Pythons found has Volatility %d", pythons, v)}
	if pythons == 0 {
		e.Code = "no-python"
		e.Message = "no Python was found"
	}
	return e
}

func howToInstall(v Version) string {
	if v == Volatility2 {
		return "install it for a Python 2.7, and name that with --python or VOLINT_PYTHON"
	}
	return "install it: python3 -m venv ~/volatility3 && ~/volatility3/bin/pip install volatility3, " +
		"and name its Python: VOLINT_PYTHON=~/volatility3/bin/python"
}
