package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// What makedumpfile -E makes of a dump by QEMU has the same memory. Pages of zeros
// are not in its file; those that it was told to leave out are zeros.
func TestMakedumpfile(t *testing.T) {
	tool := testenv.Tool(t, "makedumpfile")
	path, core := guestCores(t)
	whole := opened(t, path, "")
	for level, wantLess := range map[string]bool{"1": false, "31": true} {
		t.Run("-d "+level, func(t *testing.T) {
			small := filepath.Join(t.TempDir(), "small")
			if out, err := exec.Command(tool, "-E", "-d", level, core, small).CombinedOutput(); err != nil {
				t.Fatalf("makedumpfile: %v\n%s", err, out)
			}
			s := opened(t, small, "")
			missing, total := compareDumps(t, s, whole)
			if wantLess != (missing > 0) || missing > total/2 {
				t.Errorf("%d of %d pages were left out", missing, total)
			}
			if a, b := sizeOf(t, small), sizeOf(t, path); a > b/2 {
				t.Errorf("%d bytes of %d: nothing was left out", a, b)
			}
			if len(s.Runs()) < 5 {
				t.Errorf("runs %v", s.Runs())
			}
		})
	}
}

// guestCores are core files of a guest's memory: QEMU's, and one with the kernel's note
// of itself.
func guestCores(t *testing.T) (path, core string) {
	t.Helper()
	g := livetest.Boot(t, livetest.Holed, qemutest.Anonymous)
	g.Stop()
	dir := t.TempDir()
	path, core = filepath.Join(dir, "mem.elf"), filepath.Join(dir, "vmcore")
	g.Dump(path, "elf")
	if err := os.WriteFile(core, withNote(t, path), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, core
}

// compareDumps compares a dump with all of the guest's own memory: the firmware's is
// none that the kernel knows. It returns how many pages are zeros in it alone.
func compareDumps(t *testing.T, s, whole memaccess.Source) (missing, total int) {
	t.Helper()
	const firmware = high - mib
	got, want, empty := make([]byte, page), make([]byte, page), make([]byte, page)
	for _, run := range whole.Runs() {
		for at := int64(run.Start); at < int64(run.End()); at += page {
			if at >= firmware && at < high {
				continue
			}
			total++
			if _, err := whole.ReadAt(want, at); err != nil {
				t.Fatal(err)
			}
			if _, err := s.ReadAt(got, at); err != nil {
				t.Fatalf("at %#x: %v", at, err)
			}
			switch {
			case bytes.Equal(got, want):
			case bytes.Equal(got, empty):
				missing++
			default:
				t.Fatalf("at %#x are other bytes", at)
			}
		}
	}
	return missing, total
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// withNote is a core file with the kernel's note of itself, which makedumpfile needs
// and which QEMU writes only for guests that tell it where theirs is.
func withNote(t *testing.T, path string) []byte {
	t.Helper()
	file, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var notes []byte
	var loads []elf.Prog64
	var data [][]byte
	for _, p := range file.Progs {
		content := make([]byte, p.Filesz)
		if _, err := p.ReadAt(content, 0); err != nil {
			t.Fatal(err)
		}
		if p.Type == elf.PT_NOTE {
			notes = content
			continue
		}
		loads = append(loads, load(p.Paddr, 0, p.Filesz, p.Memsz))
		data = append(data, content)
	}
	notes = append(notes, kernelNote(t, data)...)
	at := uint64(64 + 56*(len(loads)+1))
	progs := []elf.Prog64{{Type: uint32(elf.PT_NOTE), Off: at, Filesz: uint64(len(notes)), Memsz: uint64(len(notes))}}
	at += uint64(len(notes))
	for _, l := range loads {
		l.Off = at
		at += l.Filesz
		progs = append(progs, l)
	}
	return bytes.Join(append([][]byte{core64(binary.LittleEndian, progs...), notes}, data...), nil)
}

// kernelNote finds the kernel's note in its memory.
func kernelNote(t *testing.T, memory [][]byte) []byte {
	t.Helper()
	var best []byte
	for _, m := range memory {
		for at := 0; ; {
			i := bytes.Index(m[at:], []byte("OSRELEASE="))
			if i < 0 {
				break
			}
			at += i
			text, _, _ := bytes.Cut(m[at:], []byte{0})
			if bytes.Contains(text, []byte("PAGESIZE=")) && len(text) > len(best) {
				best = text
			}
			at++
		}
	}
	if best == nil {
		t.Fatal("the kernel's note is not in its memory")
	}
	const name = "VMCOREINFO\x00"
	note := encode(nil, binary.LittleEndian, []uint32{uint32(len(name)), uint32(len(best)), 0})
	note = append(append(note, name+"\x00"...), best...)
	return append(note, make([]byte, (4-len(best)%4)%4)...)
}
