package testenv

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// Program is a program that runs, and talks to a test by lines.
type Program struct {
	*exec.Cmd
	In   io.WriteCloser
	out  *bufio.Reader
	said *Said

	once sync.Once
}

// Start starts a program. It ends, at the test's end at the latest, when its standard
// input does; the test fails where that is not with success.
func Start(t testing.TB, cmd *exec.Cmd) *Program {
	t.Helper()
	p := &Program{Cmd: cmd, said: new(Said)}
	cmd.Stderr = p.said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.In, p.out = in, bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.End(t) })
	return p
}

// Line is the next line that the program writes to its standard output.
func (p *Program) Line(t testing.TB) string {
	t.Helper()
	line, err := p.out.ReadString('\n')
	if err != nil {
		_ = p.wait()
		t.Fatalf("%s says no more but %q: %v\n%s", p.Path, line, err, p.said)
	}
	return strings.TrimSuffix(line, "\n")
}

// Tell writes a line to the program, and returns the one that it answers.
func (p *Program) Tell(t testing.TB, line string) string {
	t.Helper()
	if _, err := io.WriteString(p.In, line+"\n"); err != nil {
		t.Fatalf("%s: %v\n%s", p.Path, err, p.said)
	}
	return p.Line(t)
}

// End ends the program, if it has not ended.
func (p *Program) End(t testing.TB) {
	t.Helper()
	if err := p.wait(); err != nil {
		t.Errorf("%s: %v\n%s", p.Path, err, p.said)
	}
}

// wait returns the program's end the first time, and nil after that: it is told once.
func (p *Program) wait() (err error) {
	p.once.Do(func() {
		_ = p.In.Close()
		err = p.Wait()
	})
	return err
}

// Said is what a program has said so far, for who looks while it runs.
type Said struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *Said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *Said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}
