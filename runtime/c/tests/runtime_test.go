package tests

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
)

func source(name string) string { return filepath.Join(ctest.Runtime(), "testdata", name) }

func TestCompilesEverywhere(t *testing.T) {
	for _, d := range ctest.Dialects {
		t.Run(d.Name(), func(t *testing.T) {
			t.Parallel()
			runtime := filepath.Join(ctest.Runtime(), "volint.c")
			ctest.Check(t, d, nil, runtime)
			ctest.Check(t, d, []string{"-DVOLINT_NO_PROCESS", "-DVOLINT_PORTABLE"}, runtime)
		})
	}
}

func TestNoPOSIXSaysWhatToDo(t *testing.T) {
	said := ctest.Refused(t, []string{"-U__unix__"}, filepath.Join(ctest.Runtime(), "volint.c"))
	if want := "define VOLINT_NO_PROCESS"; !strings.Contains(said, want) {
		t.Errorf("the compiler says %s; want %q in it", said, want)
	}
}

func TestUnit(t *testing.T) {
	if out, err := exec.Command(ctest.Sanitized(t, nil, source("unit.c"))).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// frames are what render_protobuf writes of messages.
func frames(messages ...string) []byte {
	var b []byte
	for _, m := range messages {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(m)))
		b = append(b, m...)
	}
	return b
}

func TestReaderOfDescriptor(t *testing.T) {
	program := ctest.Sanitized(t, nil, source("reader.c"))
	long := strings.Repeat("long ", 2000)
	stream := frames("one", "", "three", long, "last")
	whole := "1 0 one\n2 7 \n3 11 three\n4 20 " + long + "\n5 10024 last\n"
	for _, tt := range []struct {
		name string
		in   []byte
		args []string
		want string
	}{
		{"whole", stream, []string{"65536"}, whole + "5 10032 10032 no more frames\n"},
		{"just enough", stream, []string{"10005"}, whole + "5 10032 10032 no more frames\n"},
		{"too small", stream, []string{"10004"}, "1 0 one\n2 7 \n3 11 three\n4 20 10004 a frame is longer than the buffer\n"},
		{"grows", stream, []string{"5", "grow"}, whole + "5 10032 10032 no more frames\n"},
		{"cut", stream[:10020], []string{"65536"}, "1 0 one\n2 7 \n3 11 three\n4 20 10020 the stream ends inside a frame\n"},
		{"absurd length", append(frames("one"), 0xff, 0xff, 0xff, 0x7f, 'x'), []string{"64"}, "1 0 one\n2 7 12 a frame is longer than the limit\n"},
		{"empty", nil, []string{"64"}, "0 0 0 no more frames\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := exec.Command(program, tt.args...)
			cmd.Stdin = bytes.NewReader(tt.in)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			if diff := cmp.Diff(tt.want, string(out)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A frame must be given out when it is there: on a running machine the next one
// may be a long time coming. The test hangs if it is not.
func TestReaderDoesNotWaitForNextFrame(t *testing.T) {
	p := testenv.Start(t, exec.Command(ctest.Sanitized(t, nil, source("reader.c")), "64"))
	for i := range 50 {
		// Byte by byte, so that every cut in a frame is met.
		for _, b := range frames("row") {
			if _, err := p.In.Write([]byte{b}); err != nil {
				t.Fatal(err)
			}
		}
		want := fmt.Sprintf("%d %d row", i+1, 7*i)
		if got := p.Line(t); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	_ = p.In.Close()
	if got := p.Line(t); got != "50 350 350 no more frames" {
		t.Errorf("got %q at the end", got)
	}
}
