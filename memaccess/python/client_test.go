package python_test

import (
	"encoding/hex"
	"encoding/json"
	"hash/crc32"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/python"
)

const (
	kib = 1 << 10
	mib = 1 << 20
	gib = 1 << 30
)

// pattern is memory in runs; the byte at an address can be told from the address.
type pattern []memaccess.Run

func patternAt(addr uint64) byte { return byte(addr*31 + addr>>12*7 + addr>>32 + 1) }

func (p pattern) ReadAt(b []byte, addr int64) (int, error) {
	for i := range b {
		b[i] = patternAt(uint64(addr) + uint64(i))
	}
	return len(b), nil
}
func (p pattern) Runs() []memaccess.Run        { return p }
func (p pattern) Name() string                 { return "pattern" }
func (p pattern) Identity() memaccess.Identity { return memaccess.Identity{} }
func (p pattern) Close() error                 { return nil }

// pc is laid out as a PC, with odd ends.
var pc = pattern{{Start: 0, Length: 0xa0000}, {Start: mib, Length: 40*mib + 123}, {Start: 4 * gib, Length: 3*mib + 5}}

const (
	pcLowEnd  = 41*mib + 123
	pcHighEnd = 4*gib + 3*mib + 5
)

// shown is what the scripts print of bytes.
func shown(b []byte) any {
	return []any{float64(len(b)), float64(crc32.ChecksumIEEE(b)), hex.EncodeToString(b[:min(8, len(b))])}
}

// there is the pattern's bytes, and zeros; null is Python's None.
func there(addr, n uint64) any {
	b := make([]byte, n)
	_, _ = pattern(nil).ReadAt(b, int64(addr))
	return shown(b)
}

func nothing(n int) any { return shown(make([]byte, n)) }

// runsOf is what the scripts print of runs.
func runsOf(p pattern) any {
	var all []any
	for _, r := range p {
		all = append(all, []any{float64(r.Start), float64(r.Length)})
	}
	return all
}

type call struct {
	do   []any
	want any
}

func do(what ...any) []any { return what }

