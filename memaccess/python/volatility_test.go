package python_test

import (
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/memorytest"
	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/python"
)

// The methods that plugins of Volatility 2 call.
func TestAddressSpace(t *testing.T) {
	interpreter := testenv.Python2(t)
	calls := []call{
		{do("get_available_addresses"), runsOf(pc)},
		{do("read", mib, 16), there(mib, 16)},
		{do("read", pcLowEnd-4, 8), there(pcLowEnd-4, 4)},
		{do("read", pcLowEnd, 8), nil},
		{do("zread", 0x9fffc, 8), shown(append(bytesAt(0x9fffc, 4), 0, 0, 0, 0))},
		{do("zread", mib-4, 8), shown(append([]byte{0, 0, 0, 0}, bytesAt(mib, 4)...))},
		{do("zread", 0x9f000, 0x62000), shown(append(append(bytesAt(0x9f000, 0x1000), make([]byte, 0x60000)...), bytesAt(mib, 0x1000)...))},
		{do("zread", uint64(pcHighEnd), 100), nothing(100)},
		{do("read_long", mib), float64(uint32(patternAt(mib)) | uint32(patternAt(mib+1))<<8 | uint32(patternAt(mib+2))<<16 | uint32(patternAt(mib+3))<<24)},
		{do("read_long", pcLowEnd), nil},
		{do("is_valid_address", nil), false},
		{do("is_valid_address", pcLowEnd-1), true},
		{do("is_valid_address", pcLowEnd), false},
		{do("is_valid_address", -1), false},
		{do("is_valid_address", uint64(4*gib)), true},
		{do("write", mib, "abcd"), false},
		{do("close"), nil},
		{do("read", mib, 16), there(mib, 16)},
	}
	for _, scheme := range []string{"file://", "unix://"} {
		t.Run(scheme, func(t *testing.T) {
			compare(t, calls, answers(t, interpreter, "space2.py", []string{memorytest.PlugIn(t, 2), scheme + serve(t, pc)}, calls))
		})
	}
}

func bytesAt(addr, n uint64) []byte {
	b := make([]byte, n)
	_, _ = pc.ReadAt(b, int64(addr))
	return b
}

// The layers that plugins of Volatility 3 read: one more where memory has holes.
func TestLayer(t *testing.T) {
	const invalid = "InvalidAddressException"
	holes := []call{
		{do("class"), "MemoryLayer"},
		{do("minimum_address"), 0.0},
		{do("maximum_address"), float64(pcHighEnd - 1)},
		{do("read", mib, 16), there(mib, 16)},
		{do("read", pcLowEnd-4, 8), invalid},
		{do("read", pcLowEnd-4, 8, true), shown(append(bytesAt(pcLowEnd-4, 4), 0, 0, 0, 0))},
		{do("read", mib-4, 8, true), shown(append([]byte{0, 0, 0, 0}, bytesAt(mib, 4)...))},
		{do("read", mib, 20*mib), there(mib, 20*mib)},
		{do("read", uint64(2*gib), 8), invalid},
		{do("is_valid", mib, 8), true},
		{do("is_valid", pcLowEnd-4, 8), false},
		{do("is_valid", uint64(2*gib)), false},
	}
	flat := pattern{{Start: 0, Length: 3*mib + 7}}
	whole := []call{
		{do("class"), "MemoryLayer"},
		{do("maximum_address"), float64(3*mib + 6)},
		{do("read", mib, 16), there(mib, 16)},
		{do("read", 3*mib, 8), invalid},
		{do("read", 3*mib, 7), there(3*mib, 7)},
	}
	for name, interpreter := range map[string]string{"newest": testenv.Python3(t), "oldest": testenv.Python3Oldest(t)} {
		for _, scheme := range []string{"file://", "unix://", "unix:"} {
			t.Run(name+" "+scheme, func(t *testing.T) {
				compare(t, holes, answers(t, interpreter, "layer3.py", []string{memorytest.PlugIn(t, 3), scheme + serve(t, pc)}, holes))
				compare(t, whole, answers(t, interpreter, "layer3.py", []string{memorytest.PlugIn(t, 3), scheme + serve(t, flat)}, whole))
			})
		}
	}
}

// tool is Volatility's own program, with the file in a folder of plug-ins.
type tool struct {
	name string
	// command makes the command line for linux_pslist on a location.
	command func(t testing.TB, folder, location string) *exec.Cmd
	version int
}

func vol2(t testing.TB, folder, location string) *exec.Cmd {
	return exec.Command(testenv.Python2(t), "-B", testenv.Vol2(t), "--plugins="+folder+":"+testenv.Fixture(),
		flag2(location), location, "--profile=LinuxTiny61x64", "linux_pslist")
}

// flag2 is -f for a path, and -l for a URL.
func flag2(location string) string {
	if strings.Contains(location, "://") {
		return "-l"
	}
	return "-f"
}

