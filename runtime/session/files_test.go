package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// filesIn are the files of a folder, as a result tells them; there may be nothing
// but files in it.
func filesIn(t *testing.T, folder string) []session.File {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var found []session.File
	for _, entry := range entries {
		if !entry.Type().IsRegular() {
			t.Errorf("%s is a %v", entry.Name(), entry.Type())
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		found = append(found, session.File{Name: entry.Name(), Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Row: -1})
	}
	return found
}

// What Volatility's own plugin dumps arrives as `vol` writes it, is told, and the
// rows name it.
func TestFilesOfAPlugin(t *testing.T) {
	cfg := volatility3(t)
	stock := t.TempDir()
	vol := exec.Command(testenv.Vol3(t), "-q", "--cache-path", t.TempDir(), "-s", testenv.Fixture(), "-f", cfg.Image,
		"-o", stock, "linux.elfs", "--pid", "1", "--dump")
	if out, err := vol.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := filesIn(t, stock)
	for _, s := range setups[:2] {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config(t)
			cfg.Files = t.TempDir()
			stream, result, err := all(t, cfg, session.Request{Message: "volint.test.linux_elfs", Args: []string{"--pid=1", "--dump"}})
			if err != nil {
				t.Fatal(err)
			}
			outputs := fileOutputs(t, stream)
			if len(result.Files) != len(outputs) || len(outputs) == 0 {
				t.Errorf("%d files, and %d rows", len(result.Files), len(outputs))
			}
			for i, file := range result.Files {
				if file.Row < 0 || file.Row >= int64(len(outputs)) || outputs[file.Row] != file.Name {
					t.Errorf("%+v is not what the row names: %q", file, outputs)
				}
				result.Files[i].Row = -1
			}
			if diff := cmp.Diff(want, filesIn(t, cfg.Files)); diff != "" {
				t.Errorf("files (-by vol +by the session):\n%s", diff)
			}
			if diff := cmp.Diff(want, result.Files); diff != "" {
				t.Errorf("files (-there +told):\n%s", diff)
			}
			if len(result.Warnings) > 0 || !result.Complete() {
				t.Errorf("the result is %+v", result)
			}
		})
	}
}

// The same file again gets a number, which the row has as well; rows of Volatility's own
// JSON name files as others do, and a request's folder is made where it is needed.
func TestFilesOfARequest(t *testing.T) {
	cfg := volatility3(t)
	s := open(t, cfg)
	folder := filepath.Join(t.TempDir(), "made")
	for i, want := range []string{"pid.1.", "pid.1."} {
		run, err := s.Start(context.Background(), session.Request{Plugin: "linux.elfs.Elfs", Args: []string{"--pid=1", "--dump"}, Files: folder})
		if err != nil {
			t.Fatal(err)
		}
		stream, err := io.ReadAll(run.Frames())
		if err != nil {
			t.Fatal(err)
		}
		result, err := run.Wait()
		if err != nil || len(result.Files) == 0 {
			t.Fatalf("%+v, %v", result, err)
		}
		rows := jsonOutputs(t, stream, "File Output")
		for _, file := range result.Files {
			if rows[file.Row] != file.Name || !strings.HasPrefix(file.Name, want) || strings.Contains(file.Name, "-2") != (i == 1) {
				t.Errorf("%d: %+v; the rows name %q", i, file, rows)
			}
		}
	}
	if made := filesIn(t, folder); len(made) == 0 || len(made)%2 != 0 {
		t.Errorf("the folder has %+v", made)
	}
}

// What a command writes beyond the limit fails it.
func TestFilesLimit(t *testing.T) {
	cfg := volatility3(t)
	cfg.Files, cfg.FilesLimit = t.TempDir(), 1000
	_, _, err := all(t, cfg, session.Request{Message: "volint.test.linux_elfs", Args: []string{"--pid=1", "--dump"}})
	if code(err) != "cannot-write" || !strings.Contains(err.Error(), "1000 bytes together") {
		t.Errorf("the error is %v", err)
	}
}

