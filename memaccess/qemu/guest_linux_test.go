package qemu

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/memaccess"
	"github.com/volint/volint/memaccess/qemu/qemutest"
)

func TestChanges(t *testing.T) {
	tests := []struct {
		name string
		do   func(g *qemutest.Guest)
		want []string
		gone bool
	}{
		{"reset", func(g *qemutest.Guest) { g.Execute("system_reset", nil, nil) }, []string{changeReset}, false},
		{"stopped and continued", func(g *qemutest.Guest) {
			g.Execute("stop", nil, nil)
			g.Execute("cont", nil, nil)
			g.Execute("system_reset", nil, nil) // something to wait for
		}, []string{changeReset}, false},
		{"migrated", func(g *qemutest.Guest) {
			g.Execute("migrate", map[string]any{"uri": "exec:cat >/dev/null"}, nil)
		}, []string{changeMigrated}, false},
		{"quit", (*qemutest.Guest).Quit, []string{changeShutdown, changeEnded}, true},
		{"killed", (*qemutest.Guest).Kill, []string{changeEnded}, true},
	}
	for _, tt := range tests {
		for name, backend := range map[string]qemutest.Backend{"anonymous": qemutest.Anonymous, "memfd": qemutest.Memfd} {
			t.Run(tt.name+" "+name, func(t *testing.T) {
				g := counting(t, qemutest.Options{Backend: backend, Memory: "64M"})
				m := open(t, g, Options{})
				checkCounts(t, m)
				tt.do(g)
				eventually(t, "the change", func() bool { return len(m.Changes()) >= len(tt.want) })
				if diff := cmp.Diff(tt.want, m.Changes()); diff != "" {
					t.Errorf("changes (-want +got):\n%s", diff)
				}
				_, err := m.ReadAt(make([]byte, 16), 0x7000)
				if runs := m.Runs(); (len(runs) == 0) != tt.gone {
					t.Errorf("runs %v", runs)
				}
				if tt.gone && (err == nil || !strings.Contains(hinted(err), "has ended | ")) {
					t.Errorf("reading what is gone gives %v", err)
				}
				if !tt.gone && err != nil {
					t.Errorf("reading gives %v", err)
				}
			})
		}
	}
}

// A guest that was migrated away while it stood is not continued, and told.
func TestMigratedWhileHeld(t *testing.T) {
	g := counting(t, qemutest.Options{Memory: "64M"})
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	g.Execute("migrate", map[string]any{"uri": "exec:cat >/dev/null"}, nil)
	eventually(t, "the migration", func() bool { return g.Status() == "postmigrate" })
	if err := release(); err == nil || !strings.Contains(hinted(err), "it is now postmigrate") {
		t.Errorf("got %v", err)
	}
	eventually(t, "the change", func() bool { return slices.Contains(m.Changes(), changeMigrated) })
	if got := g.Status(); got != "postmigrate" {
		t.Errorf("the guest is %s", got)
	}
}

