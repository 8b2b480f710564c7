package kdump_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
	"github.com/volint/volint/memaccess/source"
)

// TestMakedumpfile has makedumpfile make dumps of a kernel's memory, all of it and
// what it leaves of it, in each of its formats, and compares them with the memory.
func TestMakedumpfile(t *testing.T) {
	makedumpfile := testenv.Tool(t, "makedumpfile")
	help, _ := exec.Command(makedumpfile, "-h").CombinedOutput()
	g := livetest.Boot(t, livetest.Flat, qemutest.Anonymous)
	g.Stop()
	dir := t.TempDir()
	copied := filepath.Join(dir, "memory")
	g.Copy(t, copied)
	g.Quit()
	memory, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	vmcore := filepath.Join(dir, "vmcore")
	if err := os.WriteFile(vmcore, core(t, memory), 0o600); err != nil {
		t.Fatal(err)
	}

	for name, option := range map[string]string{"zlib": "-c", "lzo": "-l", "snappy": "-p", "zstd": "-z"} {
		if bytes.Contains(help, []byte("'"+option+"' option will be ignored")) {
			continue // Debian's knows zlib and LZO
		}
		t.Run(name, func(t *testing.T) {
			all, some := filepath.Join(dir, name), filepath.Join(dir, name+" of some pages")
			run(t, exec.Command(makedumpfile, option, "-d", "0", vmcore, all))
			run(t, exec.Command(makedumpfile, option, "-d", "31", vmcore, some))
			if got := readEqual(t, all, memory); got != uint64(len(memory)) {
				t.Errorf("%d bytes of memory", got)
			}
			if got := readEqual(t, some, memory); got < 8<<20 || got > uint64(len(memory))-8<<20 {
				t.Errorf("%d bytes of memory without what is left out", got)
			}
		})
	}
	t.Run("flattened", func(t *testing.T) {
		flat := exec.Command(makedumpfile, "-F", "-c", "-d", "31", vmcore)
		var out bytes.Buffer
		flat.Stdout = &out
		run(t, flat)
		path := filepath.Join(dir, "flat")
		if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := readEqual(t, path, memory); got < 8<<20 {
			t.Errorf("%d bytes of memory", got)
		}
	})
	t.Run("split", func(t *testing.T) {
		part, other, whole := filepath.Join(dir, "part"), filepath.Join(dir, "other"), filepath.Join(dir, "whole")
		run(t, exec.Command(makedumpfile, "--split", "-c", "-d", "31", vmcore, part, other))
		if _, err := source.Open(part, ""); err == nil || !strings.Contains(err.Error(), "one part of a dump that was split") {
			t.Errorf("opening a part: %v", err)
		}
		run(t, exec.Command(makedumpfile, "--reassemble", part, other, whole)) // as the hint says
		if got := readEqual(t, whole, memory); got < 8<<20 {
			t.Errorf("%d bytes of memory", got)
		}
	})
}

func run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, &stderr)
	}
}

// readEqual compares all that a dump has with memory, and returns how much that is.
func readEqual(t *testing.T, path string, memory []byte) (total uint64) {
	t.Helper()
	dump, err := source.Open(path, "")
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	for _, run := range dump.Runs() {
		got := make([]byte, run.Length)
		if _, err := dump.ReadAt(got, int64(run.Start)); err != nil {
			t.Fatal(err)
		}
		if run.End() > uint64(len(memory)) || !bytes.Equal(got, memory[run.Start:run.End()]) {
			t.Fatalf("%v is not the guest's memory", run)
		}
		total += run.Length
	}
	return total
}

// core makes an ELF core file of memory, with the note that a crashed kernel leaves.
// QEMU's own has that note only for guests that load a driver, and its headers
// elsewhere than makedumpfile looks.
func core(t *testing.T, memory []byte) []byte {
	t.Helper()
	const begin = 16384
	name := []byte("VMCOREINFO\x00\x00")
	at := bytes.Index(memory, append(name, "OSRELEASE="...))
	if at < 0 {
		t.Fatal("the guest's kernel has no VMCOREINFO")
	}
	text, _, _ := bytes.Cut(memory[at+len(name):], []byte{0})
	le := binary.LittleEndian
	note := func(name string, kind uint32, content []byte) []byte {
		out := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, uint32(len(name)+1)), uint32(len(content))), kind)
		out = append(append(out, name...), make([]byte, 4-len(name)%4)...)
		return append(append(out, content...), make([]byte, (4-len(content)%4)%4)...)
	}
	const prStatus, prStatusSize = 1, 336
	notes := append(note("CORE", prStatus, make([]byte, prStatusSize)), note("VMCOREINFO", 0, text)...)

	out := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
	for _, half := range []uint16{4 /* core */, 62 /* x86-64 */, 1, 0} {
		out = le.AppendUint16(out, half)
	}
	out = le.AppendUint64(le.AppendUint64(le.AppendUint64(out, 0), 64 /* program headers */), 0)
	for _, half := range []uint16{0, 0, 64, 56, 2, 0, 0, 0} {
		out = le.AppendUint16(out, half)
	}
	header := func(kind, virtual uint64, offset, length int) {
		for _, word := range []uint64{kind, uint64(offset), virtual, 0, uint64(length), uint64(length), 0} {
			out = le.AppendUint64(out, word)
		}
	}
	header(4, 0, 64+2*56, len(notes))
	header(1|7<<32, 0xffff888000000000, begin, len(memory))
	out = append(out, notes...)
	return append(append(out, make([]byte, begin-len(out))...), memory...)
}
