package session_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/protoutil"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/session"
)

// cache is the cache folder of all tests: to index the symbol file takes longer than
// most of them.
var cache string

func TestMain(m *testing.M) {
	if os.Getenv(orphanVariable) != "" {
		orphan()
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	testenv.Root() // while the current folder is this package's
	for _, name := range []string{"PYTHON", "VOLATILITY", "PLUGINS", "SYMBOLS"} {
		_ = os.Unsetenv("VOLINT_" + name)
	}
	var err error
	if cache, err = os.MkdirTemp("", "volint-session"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(cache)
	return m.Run()
}

// A setup is a Volatility that is there for the tests.
type setup struct {
	name   string
	config func(testing.TB) session.Config
}

// volatility3 and volatility2 are configurations that work.
func volatility3(t testing.TB) session.Config {
	t.Helper()
	return session.Config{
		Image: testenv.Image(t), Version: session.Volatility3, Python: testenv.Python3(t),
		Symbols: []string{testenv.Fixture()}, Cache: cache, DropIns: dropIns(t),
		Plugins: []string{testdata("volatility3")},
	}
}

func volatility3Oldest(t testing.TB) session.Config {
	t.Helper()
	c := volatility3(t)
	c.Python = testenv.Python3Oldest(t)
	c.Cache = filepath.Join(cache, "oldest")
	return c
}

func volatility2(t testing.TB) session.Config {
	t.Helper()
	return session.Config{
		Image: testenv.Image(t), Version: session.Volatility2, Python: testenv.Python2(t),
		Profile: "LinuxTiny61x64", Cache: cache, DropIns: dropIns(t),
		Plugins: []string{testenv.Fixture(), testdata("volatility2")},
	}
}

var setups = []setup{
	{"Volatility 3", volatility3},
	{"the oldest Volatility 3", volatility3Oldest},
	{"Volatility 2", volatility2},
}

func open(t testing.TB, cfg session.Config) *session.Session {
	t.Helper()
	s, err := session.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// dropIns are what the generator of this tree makes of the shipped schema and of
// the faults' messages.
func dropIns(t testing.TB) map[session.Version]fs.FS {
	t.Helper()
	testenv.Uses(t, "runtime/python")
	binary := testenv.Build(t, "./cmd/protoc-gen-volrender")
	generated.Do(func() {
		generated.dropIns = make(map[session.Version]fs.FS)
		for v, lang := range map[session.Version]string{session.Volatility2: "python2", session.Volatility3: "python3"} {
			if generated.dropIns[v], generated.err = generate(binary, lang); generated.err != nil {
				return
			}
		}
	})
	if generated.err != nil {
		t.Fatal(generated.err)
	}
	return generated.dropIns
}

var generated struct {
	sync.Once
	dropIns map[session.Version]fs.FS
	err     error
}

// generate runs the generator on the schemas.
func generate(binary, lang string) (fs.FS, error) {
	targets := []string{"panda_vol_int.proto", "faults.proto"}
	compiler := protocompile.Compiler{
		Resolver: protocompile.WithStandardImports(&protocompile.SourceResolver{
			ImportPaths: []string{filepath.Join(testenv.Root(), "schema"), testdata("")},
		}),
	}
	files, err := compiler.Compile(context.Background(), append([]string{
		"google/protobuf/descriptor.proto", "volint/volrender/v1/options.proto"}, targets...)...)
	if err != nil {
		return nil, err
	}
	req := &pluginpb.CodeGeneratorRequest{FileToGenerate: targets, Parameter: proto.String("lang=" + lang)}
	for _, f := range files {
		req.ProtoFile = append(req.ProtoFile, protoutil.ProtoFromFileDescriptor(f))
	}
	return runGenerator(binary, req)
}

func runGenerator(binary string, req *pluginpb.CodeGeneratorRequest) (fs.FS, error) {
	in, err := proto.Marshal(req)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary)
	cmd.Stdin = bytes.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path.Base(binary), err)
	}
	var resp pluginpb.CodeGeneratorResponse
	if err := proto.Unmarshal(out, &resp); err != nil {
		return nil, err
	}
	if resp.GetError() != "" {
		return nil, fmt.Errorf("%s: %s", path.Base(binary), resp.GetError())
	}
	files := fstest.MapFS{}
	for _, f := range resp.File {
		files[f.GetName()] = &fstest.MapFile{Data: []byte(f.GetContent())}
	}
	return files, nil
}

// dropInsOf are the drop-ins of one version.
func dropInsOf(v session.Version, files fs.FS) map[session.Version]fs.FS {
	return map[session.Version]fs.FS{v: files}
}

// testdata is the path of a file of this package's.
func testdata(name string) string {
	return filepath.Join(testenv.Root(), "runtime", "session", "testdata", name)
}

// bareVenv makes a Python 3 without anything.
func bareVenv(t testing.TB) string {
	t.Helper()
	python := testenv.Tool(t, "python3")
	dir := filepath.Join(t.TempDir(), "venv")
	if out, err := exec.Command(python, "-m", "venv", "--without-pip", dir).CombinedOutput(); err != nil {
		t.Fatalf("making a virtual environment: %v\n%s", err, out)
	}
	return filepath.Join(dir, "bin", "python")
}

// otherProfile makes a folder with the image's profile under another name, whose
// symbols lie elsewhere, each by a step more than the one before: a kernel that
// was moved as a whole would be found.
func otherProfile(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	in, err := zip.OpenReader(filepath.Join(testenv.Fixture(), "Tiny61.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(filepath.Join(dir, "Other61.zip"))
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for _, f := range in.File {
		moveSymbols(t, w, f)
	}
	if err := errors.Join(w.Close(), out.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

// spread moves the symbols of a System.map apart.
func spread(systemMap []byte) []byte {
	var moved bytes.Buffer
	n := uint64(0)
	for line := range bytes.Lines(systemMap) {
		address, rest, _ := bytes.Cut(line, []byte(" "))
		if at, err := strconv.ParseUint(string(address), 16, 64); err == nil {
			n += 24
			fmt.Fprintf(&moved, "%016x %s", at+n, rest)
		}
	}
	return moved.Bytes()
}

// moveSymbols copies a file of a profile, the System.map with other addresses.
func moveSymbols(t testing.TB, w *zip.Writer, f *zip.File) {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(f.Name, "System.map") {
		content = spread(content)
	}
	to, err := w.Create(f.Name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := to.Write(content); err != nil {
		t.Fatal(err)
	}
}