// A snapshot that is loaded as a job is told, once. (The monitor's loadvm looks
// like stop and cont.)
func TestSnapshotLoaded(t *testing.T) {
	g := counting(t, qemutest.Options{Memory: "64M"})
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(disk, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	job := func(command string, arguments map[string]any) {
		arguments["job-id"] = command
		g.Execute(command, arguments, nil)
		eventually(t, command, func() bool {
			var jobs []struct{ Status string }
			g.Execute("query-jobs", nil, &jobs)
			return jobs[0].Status == "concluded"
		})
	}
	dismiss := func(id string) { g.Execute("job-dismiss", map[string]any{"id": id}, nil) }
	g.Execute("blockdev-add", map[string]any{"driver": "file", "filename": disk, "node-name": "file"}, nil)
	job("blockdev-create", map[string]any{"options": map[string]any{"driver": "qcow2", "file": "file", "size": 64 << 20}})
	dismiss("blockdev-create")
	g.Execute("blockdev-add", map[string]any{"driver": "qcow2", "file": "file", "node-name": "disk"}, nil)
	snapshot := func() map[string]any {
		return map[string]any{"tag": "then", "vmstate": "disk", "devices": []string{"disk"}}
	}
	job("snapshot-save", snapshot())
	dismiss("snapshot-save")

	m := open(t, g, Options{})
	for loads := 1; loads <= 2; loads++ {
		job("snapshot-load", snapshot())
		eventually(t, "the change", func() bool { return len(m.Changes()) >= loads })
		dismiss("snapshot-load")
		if got := m.Changes(); len(got) != loads || got[loads-1] != changeLoaded {
			t.Errorf("changes are %q after %d loads", got, loads)
		}
	}
}

// Reading all of a guest's memory does not make the memory that it never touched.
func TestReadingMakesNoPages(t *testing.T) {
	for name, backend := range map[string]qemutest.Backend{"memfd": qemutest.Memfd, "file": qemutest.File, "anonymous": qemutest.Anonymous} {
		for _, size := range []string{"256M", "5G"} {
			if size == "5G" && backend != qemutest.Memfd {
				continue // the same at more cost
			}
			t.Run(name+" "+size, func(t *testing.T) {
				g := counting(t, qemutest.Options{Backend: backend, Memory: size})
				m := open(t, g, Options{})
				checkCounts(t, m)
				before := resident(t, g.Process)
				var total uint64
				buffer := make([]byte, 4<<20)
				for _, r := range m.Runs() {
					for addr := r.Start; addr < r.End(); addr += uint64(len(buffer)) {
						part := buffer[:min(uint64(len(buffer)), r.End()-addr)]
						if _, err := m.ReadAt(part, int64(addr)); err != nil {
							t.Fatal(err)
						}
						total += uint64(len(part))
					}
				}
				after := max(resident(t, g.Process), allocated(t, m))
				t.Logf("%d MiB were read; the guest has %d MiB, and had %d", total>>20, after>>20, before>>20)
				if after > before+32<<20 {
					t.Errorf("reading had the guest grow from %d to %d MiB", before>>20, after>>20)
				}
			})
		}
	}
}

// Memory that is plugged in shows up, and can be read and written.
func TestPluggedMemory(t *testing.T) {
	for name, object := range map[string]map[string]any{
		"memfd":     {"qom-type": "memory-backend-memfd", "share": true},
		"anonymous": {"qom-type": "memory-backend-ram"},
	} {
		t.Run(name, func(t *testing.T) {
			g := qemutest.Start(t, qemutest.Options{Memory: "128M,slots=2,maxmem=2G", Backend: qemutest.Memfd})
			m := open(t, g, Options{Writable: true})
			object["id"], object["size"] = "more", 128<<20
			g.Execute("object-add", object, nil)
			g.Execute("device_add", map[string]any{"driver": "pc-dimm", "id": "dimm1", "memdev": "more"}, nil)
			var devices []struct{ Data struct{ Addr uint64 } }
			g.Execute("query-memory-devices", nil, &devices)
			addr := devices[0].Data.Addr
			plugged := memaccess.Run{Start: addr, Length: 128 << 20}
			eventually(t, "the memory's coming", func() bool { return slices.Contains(m.Runs(), plugged) })
			want := bytes.Repeat([]byte("plugged "), 600)
			if _, err := (&writable{m}).WriteAt(want, int64(addr)+5000); err != nil {
				t.Fatal(hinted(err))
			}
			if !bytes.Equal(g.Physical(addr+5000, len(want)), want) || !bytes.Equal(read(t, m, addr+5000, len(want)), want) {
				t.Error("what was written to it is not there")
			}
		})
	}
}

// What is written is in the guest's memory, as QEMU sees it, across ranges and in
// pieces of pages.
func TestWriting(t *testing.T) {
	for name, backend := range map[string]qemutest.Backend{"memfd": qemutest.Memfd, "file": qemutest.File, "anonymous": qemutest.Anonymous} {
		t.Run(name, func(t *testing.T) {
			g := qemutest.Start(t, qemutest.Options{Memory: "256M", Machine: "pc,max-ram-below-4g=128M", Backend: backend})
			s, err := Open(context.Background(), g.QMP, Options{Writable: true})
			if err != nil {
				t.Fatal(hinted(err))
			}
			defer s.Close()
			for _, addr := range []uint64{32*mib + 17, 4*gib + 4000, 4*gib + 128*mib - 9000} {
				want := bytes.Repeat([]byte{byte(addr), 1, 2, 3, 4, 5, 6, 7, 8}, 1000)
				if _, err := s.(memaccess.Writer).WriteAt(want, int64(addr)); err != nil {
					t.Fatal(hinted(err))
				}
				if !bytes.Equal(g.Physical(addr, len(want)), want) {
					t.Errorf("at %#x is something else", addr)
				}
			}
			if n, err := s.(memaccess.Writer).WriteAt(make([]byte, 100), int64(128*mib)-50); n != 50 || err == nil {
				t.Errorf("writing over the end of a run gives %d, %v", n, err)
			}
		})
	}
	g := qemutest.Start(t, qemutest.Options{})
	if s, ok := memaccess.Source(open(t, g, Options{})).(memaccess.Writer); ok {
		t.Errorf("a %T can be written, and nobody asked for that", s)
	}
}

// A memfd that is passed on can't be opened for writing by others any more.
func TestPassedMemfdIsPrivate(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{Backend: qemutest.Memfd})
	m := open(t, g, Options{})
	file, offset := m.File(m.Runs()[0])
	info, err := file.Stat()
	if err != nil || info.Mode().Perm() != 0o600 || offset != 0 {
		t.Errorf("its mode is %v, the offset %d, %v", info.Mode(), offset, err)
	}
	if _, err := file.WriteAt([]byte{1}, 0); err == nil {
		t.Error("the file itself can be written")
	}
	last := m.Runs()[len(m.Runs())-1]
	inner := memaccess.Run{Start: last.Start + 4096, Length: last.Length - 4096}
	if again, at := m.File(inner); again == nil || at != int64(inner.Start) {
		t.Errorf("a part of a run is at %d", at)
	}
	if beyond, _ := m.File(memaccess.Run{Start: last.Start, Length: last.Length + 1}); beyond != nil {
		t.Error("there is a file for more than the run")
	}
	// Somebody else with that descriptor.
	testenv.Need(t, os.Getuid() == 0, "root", "run the tests as root to try other users")
	cmd := exec.Command("sh", "-c", ": <>/proc/self/fd/0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Stdin = file
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "ermission denied") {
		t.Errorf("opening it anew for writing gives %v: %s", err, out)
	}
}

