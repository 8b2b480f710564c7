package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"volint": main})
}

// TestScripts runs what needs nothing but volint itself.
func TestScripts(t *testing.T) {
	volint := tested(t)
	runScripts(t, "plain", func(e *testscript.Env) { e.Setenv("VOLINT", volint) })
}

// TestBuf runs what needs buf and the plug-in.
func TestBuf(t *testing.T) { runScripts(t, "buf", buf(t)) }

// TestC compiles what `volint export c` writes.
func TestC(t *testing.T) {
	gcc := testenv.Tool(t, "gcc")
	runScripts(t, "c", func(e *testscript.Env) { e.Setenv("CC", gcc) })
}

// TestVolatility3 and TestVolatility2 run Volatility on the image.
func TestVolatility3(t *testing.T) { runScripts(t, "volatility3", volatility3(t)) }
func TestVolatility2(t *testing.T) { runScripts(t, "volatility2", volatility2(t)) }

// TestExample takes the example of `volint schema init` through all of them.
func TestExample(t *testing.T) {
	setups := []func(*testscript.Env){buf(t), volatility2(t), volatility3(t)}
	runScripts(t, "example", func(e *testscript.Env) {
		for _, setup := range setups {
			setup(e)
		}
	})
}

// tested is the volint that testscript.Main put on the PATH.
func tested(t *testing.T) string {
	t.Helper()
	volint, err := exec.LookPath("volint")
	if err != nil {
		t.Fatal(err)
	}
	return volint
}

func buf(t *testing.T) func(*testscript.Env) {
	// The plug-in lies beside a volint that another test built some time.
	path := []string{testenv.Tool(t, "buf"), testenv.Build(t, "./cmd/protoc-gen-volrender"), tested(t)}
	return func(e *testscript.Env) {
		for _, tool := range path {
			e.Setenv("PATH", filepath.Dir(tool)+string(os.PathListSeparator)+e.Getenv("PATH"))
		}
		// buf keeps what it downloads there; it downloads nothing here.
		e.Setenv("BUF_CACHE_DIR", filepath.Join(e.WorkDir, "cache"))
	}
}

func volatility3(t *testing.T) func(*testscript.Env) {
	image, python, vol := testenv.Image(t), testenv.Python3(t), testenv.Vol3(t)
	usesPython(t)
	return func(e *testscript.Env) {
		e.Setenv("IMAGE", image)
		e.Setenv("SYMBOLS", testenv.Fixture())
		e.Setenv("PYTHON3", python)
		e.Setenv("VOL3", vol)
		e.Setenv("VOLINT_SYMBOLS", testenv.Fixture())
		e.Setenv("VOLINT_PYTHON", python)
		e.Setenv("XDG_CACHE_HOME", filepath.Join(e.WorkDir, "cache"))
	}
}

func volatility2(t *testing.T) func(*testscript.Env) {
	image, python, vol := testenv.Image(t), testenv.Python2(t), testenv.Vol2(t)
	usesPython(t)
	return func(e *testscript.Env) {
		e.Setenv("IMAGE", image)
		e.Setenv("PLUGINS", testenv.Fixture())
		e.Setenv("PYTHON2", python)
		e.Setenv("VOL2", vol)
		e.Setenv("VOLINT_PYTHON", python)
	}
}

// usesPython tells go's test cache of the files that a run leans on and that
// this package does not embed itself.
func usesPython(t *testing.T) {
	testenv.Uses(t, "runtime/python", "gen", "testdata/linux-6.1-tiny")
}

// runScripts runs a folder of scripts. They see none of the user's settings.
func runScripts(t *testing.T, folder string, setup func(*testscript.Env)) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "script", folder),
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			for _, name := range []string{"PYTHON", "VOLATILITY", "PLUGINS", "SYMBOLS", "BIN", "CACHE", "CACHE_LIMIT"} {
				e.Setenv("VOLINT_"+name, "")
			}
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			if setup != nil {
				setup(e)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"frames": framesCommand, "raw": rawCommand, "visible": visibleCommand, "served": servedCommand},
	})
}

