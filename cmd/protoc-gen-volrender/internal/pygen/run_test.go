package pygen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/volint/volint/internal/testenv"
)

// result is how a run of Volatility ended.
type result struct {
	// Frames are what was written as such.
	Frames []byte
	// Stdout is standard output where frames do not go there.
	Stdout, Stderr string
	Status         int
	// NoFile says that --output-file left nothing.
	NoFile bool
}

func run(t testing.TB, env []string, name string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Env = append(cmd.Env, env...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return result{Stdout: stdout.String(), Stderr: stderr.String(), Status: cmd.ProcessState.ExitCode()}
}

// vol2 runs vol.py with --output-file, which is read into Frames.
func vol2(t testing.TB, folder, output, command string, env ...string) result {
	t.Helper()
	file := filepath.Join(t.TempDir(), "out")
	args := append(vol2Options(t, folder), command, "--output="+output, "--output-file="+file)
	res := run(t, env, testenv.Python2(t), append([]string{testenv.Vol2(t)}, args...)...)
	res.readFrames(file)
	return res
}

func (r *result) readFrames(file string) {
	frames, err := os.ReadFile(file)
	r.Frames, r.NoFile = frames, errors.Is(err, os.ErrNotExist)
}

// vol2Options are the options for the test image and the plugins of a folder.
func vol2Options(t testing.TB, folder string) []string {
	t.Helper()
	testenv.Uses(t, "testdata/linux-6.1-tiny/Tiny61.zip")
	return []string{"--plugins=" + folder + ":" + testenv.Fixture(), "-f", testenv.Image(t), "--profile=LinuxTiny61x64"}
}

// forked is one of the runs of vol2Forked: a command, with options behind it.
type forked struct {
	Command string
	Env     map[string]string
}

// vol2Forked runs commands through vol.py from one process, since starting
// Volatility 2 takes seconds.
func vol2Forked(t testing.TB, folder string, runs []forked) []result {
	t.Helper()
	type request struct {
		Args   []string          `json:"args"`
		Env    map[string]string `json:"env"`
		Stdout string            `json:"stdout"`
		Stderr string            `json:"stderr"`
	}
	dir := t.TempDir()
	file := func(i int, kind string) string { return filepath.Join(dir, fmt.Sprint(i, kind)) }
	var requests []request
	for i, r := range runs {
		requests = append(requests, request{
			Args:   append(strings.Fields(r.Command), "--output=protobuf", "--output-file="+file(i, "frames")),
			Env:    r.Env,
			Stdout: file(i, "stdout"),
			Stderr: file(i, "stderr"),
		})
		if requests[i].Env == nil {
			requests[i].Env = map[string]string{}
		}
	}
	input, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(testenv.Root(), "runtime", "python", "tests", "volatility2_forked.py")
	cmd := exec.Command(testenv.Python2(t), append([]string{script, testenv.Vol2(t)}, vol2Options(t, folder)...)...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = bytes.NewReader(input)
	output, err := cmd.Output()
	var statuses []int
	if err != nil || json.Unmarshal(output, &statuses) != nil || len(statuses) != len(runs) {
		t.Fatalf("%v: %s", err, output)
	}
	results := make([]result, len(runs))
	for i := range runs {
		results[i] = result{Status: statuses[i], Stdout: readText(t, file(i, "stdout")), Stderr: readText(t, file(i, "stderr"))}
		results[i].readFrames(file(i, "frames"))
	}
	return results
}

func readText(t testing.TB, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// volatility3 names the releases that tests run on.
var volatility3 = map[string]func(testing.TB) string{
	"newest": testenv.Vol3,
	"oldest": testenv.Vol3Oldest,
}

// vol3 runs `vol -r protobuf` with the plugins of a folder.
func vol3(t testing.TB, vol, folder string, args ...string) result {
	t.Helper()
	res := vol3Raw(t, nil, vol, append([]string{"-p", folder, "-r", "protobuf"}, args...)...)
	res.Frames, res.Stdout = []byte(res.Stdout), ""
	return res
}

func vol3Raw(t testing.TB, env []string, vol string, args ...string) result {
	t.Helper()
	return run(t, env, vol, append([]string{"-q", "--cache-path", cache(t, vol)}, args...)...)
}

// onImage are the options for the test image.
func onImage(t testing.TB) []string {
	t.Helper()
	return []string{"-s", testenv.Fixture(), "-f", testenv.Image(t)}
}

// cache is the folder where a Volatility notes which symbol files there are. Tests
// share it, since filling one takes time; another Volatility does not, and neither
// does another copy of the repository: each takes out what the other noted.
func cache(t testing.TB, vol string) string {
	t.Helper()
	environment := filepath.Base(filepath.Dir(filepath.Dir(vol)))
	dir := filepath.Join(testenv.Root(), ".tools", "cache", "pygen-"+environment)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

// lines returns the lines of stderr that begin with one of the kinds.
func (r result) lines(kinds ...string) []string {
	var out []string
	for _, line := range strings.Split(r.Stderr, "\n") {
		for _, kind := range kinds {
			if strings.HasPrefix(line, kind+": ") {
				out = append(out, line)
			}
		}
	}
	return out
}

// wantRefused fails unless the run failed with one error line that holds all the
// words and one hint line, and wrote nothing.
func (r result) wantRefused(t testing.TB, words ...string) {
	t.Helper()
	errs, hints := r.lines("error"), r.lines("hint")
	if r.Status == 0 || len(errs) != 1 || len(hints) != 1 || len(r.Frames) > 0 {
		t.Fatalf("status %d, %d bytes, errors %q, hints %q; stderr:\n%.3000s", r.Status, len(r.Frames), errs, hints, r.Stderr)
	}
	for _, word := range words {
		if !strings.Contains(errs[0]+hints[0], word) {
			t.Errorf("%q is not in %q, %q", word, errs[0], hints[0])
		}
	}
}

func (r result) wantStatus(t testing.TB, status int) {
	t.Helper()
	if r.Status != status {
		t.Fatalf("status %d, want %d; stderr:\n%.3000s", r.Status, status, r.Stderr)
	}
}
