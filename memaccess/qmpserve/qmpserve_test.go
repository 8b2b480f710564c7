package qmpserve_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qmp"
	"github.com/volint/volint/memaccess/qmpserve"
	"github.com/volint/volint/memaccess/source"
)

const size = 64 << 10

func content() []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i>>8)
	}
	return b
}

// start serves a dump to those who ask a monitor.
func start(t testing.TB) (path string, server *qmpserve.Server) {
	t.Helper()
	dump := filepath.Join(t.TempDir(), "dump.raw")
	if err := os.WriteFile(dump, content(), 0o600); err != nil {
		t.Fatal(err)
	}
	memory, err := source.Open(dump, "raw")
	if err != nil {
		t.Fatal(err)
	}
	path = testenv.Socket(t)
	l, err := memaccess.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server = &qmpserve.Server{Memory: &memaccess.Server{Source: memory}}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Memory.Close()
		_ = server.Close()
		_ = memory.Close()
		if err := <-ended; !errors.Is(err, qmpserve.ErrServerClosed) {
			t.Errorf("Serve = %v", err)
		}
	})
	return path, server
}

func dial(t testing.TB, path string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// Each command, as QEMU answers it.
func TestCommands(t *testing.T) {
	path, _ := start(t)
	asked := filepath.Join(filepath.Dir(path), "asked")
	conn := dial(t, path)
	in := bufio.NewReader(conn)
	const version = `{"package":"volint","qemu":{"major":0,"micro":0,"minor":0}}`
	const expecting = `"error":{"class":"CommandNotFound","desc":"Expecting capabilities negotiation with 'qmp_capabilities'"}`
	tests := []struct{ send, want string }{
		{"", `{"QMP":{"capabilities":[],"version":` + version + `}}`},
		{`{"execute":"query-version"}`, `{` + expecting + `}`},
		{`{"execute":"pmemaccess","arguments":{"path":"` + asked + `"},"id":"a"}`, `{` + expecting + `,"id":"a"}`},
		{`{"execute":"qmp_capabilities","arguments":{"enable":["oob"]}}`, `{"error":{"class":"GenericError","desc":"there is no capability \"oob\""}}`},
		{`{"execute":"qmp_capabilities"}`, `{"return":{}}`},
		{`{"execute":"qmp_capabilities"}`, `{"error":{"class":"CommandNotFound","desc":"Capabilities negotiation is already complete, command ignored"}}`},
		{`{"execute":"query-version","id":[1,{"x":"}"}]}`, `{"return":` + version + `,"id":[1,{"x":"}"}]}`},
		{`{"execute":"query-status"}`, `{"return":{"running":false,"status":"paused"}}`},
		{`{"execute":"query-commands"}`, `{"return":[{"name":"human-monitor-command"},{"name":"pmemaccess"},{"name":"qmp_capabilities"},{"name":"query-commands"},{"name":"query-status"},{"name":"query-version"}]}`},
		{`{"execute":"system_reset"}`, `{"error":{"class":"CommandNotFound","desc":"The command system_reset has not been found"}}`},
		{`{"execute":"pmemaccess"}`, `{"error":{"class":"GenericError","desc":"Parameter 'path' is missing"}}`},
		{`{"execute":"pmemaccess","arguments":{"path":"relative"}}`, `{"error":{"class":"GenericError","desc":"the path of the socket must begin with /: \"relative\""}}`},
		{"{\"execute\" :\r\n\t\"pmemaccess\", \"arguments\": {\"path\":\"" + asked + "\"}}", `{"return":{}}`},
		{`{"execute":"pmemaccess","arguments":{"path":"` + asked + `"}}`, `{"return":{}}`}, // served already
		{`{"execute":"human-monitor-command","arguments":{"command-line":"pmemaccess ` + asked + `2"}}`, `{"return":""}`},
		{`{"execute":"human-monitor-command","arguments":{"command-line":"info mtree"}}`, `{"return":"unknown command: 'info'\r\n"}`},
		{`{"execute":"human-monitor-command","arguments":{"command-line":7}}`, `{"error":{"class":"GenericError","desc":"the arguments: json: cannot unmarshal number into Go struct field .command-line of type string"}}`},
		{`{"exec-oob":"query-version"}`, `{"error":{"class":"GenericError","desc":"this is not a QMP command: json: unknown field \"exec-oob\""}}`},
		{`{"execute" "query-version"}`, `{"error":{"class":"GenericError","desc":"this is not a QMP command: invalid character '\"' after object key"}}`},
	}
	for _, tt := range tests {
		_, _ = io.WriteString(conn, tt.send)
		got, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("%s: %v", tt.send, err)
		}
		if diff := cmp.Diff(tt.want+"\r\n", got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.send, diff)
		}
	}
	for _, path := range []string{asked, asked + "2"} {
		checkServed(t, path)
	}
}

// checkServed reads memory at a path that was asked for.
func checkServed(t *testing.T, path string) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	memory, err := memaccess.Dial(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	b := make([]byte, 100)
	if _, err := memory.ReadAt(b, 1000); err != nil || !bytes.Equal(b, content()[1000:1100]) {
		t.Errorf("read %x, %v", b, err)
	}
}

