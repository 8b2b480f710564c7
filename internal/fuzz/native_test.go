package fuzz

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/internal/fuzz/schema"
)

// native makes the tests of the languages look for inputs that take new paths
// through the code, instead of random ones.
var native = flag.Duration("native", 0, "how long to look for new paths through the code of each language")

// fuzzed runs a target of libFuzzer's: a program that tells on descriptor 3 what
// it was given and made of it.
func fuzzed(t *testing.T, c *schema.Compiled, program string, args ...string) {
	t.Helper()
	dir := t.TempDir()
	seeds(t, c, dir)
	args = append(args, "-max_len=4096", "-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048",
		fmt.Sprintf("-max_total_time=%d", max(1, int(native.Seconds()))), "-artifact_prefix="+dir+"/", dir)
	target := exec.Command(program, args...)
	reports, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	said := &strings.Builder{}
	target.ExtraFiles, target.Stdout, target.Stderr = []*os.File{w}, said, said
	target.WaitDelay = time.Second
	if err := target.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	tried := checkReports(t, c, bufio.NewReaderSize(reports, 1<<20))
	if t.Failed() {
		target.Process.Kill()
	}
	if err := target.Wait(); err != nil && !t.Failed() {
		t.Errorf("%v\n%s", err, said)
		for _, path := range artifacts(t, dir) {
			content, _ := os.ReadFile(path)
			t.Errorf("%s: %x", filepath.Base(path), content)
		}
	}
	if tried < 100 {
		t.Errorf("only %d messages were tried:\n%s", tried, said)
	}
	t.Logf("%d messages", tried)
}

// checkReports compares each report, until the target ends or one is wrong, and
// returns how many there were.
func checkReports(t *testing.T, c *schema.Compiled, reports io.Reader) (tried int) {
	for ; ; tried++ {
		var head struct{ Size, Kind uint32 }
		if err := binary.Read(reports, binary.LittleEndian, &head); err != nil {
			return tried
		}
		message := make([]byte, head.Size)
		if _, err := io.ReadFull(reports, message); err != nil {
			return tried
		}
		a, err := readAnswer(reports)
		if err != nil {
			return tried // the target was ended
		}
		if err := differs(c.Messages[head.Kind], message, a); err != nil {
			t.Error(err)
			return tried
		}
	}
}

// seeds writes inputs to begin with.
func seeds(t *testing.T, c *schema.Compiled, dir string) {
	t.Helper()
	random := rand.New(rand.NewPCG(*seed, 5))
	for kind, md := range c.Messages {
		for i, message := range messages(random, md, 30) {
			name := filepath.Join(dir, fmt.Sprintf("seed-%d-%d", kind, i))
			if err := os.WriteFile(name, append([]byte{byte(kind)}, message...), 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// artifacts are the inputs that libFuzzer found to be bad.
func artifacts(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	for _, what := range []string{"crash-*", "leak-*", "timeout-*", "oom-*"} {
		found, err := filepath.Glob(filepath.Join(dir, what))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}