// The emulator is found when another process made the socket.
func TestManagedGuest(t *testing.T) {
	g := counting(t, qemutest.Options{Managed: true})
	m := open(t, g, Options{})
	if m.process.id != g.Process {
		t.Errorf("the process is %d, want %d", m.process.id, g.Process)
	}
	checkCounts(t, m)
}

// QEMU serves one client: the second is told so.
func TestBusySocket(t *testing.T) {
	g := qemutest.Start(t, qemutest.Options{})
	open(t, g, Options{})
	for range 4 { // the first ones wait in line; later ones are refused at once
		_, err := Open(context.Background(), g.QMP, Options{Timeout: 50 * time.Millisecond})
		if err == nil || !strings.Contains(hinted(err), "| QEMU serves one client") {
			t.Errorf("got %v", err)
		}
	}
}

// A path through a link names the same guest, and so finds the note of a hold.
func TestLinkedSocket(t *testing.T) {
	g := counting(t, qemutest.Options{})
	link := filepath.Join(t.TempDir(), "link")
	if err := exec.Command("ln", "-s", g.QMP, link).Run(); err != nil {
		t.Fatal(err)
	}
	m := open(t, g, Options{})
	release := pauseFor(t, m, time.Hour)
	if _, err := Resume(context.Background(), link, false); err == nil || !strings.Contains(err.Error(), "holds the guest") {
		t.Errorf("got %v", err)
	}
	mustRelease(t, release)
}