// answers runs a script of testdata with the calls.
func answers(t *testing.T, interpreter, script string, args []string, calls []call) []any {
	t.Helper()
	var operations [][]any
	for _, c := range calls {
		operations = append(operations, c.do)
	}
	b, err := json.Marshal(operations)
	if err != nil {
		t.Fatal(err)
	}
	testenv.Uses(t, "memaccess/python")
	cmd := exec.Command(interpreter, append([]string{"-B", filepath.Join("testdata", script)}, append(args, string(b))...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var got []any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatalf("%v: %s\n%s", err, out, stderr.String())
	}
	return got
}

func compare(t *testing.T, calls []call, got []any) {
	t.Helper()
	for i, c := range calls {
		if diff := cmp.Diff(c.want, got[i]); diff != "" {
			t.Errorf("%v (-want +got):\n%s", c.do, diff)
		}
	}
}

// ask makes the calls on the client of a module, and compares what comes.
func ask(t *testing.T, interpreter, module, socket string, calls []call) {
	t.Helper()
	got := answers(t, interpreter, "client.py", []string{here(t), module, socket}, calls)
	for i, a := range got {
		if s, ok := a.(string); ok {
			got[i] = strings.ReplaceAll(s, socket, "SOCKET")
		}
	}
	compare(t, calls, got)
}

// clients are the two modules, each under its Python.
var clients = []struct {
	module string
	python func(testing.TB) string
}{
	{strings.TrimSuffix(python.Volatility2, ".py"), testenv.Python2},
	{strings.TrimSuffix(python.Volatility3, ".py"), testenv.Python3},
}

func here(t *testing.T) string { return filepath.Join(testenv.Root(), "memaccess", "python") }

func TestClient(t *testing.T) {
	edges := []call{
		{do("runs"), runsOf(pc)},
		{do("read", 0, 16), there(0, 16)},
		{do("read", 1, 4096), there(1, 4096)},
		{do("read", 0x9fff0, 64), there(0x9fff0, 16)},
		{do("read", mib, 5*mib), there(mib, 5*mib)},
		{do("read", mib+1, 30*mib), there(mib+1, 30*mib)},
		{do("read", pcLowEnd-1, 1), there(pcLowEnd-1, 1)},
		{do("read", pcLowEnd-200*kib, mib), there(pcLowEnd-200*kib, 200*kib)},
		{do("read", pcLowEnd, 8), nothing(0)},
		{do("read", uint64(4*gib-1), 8), nothing(0)},
		{do("read", uint64(4*gib), 8), there(4*gib, 8)},
		{do("read", uint64(4*gib+mib), 16*mib), there(4*gib+mib, 2*mib+5)},
		{do("read", uint64(pcHighEnd-1), 8), there(pcHighEnd-1, 1)},
		{do("read", uint64(pcHighEnd), 8), nothing(0)},
		{do("read", uint64(1)<<63, 8), nothing(0)},
		{do("read", -1, 8), nothing(0)},
		{do("read", 0, 0), nothing(0)},
		{do("readable", 0), true},
		{do("readable", 0xa0000), false},
		{do("readable", pcLowEnd-1), true},
		{do("readable", pcLowEnd), false},
		{do("readable", uint64(4*gib-1)), false},
		{do("readable", uint64(pcHighEnd-1)), true},
		{do("readable", uint64(pcHighEnd)), false},
		{do("forget"), nil},
		{do("in child", "read", mib, 5000), there(mib, 5000)},
		{do("read", mib+5000, 5000), there(mib+5000, 5000)},
		{do("interrupted", mib+77, 100), there(mib+77, 100)},
	}
	// What an original server has to say: its runs are found by reads that fail.
	find := func(p pattern) []call {
		return []call{{do("runs"), runsOf(p)}, {do("read", p[0].Start, 1), there(p[0].Start, 1)}}
	}
	start := func(p pattern) func(*testing.T) string { return func(t *testing.T) string { return serve(t, p) } }
	old := func(like habits) func(*testing.T) string {
		return func(t *testing.T) string {
			o := &original{habits: like}
			t.Cleanup(func() { o.check(t) })
			return o.serve(t)
		}
	}
	dimms := pattern{{Start: 0, Length: mib}, {Start: mib, Length: mib}, {Start: 3 * mib, Length: 1}}
	merged := []call{{do("runs"), runsOf(pattern{{Start: 0, Length: 2 * mib}, {Start: 3 * mib, Length: 1}})},
		{do("read", mib-5, 10), there(mib-5, 10)}, {do("read", 3*mib-1, 5), nothing(0)}, {do("read", 3*mib, 5), there(3*mib, 1)}}
	tests := []struct {
		name  string
		start func(*testing.T) string
		calls []call
	}{
		{"hello", start(pc), edges},
		{"an original server", old(habits{memory: pc}), edges},
		{"an original server whose holes fail", old(habits{memory: pc, strict: true}), edges},
		{"a terse server", old(habits{memory: pattern{{Start: 0, Length: 3*mib + 77}}, strict: true, terse: true}), []call{
			{do("runs"), runsOf(pattern{{Start: 0, Length: 3*mib + 77}})},
			{do("read", mib, 4*mib), there(mib, 2*mib+77)},
			{do("read", 3*mib, 1), there(3*mib, 1)},
			{do("in child", "read", 3*mib, 99), there(3*mib, 77)},
		}},
		{"runs that touch", start(dimms), merged},
		{"small", old(habits{memory: pattern{{Start: 0, Length: 20*kib + 1}}}), find(pattern{{Start: 0, Length: 20*kib + 1}})},
		{"less than a page", old(habits{memory: pattern{{Start: 0, Length: 1000}}, strict: true}), find(pattern{{Start: 0, Length: 1000}})},
		{"from the second page on", old(habits{memory: pattern{{Start: 0x1000, Length: 64 * mib}}}), find(pattern{{Start: 0x1000, Length: 64 * mib}})},
		{"from 1 GiB on, past 4 GiB", old(habits{memory: pattern{{Start: gib, Length: 5 * gib}}}), find(pattern{{Start: gib, Length: 5 * gib}})},
		{"a big machine", old(habits{memory: pattern{{Start: 0, Length: 3 * gib}, {Start: 4 * gib, Length: 509*gib + 777}}}),
			find(pattern{{Start: 0, Length: 3 * gib}, {Start: 4 * gib, Length: 509*gib + 777}})},
		{"no memory", old(habits{memory: pattern(nil), strict: true}), []call{{do("runs"), "ServerError: the memory server on SOCKET has no memory that can be read"}}},
		{"hangs up on hello", func(t *testing.T) string { return impolite(t) }, find(pattern{{Start: 0, Length: 2 * mib}})},
		// A new connection is another: what it says does not continue the first.
		{"dies", old(habits{memory: pc, patience: 20}), []call{
			{do("read", mib, 8), "ServerError: the memory server on SOCKET closed the connection"},
			{do("read", mib, 8), there(mib, 8)},
		}},
	}
	for _, c := range clients {
		interpreter := c.python(t)
		for _, tt := range tests {
			t.Run(c.module+"/"+tt.name, func(t *testing.T) {
				socket := tt.start(t)
				ask(t, interpreter, c.module, socket, tt.calls)
			})
		}
	}
}

// impolite is a server that hangs up on types that it does not know.
func impolite(t *testing.T) string {
	o := &original{habits: habits{memory: pattern{{Start: 0, Length: 2 * mib}}}}
	return testenv.Serve(t, func(conn net.Conn) { o.talk(&hangsUp{Conn: conn}) })
}

type hangsUp struct{ net.Conn }

func (c *hangsUp) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err == nil && n > 0 && b[0] > 2 {
		_ = c.Conn.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

// Both files carry the same client.
func TestSameClient(t *testing.T) {
	section := regexp.MustCompile(`(?s)# --- client -.*# --- end of the client -+\n`)
	var texts []string
	for _, v := range []int{2, 3} {
		_, content := python.Source(v)
		texts = append(texts, section.FindString(content))
	}
	if texts[0] == "" || texts[0] != texts[1] {
		t.Errorf("the clients differ:\n%s", cmp.Diff(texts[0], texts[1]))
	}
}

// TestSource checks names against what lies in the folder.
func TestSource(t *testing.T) {
	for _, v := range []int{2, 3} {
		name, content := python.Source(v)
		if b, err := os.ReadFile(filepath.Join(here(t), name)); err != nil || string(b) != content {
			t.Errorf("Source(%d) is not %s: %v", v, name, err)
		}
	}
}
