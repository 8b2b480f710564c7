package session_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

const faultsRow = "volint.test.faults_row"

// faults3 is Volatility 3 with a plugin that needs no image.
func faults3(t testing.TB) session.Config {
	cfg := volatility3(t)
	cfg.Image = ""
	return cfg
}

// faults3Oldest is the oldest Volatility 3 with it.
func faults3Oldest(t testing.TB) session.Config {
	cfg := volatility3Oldest(t)
	cfg.Image = ""
	return cfg
}

// faults2 is Volatility 2 with a command that needs no content.
func faults2(t testing.TB) session.Config {
	cfg := volatility2(t)
	cfg.Plugins = cfg.Plugins[1:]
	cfg.Profile = "WinXPSP2x86"
	return cfg
}

// some is the number of rows that arrive before the worker is gone: those that
// it had sent.
const some = -1

// The rows before a fault arrive, and the fault is told.
func TestFaults(t *testing.T) {
	tests := []struct {
		config  func(testing.TB) session.Config
		mode    string
		rows    int
		code    string
		message string
	}{
		{config: faults3, mode: "", rows: 3},
		{config: faults3, mode: "print", rows: 3},
		{config: faults3, mode: "raise early", rows: 0, code: "plugin-failed", message: "faults.Faults failed: ValueError: early"},
		{config: faults3, mode: "raise", rows: 2, code: "plugin-failed", message: "faults.Faults failed: ValueError: half-way"},
		{config: faults3, mode: "exit", rows: 2, code: "plugin-failed", message: "faults.Faults called exit(0)"},
		{config: faults3, mode: "leave", rows: some, code: "worker-died", message: "the worker ended with status 0 after "},
		{config: faults3, mode: "kill", rows: some, code: "worker-died", message: "the worker was killed by signal 9 (killed) after "},
		{config: faults3, mode: "frames", rows: some, code: "cut-stream"},
		{config: faults3, mode: "frame", rows: 4, code: "cut-stream", message: "4 rows arrived and the worker wrote 3"},
		{config: faults2, mode: "", rows: 3},
		{config: faults2, mode: "raise", rows: 2, code: "plugin-failed", message: "faults failed: ValueError: half-way"},
		{config: faults2, mode: "exit", rows: 2, code: "plugin-failed", message: "faults called exit(0)"},
		{config: faults2, mode: "error", rows: 2, code: "plugin-failed", message: "faults stopped: Volatility's own way to stop"},
		{config: faults2, mode: "leave", rows: some, code: "worker-died"},
	}
	for _, tt := range tests {
		cfg := tt.config(t)
		t.Run(fmt.Sprintf("Volatility %d, %q", cfg.Version, tt.mode), func(t *testing.T) {
			t.Parallel()
			stream, result, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode=" + tt.mode}})
			rows, _ := countFrames(stream)
			if tt.rows != some && rows != tt.rows || int(result.Rows) != rows {
				t.Errorf("%d rows arrived and %d are told, want %d", rows, result.Rows, tt.rows)
			}
			if code(err) != tt.code {
				t.Fatalf("error %v with code %q, want code %q", err, code(err), tt.code)
			}
			if err != nil && !strings.HasPrefix(err.Error(), tt.message) {
				t.Errorf("error %q, want %q", err, tt.message)
			}
		})
	}
}

// Rows that were made long before a crash are not held back for more to come.
func TestRowsBeforeACrashArrive(t *testing.T) {
	for _, mode := range []string{"kill", "leave"} {
		stream, result, err := all(t, faults3(t), session.Request{Message: faultsRow, Args: []string{"--mode", mode, "--rows", "10000"}})
		rows, _ := countFrames(stream)
		if code(err) != "worker-died" || rows == 0 || rows > 5001 || int(result.Rows) != rows {
			t.Errorf("%s: %d rows, %d told, %v; want some, and that the worker died", mode, rows, result.Rows, err)
		}
	}
}

