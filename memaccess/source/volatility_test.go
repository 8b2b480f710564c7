package source_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
)

// image is the memory image with holes: without what a PC has its devices at, and
// with a piece above 4 GiB.
func image(t *testing.T) []span {
	t.Helper()
	b, err := os.ReadFile(testenv.Image(t))
	if err != nil {
		t.Fatal(err)
	}
	return []span{{0, b[:0xa0000]}, {mib, b[mib:]}, {high, b[4*mib : 5*mib]}}
}

// core is an ELF core file of spans.
func core(spans []span) []byte {
	offset, content := uint64(64+56*len(spans)), [][]byte{nil}
	var loads []elf.Prog64
	for _, s := range spans {
		n := uint64(len(s.bytes))
		loads = append(loads, load(s.start, offset, n, n))
		content = append(content, s.bytes)
		offset += n
	}
	content[0] = core64(binary.LittleEndian, loads...)
	return bytes.Join(content, nil)
}

// Volatility lists the same processes from the image, from a dump of it that it reads
// itself, which shows that the dumps that these tests write are right, and from the
// dump behind a socket, which shows that they are read right.
func TestVolatility(t *testing.T) {
	cache, folder := t.TempDir(), memorytest.PlugIn(t, 3)
	pslist := func(t *testing.T, location string) string {
		t.Helper()
		cmd := exec.Command(testenv.Vol3(t), "-q", "--cache-path", cache, "-s", testenv.Fixture(), "-p", folder, "-f", location, "linux.pslist")
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, stderr.String(), out)
		}
		return string(out)
	}
	want := pslist(t, testenv.Image(t))
	if !strings.Contains(want, "alphad") {
		t.Fatalf("the image's processes:\n%s", want)
	}
	spans := image(t)
	for format, content := range map[string][]byte{"lime": lime(spans...), "avml": avml(spans...), "elf": core(spans)} {
		path := dumpOf(t, content)
		t.Run(format+" by Volatility itself", func(t *testing.T) {
			if format == "avml" {
				needSnappy(t)
			}
			if diff := cmp.Diff(want, pslist(t, path)); diff != "" {
				t.Errorf("(-image +dump):\n%s", diff)
			}
		})
		t.Run(format+" behind a socket", func(t *testing.T) {
			s := opened(t, path, "")
			for _, span := range spans {
				got := make([]byte, len(span.bytes))
				if _, err := s.ReadAt(got, int64(span.start)); err != nil || !bytes.Equal(got, span.bytes) {
					t.Errorf("%d bytes at %#x: %v", len(got), span.start, err)
				}
			}
			if diff := cmp.Diff(want, pslist(t, "unix://"+memorytest.Serve(t, s))); diff != "" {
				t.Errorf("(-image +socket):\n%s", diff)
			}
		})
	}
}

// needSnappy skips the test where Volatility can't read AVML.
func needSnappy(t *testing.T) {
	t.Helper()
	err := exec.Command(testenv.Python3(t), "-c", "import sys; from volatility3.framework.layers import avml; sys.exit(not avml.HAS_SNAPPY)").Run()
	testenv.Need(t, err == nil, "snappy's library", "install it, on Debian with `apt-get install libsnappy1v5`")
}
