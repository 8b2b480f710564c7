package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// machine does what has to do with the guest.
func (d *driver) machine(r request) (answer, error) {
	var a answer
	switch r.Do {
	case "image":
		a.Path = livetest.Image(d.bench)
	case "boot":
		d.guest = livetest.Boot(d.bench, livetest.Flat, qemutest.File)
		a.Path = "qemu:" + d.guest.QMP
	case "stop":
		d.guest.Stop()
	case "continue":
		d.guest.Continue()
	case "copy":
		d.guest.Copy(d.bench, r.Save)
	case "held":
		for _, each := range d.guest.Held() {
			a.Held = append(a.Held, each.Nanoseconds())
		}
	default:
		return a, fmt.Errorf("there is no %q to do", r.Do)
	}
	return a, nil
}

// holder is the command line that holds a guest while it stands.
func holder() []string { return []string{os.Getenv("VOLINT_BIN"), "hold-guest"} }

// bench stands in for a test, which a guest belongs to.
type bench struct {
	testing.TB
	ends []func()
}

func (b *bench) Helper()             {}
func (b *bench) Name() string        { return "bench" }
func (b *bench) Logf(string, ...any) {}
func (b *bench) Cleanup(f func())    { b.ends = append(b.ends, f) }

func (b *bench) Fatalf(format string, args ...any) {
	b.end()
	fmt.Fprintf(os.Stderr, "error: "+format+"\n", args...)
	os.Exit(1)
}

func (b *bench) Fatal(args ...any)                 { b.Fatalf("%s", fmt.Sprint(args...)) }
func (b *bench) Errorf(format string, args ...any) { b.Fatalf(format, args...) }
func (b *bench) Skipf(format string, args ...any)  { b.Fatalf(format, args...) }

func (b *bench) TempDir() string {
	dir, err := os.MkdirTemp("", "volint-bench")
	if err != nil {
		b.Fatalf("%v", err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (b *bench) end() {
	for i := len(b.ends) - 1; i >= 0; i-- {
		b.ends[i]()
	}
	b.ends = nil
}