func countFrames(stream []byte) (n int, err error) {
	for _, err := range row.NewReader(bytes.NewReader(stream)).Frames() {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// What a plugin prints is neither rows nor lost.
func TestPrintedTextIsLogged(t *testing.T) {
	cfg := faults3(t)
	var log bytes.Buffer
	var mu sync.Mutex
	cfg.Log = slog.New(slog.NewTextHandler(lockedWriter{&mu, &log}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if _, _, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode", "print"}}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"garbage on standard output", "printed", "complained"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, log.String())
		}
	}
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// An error keeps Volatility's own words.
func TestErrorsHaveDetail(t *testing.T) {
	_, _, err := all(t, faults3(t), session.Request{Message: faultsRow, Args: []string{"--mode", "raise"}})
	var e *session.Error
	if !errors.As(err, &e) || !strings.Contains(e.Detail, "in _fault") || !strings.Contains(e.Detail, "ValueError: half-way") {
		t.Errorf("error %+v has no traceback", e)
	}
}

// A cancelled context ends the command at once, and nothing of it stays.
func TestCancel(t *testing.T) {
	runner := open(t, faults3(t))
	ctx, cancel := context.WithCancel(context.Background())
	run, err := runner.Start(ctx, faultsRequest("process"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := processOf(run)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_, err = run.Wait()
	if code(err) != "cancelled" || !errors.Is(err, context.Canceled) {
		t.Errorf("Wait = %v, want that it was cancelled", err)
	}
	if alive(pid) {
		t.Error("the worker is still there")
	}
	if _, err := runner.Start(ctx, faultsRequest("process")); !errors.Is(err, context.Canceled) {
		t.Errorf("Start with a cancelled context = %v", err)
	}
}

// Close ends what runs, whether or not it is read.
func TestClose(t *testing.T) {
	runner := open(t, faults3(t))
	run, err := runner.Start(context.Background(), faultsRequest("process"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := processOf(run)
	if err != nil {
		t.Fatal(err)
	}
	var closing sync.WaitGroup
	for range 3 {
		closing.Add(1)
		go func() {
			defer closing.Done()
			if err := runner.Close(); err != nil {
				t.Error(err)
			}
			if alive(pid) {
				t.Error("the worker is still there")
			}
		}()
	}
	closing.Wait()
	if _, err := run.Wait(); code(err) != "cancelled" {
		t.Errorf("Wait = %v, want that it was cancelled", err)
	}
	if _, err := runner.Start(context.Background(), faultsRequest("process")); err == nil {
		t.Error("a closed runner starts commands")
	}
}

// A reader that stops reading holds the worker up, and costs no memory.
func TestBackPressure(t *testing.T) {
	run, err := open(t, faults3(t)).Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--rows", "50000"}})
	if err != nil {
		t.Fatal(err)
	}
	frames := row.NewReader(run.Frames())
	for range 10 {
		if _, err := frames.Next(); err != nil {
			t.Fatal(err)
		}
	}
	result, err := run.Wait() // reads the rest
	if err != nil || result.Rows != 50000 {
		t.Errorf("Wait = %+v, %v; want 50000 rows", result, err)
	}
}

// Commands side by side, one after another, leave no descriptor and no goroutine.
func TestNothingLeaks(t *testing.T) {
	cfg := faults3(t)
	runner := open(t, cfg)
	batch := func() {
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Add(1)
			go func() {
				defer wg.Done()
				run, err := runner.Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--mode", []string{"", "raise", "kill"}[i]}})
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = run.Wait()
			}()
		}
		wg.Wait()
	}
	batch()
	descriptors, goroutines := openDescriptors(t), runtime.NumGoroutine()
	batch()
	batch()
	if now := openDescriptors(t); now > descriptors {
		t.Errorf("%d descriptors, %d before", now, descriptors)
	}
	if now := runtime.NumGoroutine(); now > goroutines+2 {
		t.Errorf("%d goroutines, %d before", now, goroutines)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("SKIP(system): there is no /proc here")
	}
	return len(entries)
}

// What a plugin has started and left holds nobody up, and goes with the worker.
func TestChildrenEnd(t *testing.T) {
	run, err := open(t, faults3(t)).Start(context.Background(), session.Request{Message: faultsRow, Args: []string{"--mode", "child"}})
	if err != nil {
		t.Fatal(err)
	}
	child, err := processOf(run)
	if err != nil {
		t.Fatal(err)
	}
	if result, err := run.Wait(); err != nil || result.Rows != 4 {
		t.Errorf("Wait = %+v, %v", result, err)
	}
	waitGone(t, child)
}

// Files that a plugin writes are not kept, and the result says so.
func TestFilesAreDropped(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg := faults3(t)
	_, result, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode", "file"}})
	want := []string{"1 file (1000 bytes) that the plugin wrote was not kept: no folder was given for it (--files)"}
	if diff := cmp.Diff(want, result.Warnings); err != nil || diff != "" {
		t.Errorf("error %v, warnings (-want +got):\n%s", err, diff)
	}
	if left, _ := os.ReadDir("."); len(left) > 0 {
		t.Errorf("the current folder has %v", left)
	}
}

// Options reach the plugin with their types.
func TestOptions(t *testing.T) {
	image := filepath.Join(t.TempDir(), "a file")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		want []string
	}{
		{args: nil, want: []string{"pid=None", "text=None", "choice='a'", "file=None", "flag=False"}},
		{
			args: []string{"-p", "1,0x10", "--pid", "3", "4", "--text", "a,b", "--choice", "b", "--flag", "--file", image},
			want: []string{"pid=[1, 16, 3, 4]", "text=['a,b']", "choice='b'",
				fmt.Sprintf("file='file://%s'", strings.ReplaceAll(image, " ", "%20")), "flag=True"},
		},
	}
	for _, tt := range tests {
		stream, _, err := all(t, faults3(t), session.Request{Message: faultsRow, Args: append([]string{"--mode", "options"}, tt.args...)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, names(t, stream)); diff != "" {
			t.Errorf("%q: options (-want +got):\n%s", tt.args, diff)
		}
	}
}

// names are the rows' field 2; field 1 is 0 and not written.
func names(t *testing.T, stream []byte) []string {
	t.Helper()
	var found []string
	for len(stream) >= 4 {
		size := binary.LittleEndian.Uint32(stream)
		frame := stream[4 : 4+size]
		if len(frame) < 2 || frame[0] != 0x12 {
			t.Fatalf("a frame is %q", frame)
		}
		found = append(found, string(frame[2:]))
		stream = stream[4+size:]
	}
	return found
}