// framesCommand is `frames FILE [WORD...]`: it writes a file of frames of
// linux_pslist. A word FIELD=VALUE sets a field of the current frame, where the
// name may have Go's escapes; -- starts another frame; =HEX adds raw bytes to the
// stream, after the frame.
func framesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: frames FILE [FIELD=VALUE | -- | =HEX]...")
	}
	var stream, frame []byte
	end := func() {
		if frame != nil {
			stream = append(binary.LittleEndian.AppendUint32(stream, uint32(len(frame))), frame...)
			frame = nil
		}
	}
	for _, word := range args[1:] {
		field, value, isField := strings.Cut(word, "=")
		switch {
		case word == "--":
			end()
		case isField && field == "":
			end()
			raw, err := hex.DecodeString(value)
			ts.Check(err)
			stream = append(stream, raw...)
		default:
			frame = appendField(ts, frame, field, value)
		}
	}
	end()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), stream, 0o666))
}

// rawCommand is `raw FILE [HEX...]`: it writes a file of frames, whose content is
// given in hexadecimal.
func rawCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: raw FILE [HEX]...")
	}
	var stream []byte
	for _, word := range args[1:] {
		frame, err := hex.DecodeString(word)
		ts.Check(err)
		stream = append(binary.LittleEndian.AppendUint32(stream, uint32(len(frame))), frame...)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), stream, 0o666))
}

// pslistFields are the seed's fields and numbers.
var pslistFields = map[string]protowire.Number{
	"offset": 1, "name": 2, "pid": 3, "uid": 4, "gid": 5, "dtb": 6, "start_time": 7,
}

func appendField(ts *testscript.TestScript, frame []byte, field, value string) []byte {
	number, ok := pslistFields[field]
	if !ok {
		ts.Fatalf("linux_pslist has no field %q", field)
	}
	if field == "name" {
		text, err := strconv.Unquote(`"` + strings.ReplaceAll(value, `"`, `\"`) + `"`)
		ts.Check(err)
		return protowire.AppendString(protowire.AppendTag(frame, number, protowire.BytesType), text)
	}
	n, err := strconv.ParseUint(value, 0, 64)
	ts.Check(err)
	return protowire.AppendVarint(protowire.AppendTag(frame, number, protowire.VarintType), n)
}

// visibleCommand is `visible FILE`: it fails when the file holds a byte that a
// terminal would act on.
func visibleCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: visible FILE")
	}
	for i, c := range []byte(ts.ReadFile(args[0])) {
		if c < ' ' && c != '\n' || c == 0x7f {
			ts.Fatalf("%s: byte %#x at %d", args[0], c, i)
		}
	}
}

// servedCommand is `served SOCKET FILE`: it waits for a server of memory, and checks
// that it serves the bytes of a file.
func servedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: served SOCKET FILE")
	}
	want := []byte(ts.ReadFile(args[1]))
	memory, err := dialServer(ts.MkAbs(args[0]))
	ts.Check(err)
	defer memory.Close()
	got := make([]byte, len(want))
	_, err = memory.ReadAt(got, 0)
	ts.Check(err)
	if !bytes.Equal(got, want) {
		ts.Fatalf("%s serves other bytes than those of %s", args[0], args[1])
	}
}

// dialServer connects to a server that may be about to start.
func dialServer(path string) (memory memaccess.Source, err error) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if memory, err = memaccess.Dial(context.Background(), path); err == nil {
			break
		}
	}
	return memory, err
}

// Help fits a terminal that is not very wide. Cobra wrote the completion's.
func TestHelpIsNarrow(t *testing.T) {
	const most = 90
	var check func(*cobra.Command)
	check = func(cmd *cobra.Command) {
		help := cmd.Long + "\n" + cmd.Example + "\n" + cmd.LocalFlags().FlagUsages()
		for line := range strings.Lines(help) {
			if len(strings.TrimRight(line, "\n")) > most {
				t.Errorf("%s: a line of more than %d characters: %s", cmd.CommandPath(), most, line)
			}
		}
		for _, sub := range cmd.Commands() {
			if sub.Name() != "completion" {
				check(sub)
			}
		}
	}
	check((&app{ui: &ui{}}).root())
}
