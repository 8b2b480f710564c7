package livetest_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/livetest"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

// A guest that stands has the same processes, however its memory is read.
func TestSameProcesses(t *testing.T) {
	for _, v := range volatilities {
		t.Run(v.name, func(t *testing.T) {
			t.Run("shared file", func(t *testing.T) {
				s := snapshotOf(t, v, qemutest.File)
				s.same("QEMU, by its memory's file", "qemu:"+s.guest.QMP)
				s.sameByServer()
				s.sameByDump("kdump-zlib")
			})
			t.Run("anonymous", func(t *testing.T) {
				s := snapshotOf(t, v, qemutest.Anonymous)
				s.same("QEMU, by its process's memory", "qemu:"+s.guest.QMP)
			})
		})
	}
	// The one Volatility is enough where only the way to the bytes is another.
	t.Run("memfd", func(t *testing.T) {
		s := snapshotOf(t, volatility3, qemutest.Memfd)
		s.same("QEMU, by a file without a path", "qemu:"+s.guest.QMP)
	})
}

// What lies above the hole for devices is read from there, as QEMU's own dump has it,
// an ELF core file.
func TestSameProcessesAboveTheHole(t *testing.T) {
	g := livetest.Boot(t, livetest.Holed, qemutest.File)
	g.Stop()
	dump := filepath.Join(t.TempDir(), "dump")
	g.Dump(dump, "elf")
	for _, v := range volatilities {
		s := snapshot{t, v, g, rows(t, v.command(t, dump))}
		checkKnown(t, s.want)
		if !slices.ContainsFunc(s.want, func(p process) bool { return p.DTB >= 4<<30 }) {
			t.Error("no process has its page tables above 4 GiB")
		}
		s.same(v.name, "qemu:"+g.QMP)
	}
}

// snapshot is what a Volatility lists of the dump of a guest that stands.
type snapshot struct {
	t     *testing.T
	by    volatility
	guest *livetest.Guest
	want  []process
}

func snapshotOf(t *testing.T, v volatility, b qemutest.Backend) snapshot {
	t.Helper()
	g := stopped(t, b)
	dump := filepath.Join(t.TempDir(), "memory")
	g.Copy(t, dump)
	s := snapshot{t, v, g, rows(t, v.command(t, dump))}
	checkKnown(t, s.want)
	return s
}

// same holds that volint lists the same of another place.
func (s snapshot) same(what, location string) {
	s.t.Helper()
	if diff := cmp.Diff(s.want, rows(s.t, s.by.command(s.t, location))); diff != "" {
		s.t.Errorf("%s (-dump +live):\n%s", what, diff)
	}
}

// sameByServer does it with volint in between, for volint and for Volatility alone.
func (s snapshot) sameByServer() {
	s.t.Helper()
	socket := serve(s.t, "qemu:"+s.guest.QMP)
	s.same("a server of QEMU's memory", "unix:"+socket)
	if diff := cmp.Diff(brief(s.want), alone(s.t, s.by, socket)); diff != "" {
		s.t.Errorf("Volatility itself on that server (-dump +live):\n%s", diff)
	}
}

// sameByDump does it with what QEMU itself writes as a dump.
func (s snapshot) sameByDump(format string) {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), format)
	s.guest.Dump(path, format)
	s.same("QEMU's dump as "+format, path)
}

// stopped is a guest that stands until the end of the test.
func stopped(t *testing.T, b qemutest.Backend) *livetest.Guest {
	t.Helper()
	g := guests.Guest(t, b)
	before := len(g.Events())
	g.Stop()
	checkEvents(t, g, before, "STOP")
	t.Cleanup(func() {
		if g.Running() {
			t.Error("the guest runs, though the test had stopped it")
		}
		g.Continue()
	})
	return g
}

// checkKnown holds that all of the guest's own processes are there, and whose they
// are.
func checkKnown(t *testing.T, all []process) {
	t.Helper()
	// A process may get its number before one that was started earlier.
	if diff := cmp.Diff(slices.Sorted(slices.Values(livetest.Processes)), slices.Sorted(slices.Values(names(own(all))))); diff != "" {
		t.Fatalf("the guest's own processes (-want +got):\n%s", diff)
	}
	for _, p := range own(all) {
		uid, gid := 0, 0
		if p.Name == "userd" {
			uid, gid = 1000, 1001
		}
		if p.UID != uid || p.GID != gid || p.PID == 0 || p.Offset < 1<<63 || p.StartTime == 0 {
			t.Errorf("a process is %+v", p)
		}
	}
}

// listed is what Volatility's own tables have of a process.
type listed struct {
	Name          string
	PID, UID, GID int
}

func brief(all []process) []listed {
	var list []listed
	for _, p := range all {
		list = append(list, listed{p.Name, p.PID, p.UID, p.GID})
	}
	return list
}

// alone has Volatility read a socket by itself, with the file that goes with it.
func alone(t *testing.T, v volatility, socket string) []listed {
	t.Helper()
	args, python := v.itself(t), v.python(t)
	if v.name == volatility3.name {
		return table3(t, output(t, exec.Command(python, append(args, "-f", "unix://"+socket, "linux.pslist")...)))
	}
	return table2(t, output(t, exec.Command(python, append(args, "-f", socket, "linux_pslist")...)))
}

func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.String())
	}
	return out
}

func table3(t *testing.T, out []byte) []listed {
	t.Helper()
	var table []struct {
		COMM          string
		PID, UID, GID int
	}
	if err := json.Unmarshal(out, &table); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var list []listed
	for _, row := range table {
		list = append(list, listed{row.COMM, row.PID, row.UID, row.GID})
	}
	return list
}

// line2 is a line of Volatility 2's table: offset, name, pid, ppid, uid, gid.
var line2 = regexp.MustCompile(`(?m)^0x[0-9a-f]{16} (\S+) +(\d+) +\d+ +(\d+) +(\d+) `)

func table2(t *testing.T, out []byte) []listed {
	t.Helper()
	var list []listed
	for _, m := range line2.FindAllSubmatch(out, -1) {
		number := func(i int) int { n, _ := strconv.Atoi(string(m[i])); return n }
		list = append(list, listed{string(m[1]), number(2), number(3), number(4)})
	}
	if list == nil {
		t.Fatalf("no processes:\n%s", out)
	}
	return list
}
