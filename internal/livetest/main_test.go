package livetest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
)

// cache is the folder for all caches: Volatility 3 indexes the symbol file once.
var cache string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	for _, name := range []string{"PYTHON", "VOLATILITY", "PLUGINS", "SYMBOLS"} {
		_ = os.Unsetenv("VOLINT_" + name)
	}
	var err error
	if cache, err = os.MkdirTemp("", "volint-live"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(cache)
	if err := os.Mkdir(itselfCache(), 0o700); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer guests.Close()
	return m.Run()
}

// itselfCache is the cache folder of Volatility 3 by itself, which wants it to be
// there.
func itselfCache() string { return filepath.Join(cache, "itself") }

// guests are those that the tests share.
var guests livetest.Shared

// volatility is a Volatility that reads the guest.
type volatility struct {
	name   string
	python func(testing.TB) string
	// flags are those of volint run and of Volatility itself.
	flags, itself func(testing.TB) []string
}

var (
	volatility3 = volatility{
		name: "Volatility 3", python: testenv.Python3,
		flags: func(t testing.TB) []string {
			return []string{"--volatility", "3", "--symbols", filepath.Join(livetest.Folder(t), "symbols")}
		},
		itself: func(t testing.TB) []string {
			return []string{testenv.Vol3(t), "-q", "-r", "json", "--cache-path", itselfCache(),
				"-s", filepath.Join(livetest.Folder(t), "symbols"), "-p", memorytest.PlugIn(t, 3)}
		},
	}
	volatility2 = volatility{
		name: "Volatility 2", python: testenv.Python2,
		flags: func(t testing.TB) []string {
			return []string{"--profile", livetest.Profile, "--plugins", filepath.Join(livetest.Folder(t), "profiles")}
		},
		itself: func(t testing.TB) []string {
			return []string{"-B", testenv.Vol2(t), "--plugins=" + memorytest.PlugIn(t, 2) + ":" + filepath.Join(livetest.Folder(t), "profiles"), "--profile=" + livetest.Profile}
		},
	}
	volatilities = []volatility{volatility3, volatility2}
)

// command makes volint's command line for the processes of some memory.
func (v volatility) command(t testing.TB, location string, flags ...string) *exec.Cmd {
	t.Helper()
	testenv.Uses(t, "memaccess/python", "runtime/python")
	args := append([]string{"run", "--format", "jsonl", "-f", location, "--python", v.python(t)}, v.flags(t)...)
	return volint(t, append(append(args, flags...), "linux_pslist")...)
}

func volint(t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(testenv.Build(t, "./cmd/volint"), args...)
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+cache)
	return cmd
}

// process is a row of linux_pslist.
type process struct {
	Offset    uint64 `json:"offset"`
	Name      string `json:"name"`
	PID       int    `json:"pid"`
	UID       int    `json:"uid"`
	GID       int    `json:"gid"`
	DTB       uint64 `json:"dtb"`
	StartTime int64  `json:"start_time"`
}

// rows runs volint and reads what it prints.
func rows(t testing.TB, cmd *exec.Cmd) []process {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.String())
	}
	return parse(t, out)
}

func parse(t testing.TB, out []byte) []process {
	t.Helper()
	var all []process
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var p process
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		all = append(all, p)
	}
	return all
}

// own are the processes that are the guest's own: the kernel's threads come and go
// while it runs. Without the dead one, which Volatility 2 alone lists.
func own(all []process) []process {
	var some []process
	for _, p := range all {
		if slices.Contains(livetest.Processes, p.Name) && p.DTB != 0 {
			some = append(some, p)
		}
	}
	return some
}

func names(all []process) []string {
	var list []string
	for _, p := range all {
		list = append(list, p.Name)
	}
	return list
}
