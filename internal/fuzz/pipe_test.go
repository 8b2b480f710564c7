package fuzz

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"

	"github.com/volint/volint/internal/fuzz/oracle"
)

// testee is a program that reads messages: serve.py says what it is asked and
// answers.
type testee struct {
	in      io.WriteCloser
	out     *bufio.Reader
	stderr  *strings.Builder
	process *exec.Cmd
}

// answer is what a testee makes of a message.
type answer struct {
	oracle.Result
	// Encoded is what the values are encoded to.
	Encoded []byte
}

// start starts a testee, which ends with the test.
func start(t testing.TB, program string, args ...string) *testee {
	t.Helper()
	p := &testee{process: exec.Command(program, args...), stderr: &strings.Builder{}}
	p.process.Stderr = p.stderr
	in, err := p.process.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewReaderSize(out, 1<<16)
	t.Cleanup(func() {
		in.Close()
		if err := p.process.Wait(); err != nil && !t.Failed() {
			t.Errorf("%s: %v\n%s", program, err, p.stderr)
		}
	})
	return p
}

// ask asks about messages of one type and returns the answers. After an error it
// has as many as came: the next message is the one that the testee died of.
func (p *testee) ask(kind int, messages [][]byte) ([]answer, error) {
	wrote := make(chan error, 1)
	go func() {
		w := bufio.NewWriterSize(p.in, 1<<16)
		for _, m := range messages {
			head := binary.LittleEndian.AppendUint32(nil, uint32(len(m)))
			w.Write(binary.LittleEndian.AppendUint32(head, uint32(kind)))
			w.Write(m)
		}
		wrote <- w.Flush()
	}()
	answers := make([]answer, 0, len(messages))
	for range messages {
		a, err := readAnswer(p.out)
		if err != nil {
			p.process.Process.Kill()
			<-wrote
			_ = p.process.Wait() // for all that it says
			return answers, fmt.Errorf("%w\n%s", err, p.stderr)
		}
		answers = append(answers, a)
	}
	return answers, <-wrote
}

func readAnswer(r io.Reader) (a answer, err error) {
	var head struct {
		Size    uint32
		Taken   uint8
		Unknown uint32
		Text    uint32
	}
	if err := binary.Read(r, binary.LittleEndian, &head); err != nil {
		return a, err
	}
	body := make([]byte, head.Size-9)
	if _, err := io.ReadFull(r, body); err != nil {
		return a, err
	}
	a.OK, a.Unknown = head.Taken == 1, int(head.Unknown)
	a.Values, a.Encoded = string(body[:head.Text]), body[head.Text:]
	return a, nil
}