// An option that asks for files, and can't give any, is told.
func TestFilesThatNobodyWrites(t *testing.T) {
	cfg := volatility3(t)
	cfg.Files = t.TempDir()
	_, result, err := all(t, cfg, session.Request{Message: pslist, Args: []string{"--pid=1", "--dump"}})
	want := []string{"--dump has no effect: the plugin writes files while it makes its table, and the rows of " + pslist + " are not made of that"}
	if diff := cmp.Diff(want, result.Warnings); err != nil || diff != "" || result.Rows != 1 {
		t.Errorf("%+v, %v; warnings (-want +got):\n%s", result, err, diff)
	}
}

// fileOutputs are field 2 of each row.
func fileOutputs(t *testing.T, stream []byte) []string {
	t.Helper()
	var found []string
	for frame, err := range row.NewReader(strings.NewReader(string(stream))).Frames() {
		if err != nil {
			t.Fatal(err)
		}
		for len(frame) > 0 {
			number, kind, n := protowire.ConsumeTag(frame)
			size := protowire.ConsumeFieldValue(number, kind, frame[n:])
			if number == 2 {
				text, _ := protowire.ConsumeString(frame[n:])
				found = append(found, text)
			}
			frame = frame[n+size:]
		}
	}
	return found
}

// A guest chooses the names of files, and not where they lie.
func TestFilesWithHostileNames(t *testing.T) {
	for _, config := range []func(testing.TB) session.Config{faults3, faults3Oldest} {
		outside := t.TempDir()
		cfg := config(t)
		cfg.Files = filepath.Join(outside, "folder")
		if err := os.Mkdir(cfg.Files, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(cfg.Files, "same"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, result, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode", "files"}})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"_.._.._escape", "_etc_passwd", "_-rf", "_.hidden", "a_b__31m", "same-2", "same-3", strings.Repeat("x", 200), "file"}
		var told []string
		for _, file := range result.Files {
			told = append(told, file.Name)
			if !regexp.MustCompile(`^\w[\w .+=@,#%^-]{0,254}$`).MatchString(file.Name) {
				t.Errorf("%q is no good name", file.Name)
			}
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
		if there := filesIn(t, cfg.Files); len(there) != len(want)+1 {
			t.Errorf("the folder has %+v", there)
		}
		if beside, _ := os.ReadDir(outside); len(beside) != 1 {
			t.Errorf("beside the folder is %v", beside)
		}
	}
}

// A file that is not whole is never taken for one that is, however it came to be;
// files before it are told beside the error.
func TestFilesThatAreNotWhole(t *testing.T) {
	empty := session.File{Name: "whole", Row: -1, SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
	for mode, wantCode := range map[string]string{"file, raise": "plugin-failed", "file, kill": "worker-died"} {
		cfg := faults3(t)
		cfg.Files = t.TempDir()
		_, result, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode", mode}})
		if code(err) != wantCode {
			t.Errorf("%s: %v, want %s", mode, err, wantCode)
		}
		if diff := cmp.Diff([]session.File{empty}, result.Files); diff != "" {
			t.Errorf("%s: files (-want +got):\n%s", mode, diff)
		}
		there := filesIn(t, cfg.Files)
		if len(there) != 2 || there[0].Name != "half.partial" || there[1] != empty {
			t.Errorf("%s: the folder has %+v", mode, there)
		}
	}
}

// A disk that is full, here by a limit of the process, fails the command, also where
// the plugin goes on.
func TestFilesOnAFullDisk(t *testing.T) {
	cfg := faults3(t)
	cfg.Files = t.TempDir()
	_, result, err := all(t, cfg, session.Request{Message: faultsRow, Args: []string{"--mode", "file, full"}})
	if code(err) != "cannot-write" || !strings.Contains(err.Error(), "large can't be written to "+cfg.Files) || result.Rows != 3 {
		t.Errorf("%+v, %v; want 3 rows, and that it can't be written", result, err)
	}
	if there := filesIn(t, cfg.Files); len(there) != 1 || there[0].Name != "large.partial" || len(result.Files) > 0 {
		t.Errorf("the folder has %+v, and told are %+v", there, result.Files)
	}
}

// A folder that is not there is refused before anything is started.
func TestFilesNeedAFolder(t *testing.T) {
	cfg := faults3(t)
	for _, cfg.Files = range []string{filepath.Join(t.TempDir(), "none"), os.Args[0]} {
		if _, err := attempt(cfg, session.Request{Message: faultsRow}); code(err) != "bad-setting" {
			t.Errorf("%s: %v", cfg.Files, err)
		}
	}
}