func vol3(vol func(testing.TB) string, cache string) func(testing.TB, string, string) *exec.Cmd {
	return func(t testing.TB, folder, location string) *exec.Cmd {
		return exec.Command(vol(t), "-q", "--cache-path", cache, "-s", testenv.Fixture(), "-p", folder, "-f", location, "linux.pslist")
	}
}

func tools(t *testing.T) []tool {
	return []tool{
		{"Volatility 2", vol2, 2},
		{"Volatility 3", vol3(testenv.Vol3, t.TempDir()), 3},
		{"the oldest Volatility 3", vol3(testenv.Vol3Oldest, t.TempDir()), 3},
	}
}

// fragments is the image with holes: without what a PC has its devices at, and
// with more above 4 GiB.
func fragments(t *testing.T) memaccess.Source {
	low, high := memaccess.Run{Start: 0, Length: 0xa0000}, memaccess.Run{Start: mib, Length: 19 * mib}
	return &machine{raw(t, testenv.Image(t)), []part{
		{low, 0}, {high, mib}, {memaccess.Run{Start: 4 * gib, Length: 2 * mib}, 0x100000},
	}}
}

// Volatility itself prints the same from a socket as from the file.
func TestVolatility(t *testing.T) {
	for _, tt := range tools(t) {
		t.Run(tt.name, func(t *testing.T) {
			dir := memorytest.PlugIn(t, tt.version)
			want := output(t, tt.command(t, dir, testenv.Image(t)))
			if !strings.Contains(want, "alphad") {
				t.Fatalf("the file's processes:\n%s", want)
			}
			same := func(name, location string) {
				t.Helper()
				if diff := cmp.Diff(want, output(t, tt.command(t, dir, location))); diff != "" {
					t.Errorf("%s (-file +socket):\n%s", name, diff)
				}
			}
			same("a path", serve(t, raw(t, testenv.Image(t))))
			same("vectored reads, and holes", serve(t, fragments(t)))
			old := &original{habits: habits{memory: fragments(t), strict: true}}
			same("an original server, and holes", (&url.URL{Scheme: "unix", Path: old.serve(t)}).String())
			old.check(t)
			if n := old.connections.Load(); n != 1 {
				t.Errorf("%d connections", n)
			}
		})
	}
}

// The other way to install the address space: a link in Volatility's own folder.
func TestLinkedAddressSpace(t *testing.T) {
	interpreter, dir := testenv.Python2(t), t.TempDir()
	found, err := exec.Command(interpreter, "-c", "import os, volatility; print(os.path.dirname(volatility.__file__))").Output()
	if err != nil {
		t.Fatal(err)
	}
	shadow(t, strings.TrimSpace(string(found)), filepath.Join(dir, "volatility"))
	link := filepath.Join(dir, "volatility", "plugins", "addrspaces", python.Volatility2)
	if err := os.Symlink(filepath.Join(here(t), python.Volatility2), link); err != nil {
		t.Fatal(err)
	}
	cmd := vol2(t, testenv.Fixture(), serve(t, raw(t, testenv.Image(t))))
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir)
	if got := output(t, cmd); !strings.Contains(got, "alphad") {
		t.Errorf("got\n%s", got)
	}
}

// shadow makes folders like those below from, with links to their files.
func shadow(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Mkdir(filepath.Join(to, relative), 0o700)
		}
		return os.Symlink(path, filepath.Join(to, relative))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A server that dies in the middle is told, and never a short table that looks
// whole.
func TestServerDies(t *testing.T) {
	for _, tt := range tools(t)[:2] {
		t.Run(tt.name, func(t *testing.T) {
			dir := memorytest.PlugIn(t, tt.version)
			counted := &original{habits: habits{memory: raw(t, testenv.Image(t))}}
			if tt.version == 3 { // with a cache that is filled there are fewer requests
				output(t, tt.command(t, dir, testenv.Image(t)))
			}
			output(t, tt.command(t, dir, counted.serve(t)))
			dying := &original{habits: habits{memory: raw(t, testenv.Image(t)), patience: counted.requests.Load() - 10}}
			cmd := tt.command(t, dir, dying.serve(t))
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err == nil {
				t.Errorf("the status is 0; output:\n%s", out)
			}
			if said := string(out) + stderr.String(); !strings.Contains(said, "closed the connection") {
				t.Errorf("it says:\n%s", said)
			}
		})
	}
}

// noise is what Volatility 2 prints of plugins that lack a package, in any order.
var noise = regexp.MustCompile(`(?m)^\*\*\* Failed to import volatility\.plugins\..*Crypto.*\n`)

// output is what a program prints.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	testenv.Uses(t, "memaccess/python")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, stderr.String(), out)
	}
	return noise.ReplaceAllString(string(out), "")
}
