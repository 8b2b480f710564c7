// Package livetest boots a Linux guest in QEMU for tests that read the memory of
// one while it runs: Debian's kernel for the cloud, with KASLR, and the processes of
// testdata/recipe/guest under their known names. `make setup` makes what is booted.
package livetest

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess/qemu/qemutest"
	"github.com/volint/volint/memaccess/qemu/qmp"
)

// Processes are those of the guest that are its own: names, as a kernel keeps them.
var Processes = []string{
	"init", "alphad", "mapperd", "listend", "userd", "threadd", "parentd", "evild", "zombied", "a-process-name-", "childd",
}

const (
	// Profile is the name of Volatility 2's profile for the guest.
	Profile   = "LinuxDebianCloudx64"
	ready     = "READY"
	bootLimit = 3 * time.Minute
	// commandLine: Volatility 2 finds a kernel that KASLR moved only if it lies
	// elsewhere in physical memory, too. A megabyte that is kept free where it would
	// lie makes sure, if there is room elsewhere.
	commandLine = "console=ttyS0 quiet panic=-1 memmap=1M$16M"
)

// Machine is what a guest is like.
type Machine struct {
	name   string // as QEMU's -machine takes it
	memory uint64
}

var (
	// Flat has all of its memory from address 0 on.
	Flat = Machine{"pc", 160 << 20}
	// Holed has some above 4 GiB, as machines with more memory have.
	Holed = Machine{"q35,max-ram-below-4g=160M", 224 << 20}
)

// Folder returns the folder that has the kernel; below it, symbols are Volatility
// 3's, and profiles Volatility 2's.
func Folder(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(testenv.Root(), ".tools", "live")
	// Reading the stamp makes go's test cache notice another guest.
	_, err := os.ReadFile(filepath.Join(dir, "stamp"))
	testenv.Need(t, err == nil, "the guest of Debian's kernel",
		"run `make setup` on Debian for x86-64, as root where apt has no lists of packages yet")
	return dir
}

// Guest is a guest that runs Linux.
type Guest struct {
	*qemutest.Guest
	machine Machine
	console string
	watch   *qmp.Conn

	mu     sync.Mutex
	events []string
	times  []time.Time // when each was known
}

// Boot starts a guest and returns when its processes run. It ends with the test.
func Boot(t testing.TB, m Machine, b qemutest.Backend) *Guest {
	t.Helper()
	emulator, folder := qemutest.Program(t), Folder(t)
	dir := filepath.Dir(testenv.Socket(t))
	watch := filepath.Join(dir, "watch")
	g := &Guest{machine: m, console: filepath.Join(dir, "console")}
	accel, args := accelerator(emulator, folder)
	g.Guest = qemutest.Start(t, qemutest.Options{
		Machine: m.name, Memory: fmt.Sprintf("%dM", m.memory>>20), Backend: b, Accel: accel,
		Args: append(args, append(kernel(folder, g.console), "-qmp", "unix:"+watch+",server=on,wait=off")...),
	})
	g.wait(t, 1)
	var err error
	if g.watch, err = qmp.Dial(context.Background(), watch, qmp.Options{Events: g.note}); err != nil {
		t.Fatalf("livetest: %v", err)
	}
	t.Cleanup(func() { _ = g.watch.Close() })
	return g
}

// kernel are QEMU's arguments for what is booted.
func kernel(folder, console string) []string {
	return []string{"-kernel", filepath.Join(folder, "vmlinuz"), "-initrd", filepath.Join(folder, "initrd.gz"),
		"-append", commandLine, "-serial", "file:" + console}
}

// wait waits until the guest has said that all is there, for the nth time.
func (g *Guest) wait(t testing.TB, n int) {
	t.Helper()
	for end := time.Now().Add(bootLimit); ; {
		said, err := os.ReadFile(g.console)
		switch {
		case strings.Count(string(said), ready) >= n:
			return
		case err != nil && !os.IsNotExist(err):
			t.Fatalf("livetest: %v", err)
		case time.Now().After(end):
			t.Fatalf("livetest: the guest was not ready after %v; its console: %q", bootLimit, said)
		}
		select {
		case <-g.Ended():
			t.Fatalf("livetest: QEMU ended; the guest's console: %q", said)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Reset resets the guest, and Booted waits until its processes run again.
func (g *Guest) Reset(t testing.TB) (booted func()) {
	t.Helper()
	said, err := os.ReadFile(g.console)
	if err != nil {
		t.Fatalf("livetest: %v", err)
	}
	g.Execute("system_reset", nil, nil)
	return func() { g.wait(t, strings.Count(string(said), ready)+1) }
}

// Stop stops the guest, and Continue lets it run on.
func (g *Guest) Stop()     { g.Execute("stop", nil, nil) }
func (g *Guest) Continue() { g.Execute("cont", nil, nil) }

// Running reports whether the guest runs.
func (g *Guest) Running() bool { return g.Status() == "running" }

func (g *Guest) note(e qmp.Event) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.events = append(g.events, e.Name)
	g.times = append(g.times, time.Now())
}

// Events are the names of what happened to the guest (STOP, RESUME, RESET…) since it
// was ready.
func (g *Guest) Events() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.events...)
}

// Held are how long the guest stood, each time that it has stopped and gone on since
// it was ready.
func (g *Guest) Held() []time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	var held []time.Duration
	for i, name := range g.events {
		if i > 0 && name == "RESUME" && g.events[i-1] == "STOP" {
			held = append(held, g.times[i].Sub(g.times[i-1]))
		}
	}
	return held
}

// Copy writes the memory of a flat guest to a file.
func (g *Guest) Copy(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(g.Path); err != nil {
		g.Execute("pmemsave", map[string]any{"val": 0, "size": g.machine.memory, "filename": path}, nil)
		return
	}
	from, err := os.Open(g.Path)
	if err != nil {
		t.Fatalf("livetest: %v", err)
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		t.Fatalf("livetest: %v", err)
	}
	if _, err = io.Copy(to, from); err != nil {
		t.Fatalf("livetest: %v", err)
	}
	if err = to.Close(); err != nil {
		t.Fatalf("livetest: %v", err)
	}
}

// Dump has QEMU write a dump in a format of its own: "elf", "kdump-zlib"….
func (g *Guest) Dump(path, format string) {
	g.Execute("dump-guest-memory", map[string]any{"paging": false, "protocol": "file:" + path, "format": format}, nil)
}