// Lines of the monitor's, which a prompt ends.
func TestLines(t *testing.T) {
	path, _ := start(t)
	asked := filepath.Join(filepath.Dir(path), "as ked")
	conn := dial(t, path)
	in := bufio.NewReader(conn)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ send, want string }{
		{"pmemaccess \"" + asked + "\"\n", ""},
		{"  pmemaccess   " + asked + "  \r\n", ""},
		{"pmemaccess\n", "pmemaccess: a path is needed\r\n"},
		{"stop\n", "unknown command: 'stop'\r\n"},
		{"\x1b[2J\n", "unknown command: '?[2J'\r\n"},
		{"pmemaccess pmem\n", "Error: the path of the socket must begin with /: \"pmem\"\r\n"},
		{"pmemaccess /nowhere/pmem\n", "Error: /nowhere/pmem: the socket can't be made: no such file or directory\r\n"},
		{"pmemaccess " + path + "\n", "Error: somebody serves on " + path + " already\r\n"},
	}
	for _, tt := range tests {
		_, _ = io.WriteString(conn, tt.send)
		got, err := in.ReadString(')')
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Discard(1); err != nil {
			t.Fatal(err)
		}
		if want := tt.want + "(qemu)"; got != want {
			t.Errorf("%q: %q, want %q", tt.send, got, want)
		}
	}
	checkServed(t, asked)
}

// volint's own client of QMP gets along with it.
func TestQMP(t *testing.T) {
	path, _ := start(t)
	conn, err := qmp.Dial(context.Background(), path, qmp.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var status struct{ Status string }
	if err := conn.Execute(context.Background(), "query-status", nil, &status); err != nil || status.Status != "paused" {
		t.Errorf("%v, %v", status, err)
	}
}

// LibVMI's way, by a program in C.
func TestLibVMI(t *testing.T) {
	gcc := testenv.Compiler(t, "gcc")
	testenv.Uses(t, "memaccess/qmpserve/testdata")
	program := filepath.Join(t.TempDir(), "libvmi")
	if out, err := exec.Command(gcc, "-Wall", "-Wextra", "-Werror", "-O1", "-o", program, "testdata/libvmi.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	path, _ := start(t)
	asked := filepath.Join(filepath.Dir(path), "vmiAbCdEf")
	args := []string{path, asked, "4096", "4096", "60000", "65536", "0", "65536", "100", "1"}
	cmd := exec.Command(program, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	want := bytes.Join([][]byte{content()[4096:8192], []byte("no memory\n"), content(), content()[100:101]}, nil)
	if !bytes.Equal(out, want) {
		t.Errorf("it read %d bytes, want %d", len(out), len(want))
	}
}

// What a monitor does not put up with ends the connection, and nobody else's.
func TestLimits(t *testing.T) {
	path, _ := start(t)
	tests := []struct{ name, send string }{
		{"a long line", "pmemaccess /" + strings.Repeat("x", 10<<10)},
		{"a long command", `{"execute":"` + strings.Repeat("x", 100<<10)},
		{"a deep command", strings.Repeat(`{"a":`, 1000)},
		{"deep lists", `{"a":` + strings.Repeat("[", 1000)},
		{"half a command", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn := dial(t, path)
			in := bufio.NewReader(conn)
			if _, err := in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = io.WriteString(conn, tt.send); _ = conn.(*net.UnixConn).CloseWrite() }()
			if rest, err := io.ReadAll(in); len(rest) > 0 && !strings.HasSuffix(string(rest), "(qemu) ") {
				t.Errorf("answered %q, %v", rest, err)
			}
		})
	}
	conn := dial(t, path)
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Errorf("%q, %v", line, err)
	}
}

// Many monitors: those beyond the limit are disconnected, the others stay.
func TestManyMonitors(t *testing.T) {
	path, _ := start(t)
	first := dial(t, path)
	in := bufio.NewReader(first)
	if _, err := in.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	refused := 0
	for range 100 {
		conn := dial(t, path)
		if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
			refused++
		}
	}
	if refused != 100-15 {
		t.Errorf("%d of 100 were refused", refused)
	}
	_, _ = io.WriteString(first, "nothing\n")
	if _, err := in.ReadString(')'); err != nil {
		t.Error(err)
	}
}

// Many sockets: the oldest makes way, and its clients stay.
func TestManySockets(t *testing.T) {
	path, server := start(t)
	conn := dial(t, path)
	in := bufio.NewReader(conn)
	ask := func(i int) string {
		t.Helper()
		asked := fmt.Sprintf("%s%d", path, i)
		_, _ = fmt.Fprintf(conn, "pmemaccess %s\n", asked)
		if answer, err := in.ReadString(')'); err != nil || strings.Contains(answer, "Error") {
			t.Fatalf("%q, %v", answer, err)
		}
		return asked
	}
	first := ask(0)
	memory, err := memaccess.Dial(context.Background(), first)
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	var last string
	for i := 1; i <= 64; i++ {
		last = ask(i)
	}
	if _, err := os.Lstat(first); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the first socket: %v", err)
	}
	if _, err := memory.ReadAt(make([]byte, 8), 0); err != nil {
		t.Errorf("its client: %v", err)
	}
	checkServed(t, last)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(last); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the last socket, after Close: %v", err)
	}
}

// Commands by answers: whatever is sent, each command has one, and it is JSON.
func TestEveryCommandIsAnswered(t *testing.T) {
	path, _ := start(t)
	conn := dial(t, path)
	in := json.NewDecoder(conn)
	var greeting, reply map[string]any
	if err := in.Decode(&greeting); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		_, _ = fmt.Fprintf(conn, `{"execute":"qmp_capabilities","id":%d}{"id":%d}`, 2*i, 2*i+1)
	}
	for i := range 400 {
		reply = nil
		if err := in.Decode(&reply); err != nil {
			t.Fatal(err)
		}
		if reply["id"] != float64(i) {
			t.Fatalf("answer %d has %v", i, reply["id"])
		}
	}
}
