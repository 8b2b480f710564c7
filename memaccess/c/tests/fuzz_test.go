package tests

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/volint/volint/internal/ctest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/internal/protocoltest"
)

var native = flag.Duration("native", 0, "how long to look for new paths through C's server and client; 0 tries a fixed number of inputs")

func TestFuzzServer(t *testing.T) { fuzz(t, "server.c", seeds()) }
func TestFuzzClient(t *testing.T) { fuzz(t, "client.c", answers()) }

// fuzz runs a fuzz target for a fixed number of inputs, always the same ones, or for
// the time that -native says.
func fuzz(t *testing.T, name string, seeds [][]byte) {
	t.Helper()
	testenv.Uses(t, "memaccess/c")
	target := ctest.Link(t, "clang", []string{
		"-I", folder(), "-g", "-O1", "-fsanitize=fuzzer,address,undefined", "-fno-sanitize-recover=all",
	}, source("fuzz", name), source("volint_memory.c"))
	corpus := t.TempDir()
	for i, seed := range seeds {
		if err := os.WriteFile(filepath.Join(corpus, fmt.Sprint("seed-", i)), seed, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-max_len=1200", "-artifact_prefix=" + corpus + "/", "-runs=5000", "-seed=1", corpus}
	if *native > 0 {
		args[2] = fmt.Sprint("-max_total_time=", max(1, int(native.Round(time.Second).Seconds())))
		args = append(args[:3:3], corpus)
	}
	if out, err := exec.Command(target, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// seeds are inputs of the server, with a request of each kind, under several options and cut in
// several ways.
func seeds() [][]byte {
	p := protocoltest.Header
	requests := [][]byte{
		p(0, 0, 0), p(1, 0x1000, 16), p(1, 0x1000, 0x2000), p(1, 0x27f0, 16), p(1, 0x27f8, 16), p(1, 0x3000, 4096), p(1, 0x3000, 4097),
		p(1, 0x8ff0, 17), p(1, 0, 0), p(1, 0x1000, 1<<62), p(1, ^uint64(0), 2), p(1, ^uint64(0), 1), p(1, 0x2ff0, 32),
		append(p(2, 0x1000, 24), bytes.Repeat([]byte("w"), 24)...), append(p(2, 0x27f8, 16), bytes.Repeat([]byte("w"), 16)...),
		p(2, 0x1000, 0), p(2, 0, 1<<63), append(p(2, 0x2ff0, 32), make([]byte, 32)...),
		p(0x80, protocoltest.Magic, 0), p(0x80, 0, 0), protocoltest.List(), protocoltest.List(0x1000, 8, 0x3000, 8, 0x27ff, 2, 0x8000, 0x1000),
		protocoltest.List(0x1000, 0x3000, 0x1000, 1), protocoltest.List(0x1000, 1<<63, 0, 1<<63), p(0x81, 65537, 65537*16), p(0x81, 2, 31),
		p(0x82, 0, 0), p(0x83, 0, 0), p(0x83, 1, 1), p(0x84, 0, 0), p(0x85, 0, 0), p(77, 1, 2),
	}
	var all [][]byte
	for flags := range byte(32) {
		var some []byte
		for i, r := range requests[1:] {
			if i%7 != int(flags)%7 {
				some = append(some, r...)
			}
		}
		all = append(all, append([]byte{flags, flags * 3}, some...))
		all = append(all, append([]byte{flags, 200}, requests[int(flags)%len(requests)]...))
	}
	for _, r := range requests {
		all = append(all, append([]byte{2, 7}, bytes.Repeat(r, 3)...))
	}
	return all
}

// answers are inputs of the client: what servers of several kinds answer to what it
// asks.
func answers() [][]byte {
	le := binary.LittleEndian
	hello := func(features uint32, runs ...uint64) []byte {
		b := le.AppendUint32([]byte{1}, uint32(20+8*len(runs)+16+6+5))
		b = le.AppendUint32(b, 1)
		b = le.AppendUint32(b, features)
		b = le.AppendUint64(b, 100)
		b = le.AppendUint32(b, uint32(len(runs)/2))
		for _, v := range runs {
			b = le.AppendUint64(b, v)
		}
		b = append(b, make([]byte, 16)...)
		return append(b, "\x01\x00i\x04\x00name\x00\x00"...)
	}
	files := func(count uint16, runs ...uint64) []byte {
		b := le.AppendUint32([]byte{1}, uint32(8+8*len(runs)))
		b = le.AppendUint16(b, 1)
		b = le.AppendUint16(b, count)
		b = le.AppendUint32(b, uint32(len(runs)/4))
		for _, v := range runs {
			b = le.AppendUint64(b, v)
		}
		return b
	}
	read := append(make([]byte, 16), 1)
	zeros := make([]byte, 200)
	var all [][]byte
	for _, flags := range []byte{0, 4, 8, 16, 32, 60, 64 + 60, 128 + 60, 64 + 61, 64 + 62} {
		for _, h := range [][]byte{hello(1, 0x1000, 0x2000), hello(3, 0x1000, 0x2000), hello(31, 0, 4096, 8192, 4096), {0}} {
			at := byte(len(h))
			all = append(all, bytes.Join([][]byte{{flags, at}, h, read, read, zeros}, nil),
				bytes.Join([][]byte{{flags, at}, h, files(1, 0x1000, 0x2000, 0, 0), read, zeros}, nil),
				bytes.Join([][]byte{{flags, at}, h, files(2, 0, 4096, 1, 4096, 8192, 4096, 0xffffffff, 0), read, zeros}, nil))
		}
	}
	return all
}
