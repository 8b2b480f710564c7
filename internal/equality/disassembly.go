package equality

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
)

// disassembling is a program that answers each line of JSON with a text and a NUL. It
// asks Volatility 3's own renderer.
const disassembling = `
import json, sys
from volatility3.cli.text_renderer import display_disassembly
from volatility3.framework.renderers import Disassembly
out = sys.stdout.buffer
for line in sys.stdin:
    code = json.loads(line)
    found = Disassembly(bytes.fromhex(code["data"]), code["address"], code["architecture"])
    out.write(display_disassembly(found).encode("utf-8") + b"\0")
    out.flush()
`

// Disassembler asks the Volatility 3 of a Python what it shows of machine code. Its
// process starts with the first question. It may be used by many goroutines.
type Disassembler struct {
	Python string

	mu     sync.Mutex
	in     io.WriteCloser
	out    *bufio.Reader
	failed error
	cmd    *exec.Cmd
}

// Disassemble returns Volatility's text: see [Rules].
func (d *Disassembler) Disassemble(code Code) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil && d.failed == nil {
		d.failed = d.start()
	}
	if d.failed != nil {
		return "", d.failed
	}
	question, err := json.Marshal(map[string]any{
		"data": fmt.Sprintf("%x", code.Data), "address": code.Address, "architecture": code.Architecture,
	})
	if err != nil {
		return "", err
	}
	_, wrote := d.in.Write(append(question, '\n'))
	text, read := d.out.ReadString(0)
	if d.failed = errors.Join(wrote, read); d.failed != nil {
		return "", fmt.Errorf("the process that disassembles: %w", d.failed)
	}
	return strings.TrimSuffix(text, "\x00"), nil
}

func (d *Disassembler) start() error {
	cmd := exec.Command(d.Python, "-c", disassembling)
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	d.cmd, d.in, d.out = cmd, in, bufio.NewReader(out)
	return nil
}

// Close ends the process.
func (d *Disassembler) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cmd == nil {
		return nil
	}
	return errors.Join(d.in.Close(), d.cmd.Wait())
}
