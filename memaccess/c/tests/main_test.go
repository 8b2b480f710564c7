package tests

import (
	"fmt"
	"os"
	"testing"

	"github.com/volint/volint/memaccess/internal/protocoltest"
)

// binaries is the folder of programs that several tests run.
var binaries string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "memory")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	binaries = dir
	return m.Run()
}

// keep makes a folder that lasts until all tests have ended.
func keep(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(binaries, "program")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// words are a server's options, as testdata/host.c takes them.
func words(o protocoltest.Options) []string {
	var w []string
	if o.Limit != 0 {
		w = append(w, fmt.Sprint("limit=", o.Limit))
	}
	if o.FailHoles {
		w = append(w, "fail-holes")
	}
	if o.Writable {
		w = append(w, "writable")
	}
	return w
}
