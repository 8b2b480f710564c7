package session_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// usage is what a process holds.
type usage struct {
	descriptors, threads int
	memory               int64 // kB that are its own
}

func usageOf(t testing.TB, pid int) usage {
	t.Helper()
	descriptors, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	u := usage{descriptors: len(descriptors), memory: memoryOf(t, pid, "Rss")}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	u.threads = len(tasks)
	return u
}

// memoryOf is a line of a process's memory, in kB.
func memoryOf(t testing.TB, pid int, what string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		t.Skip("SKIP(system): /proc tells no memory here")
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			var kB int64
			if _, err := fmt.Sscan(rest, &kB); err == nil {
				return kB
			}
		}
	}
	t.Fatalf("no %s in %s", what, text)
	return 0
}

// heap is what this program keeps, in bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Runs one after another, good and bad ones, leave nothing: no descriptor, process,
// thread or memory, neither in this program nor in the worker.
func TestManyRuns(t *testing.T) {
	for _, setup := range setups {
		t.Run(setup.name, func(t *testing.T) {
			s := open(t, setup.config(t))
			batch := func(runs int) {
				for i := range runs {
					req := session.Request{Message: pslist}
					if bad := i % 5; bad > 2 {
						req = faultsRequest([]string{"raise", "kill"}[bad-3])
					}
					run, err := s.Start(context.Background(), req)
					if err != nil {
						t.Fatal(err)
					}
					if result, err := run.Wait(); (err != nil) != (i%5 > 2) {
						t.Fatalf("run %d: %+v, %v", i, result, err)
					}
				}
			}
			batch(50)
			worker := above(t, s)
			noChildren(t, worker)
			before, descriptors, goroutines, kept := usageOf(t, worker), openDescriptors(t), runtime.NumGoroutine(), heap()
			batch(200)
			noChildren(t, worker)
			after := settled(t, worker, before)
			if after.descriptors > before.descriptors || after.threads > before.threads || after.memory > before.memory+1024 {
				t.Errorf("the worker holds %+v, and held %+v before", after, before)
			}
			if now := openDescriptors(t); now > descriptors {
				t.Errorf("%d descriptors, %d before", now, descriptors)
			}
			if now := runtime.NumGoroutine(); now > goroutines+2 {
				t.Errorf("%d goroutines, %d before", now, goroutines)
			}
			if now := heap(); now > kept+(1<<20) {
				t.Errorf("%d bytes are kept, %d before", now, kept)
			}
		})
	}
}

// settled is what a process holds once it has let go of the last command: its threads
// end a moment after that.
func settled(t testing.TB, pid int, before usage) usage {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		u := usageOf(t, pid)
		if u.descriptors <= before.descriptors && u.threads <= before.threads || time.Now().After(end) {
			return u
		}
	}
}

// A million rows cost no more memory than a few, anywhere; the first is there long
// before the last is made, and a reader that takes its time holds the plugin back.
func TestMillionRows(t *testing.T) {
	const rows = 1_000_000
	for _, setup := range faultsSetups[:2] {
		t.Run(setup.name, func(t *testing.T) {
			s := open(t, setup.config(t))
			worker := above(t, s)
			position := filepath.Join(t.TempDir(), "position")
			before, kept := memoryOf(t, worker, "Rss"), heap()
			run, err := s.Start(context.Background(), session.Request{
				Message: faultsRow, Args: []string{"--mode=position", "--text=" + position, fmt.Sprintf("--rows=%d", rows)},
			})
			if err != nil {
				t.Fatal(err)
			}
			frames := row.NewReader(run.Frames())
			if _, err := frames.Next(); err != nil {
				t.Fatal(err)
			}
			// Nobody reads. What is under way fills pipes and no more.
			at, peak := standing(t, position)
			if at > rows/10 {
				t.Errorf("the plugin made %d rows while nobody read", at)
			}
			most, n := int64(0), int64(1)
			for _, err := range frames.Frames() {
				if err != nil {
					t.Fatal(err)
				}
				if n++; n%100_000 == 0 {
					most = max(most, heap()-kept)
				}
			}
			result, err := run.Wait()
			if err != nil || result.Rows != rows || n != rows {
				t.Errorf("%d rows, %+v, %v", n, result, err)
			}
			if most > 4<<20 {
				t.Errorf("reading kept %d bytes", most)
			}
			end, endPeak := standing(t, position)
			if end != rows || endPeak > peak+16<<10 {
				t.Errorf("the plugin's process is at row %d, and took %d kB at first and %d kB at last", end, peak, endPeak)
			}
			if now := memoryOf(t, worker, "Rss"); now > before+16<<10 {
				t.Errorf("the worker has %d kB and had %d kB", now, before)
			}
		})
	}
}

// standing is where the plugin is when it does not move for a while, and the most
// memory its process took, in kB.
func standing(t *testing.T, position string) (at, peak int64) {
	t.Helper()
	last, same := int64(-1), 0
	for same < 20 {
		text, err := os.ReadFile(position)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(text), &at, &peak); err != nil {
			t.Fatal(err)
		}
		if at != last {
			last, same = at, 0
		}
		same++
		time.Sleep(10 * time.Millisecond)
	}
	return at, peak
}
