package session_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/internal/testenv"
	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// What one of Volatility 2's own commands dumps arrives as vol.py writes it to a
// --dump-dir, though its table is that of the command that it derives from.
func TestFilesOfVolatility2(t *testing.T) {
	cfg := volatility2(t)
	cfg.Files = t.TempDir()
	stock := t.TempDir()
	vol := exec.Command(testenv.Python2(t), testenv.Vol2(t), "--plugins="+testenv.Fixture(), "-f", cfg.Image, "--profile="+cfg.Profile,
		"linux_procdump", "-p", "1", "--dump-dir="+stock)
	if out, err := vol.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want := filesIn(t, stock)
	_, result, err := all(t, cfg, session.Request{Plugin: "linux_procdump", Args: []string{"-p", "1"}})
	if err != nil || len(result.Warnings) > 0 || len(want) != 1 || result.Rows != 1 {
		t.Fatalf("%+v, %v; vol.py writes %+v", result, err, want)
	}
	if diff := cmp.Diff(want, filesIn(t, cfg.Files)); diff != "" {
		t.Errorf("files (-by vol.py +by the session):\n%s", diff)
	}
	if diff := cmp.Diff(want, result.Files); diff != "" {
		t.Errorf("files (-there +told):\n%s", diff)
	}
	// Who gives the option has the files there, as ever.
	_, result, err = all(t, cfg, session.Request{Plugin: "linux_procdump", Args: []string{"-p", "1", "--dump-dir=" + stock}})
	if err != nil || len(result.Files) > 0 || len(filesIn(t, cfg.Files)) != 1 {
		t.Errorf("%+v, %v", result, err)
	}
}

// dumps2 runs a command that writes files by names of a guest's, in a folder of which
// nothing may come out, and returns what its rows tell of them.
func dumps2(t *testing.T, cfg session.Config, request session.Request) ([]string, *session.Result, error) {
	t.Helper()
	outside := t.TempDir()
	cfg.Files = filepath.Join(outside, "folder")
	if err := os.Mkdir(cfg.Files, 0o700); err != nil {
		t.Fatal(err)
	}
	mine := filepath.Join(cfg.Files, "plain.bin")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	stream, result, err := all(t, cfg, request)
	if content, err := os.ReadFile(mine); err != nil || string(content) != "mine" {
		t.Errorf("what was there is %q, %v", content, err)
	}
	if err := os.Remove(mine); err != nil {
		t.Error(err)
	}
	if beside, _ := os.ReadDir(outside); len(beside) != 1 {
		t.Errorf("beside the folder is %v", beside)
	}
	if _, err := os.Stat("/etc/volint-escape"); err == nil {
		t.Error("a file has left the folder")
	}
	if err == nil {
		there := slices.Clone(result.Files)
		for i := range there {
			there[i].Row = -1
		}
		slices.SortFunc(there, func(x, y session.File) int { return strings.Compare(x.Name, y.Name) })
		if diff := cmp.Diff(filesIn(t, cfg.Files), there); diff != "" {
			t.Errorf("files (-there +told):\n%s", diff)
		}
	} else if left, _ := os.ReadDir(cfg.Files); len(left) != 1 || left[0].Name() != "dump.partial" {
		t.Errorf("the folder has %v", left)
	}
	if request.Message != "" {
		return fileOutputs(t, stream), result, err
	}
	return jsonOutputs(t, stream, "Output"), result, err
}

// jsonOutputs are the texts of a column of each row that is JSON.
func jsonOutputs(t *testing.T, stream []byte, column string) []string {
	t.Helper()
	var found []string
	for frame, err := range row.NewReader(bytes.NewReader(stream)).Frames() {
		if err != nil {
			t.Fatal(err)
		}
		var parsed struct{ Row map[string]any }
		if err := json.Unmarshal(frame, &parsed); err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(parsed.Row[column]))
	}
	return found
}

// A guest chooses the names of Volatility 2's files, too, and not where they lie. Rows
// have the files' names in place of their paths.
func TestFilesOfVolatility2WithHostileNames(t *testing.T) {
	long := strings.Repeat("x", 200)
	wantRows := []string{"plain-2.bin", "refused", "refused", "sub_deep_file", "refused", "_-rf", "_.hidden", "stored as a_b__31m.", "plain-2.bin",
		"stored as " + long + "."}
	want := map[string]int64{"plain-2.bin": 0, "sub_deep_file": 3, "_-rf": 5, "_.hidden": 6, "a_b__31m": 7, long: 9}
	for _, request := range []session.Request{{Plugin: "dumps"}, {Message: "volint.test.dumps_printed"}} {
		rows, result, err := dumps2(t, faults2(t), request)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wantRows, rows); diff != "" {
			t.Errorf("rows (-want +got):\n%s", diff)
		}
		got := map[string]int64{}
		for _, file := range result.Files {
			got[file.Name] = file.Row
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files and their rows (-want +got):\n%s", diff)
		}
	}
}

// Files of a command that fails are marked, as are those that are too large together.
func TestFilesOfVolatility2ThatAreNotWhole(t *testing.T) {
	cfg := faults2(t)
	_, result, err := dumps2(t, cfg, session.Request{Plugin: "dumps", Args: []string{"--mode=raise"}})
	want := []string{"the files of the command are not whole: they are in dump.partial"}
	if diff := cmp.Diff(want, result.Warnings); code(err) != "plugin-failed" || diff != "" || len(result.Files) > 0 {
		t.Errorf("%+v, %v; warnings (-want +got):\n%s", result, err, diff)
	}
	cfg.FilesLimit = 100_000
	_, result, err = dumps2(t, cfg, session.Request{Plugin: "dumps", Args: []string{"--mode=large"}})
	if code(err) != "cannot-write" || !strings.Contains(err.Error(), "100000 bytes together") || result.Rows != 3 || len(result.Files) > 0 {
		t.Errorf("%+v, %v", result, err)
	}
}
