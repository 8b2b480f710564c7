package main

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

func TestAllCommands(t *testing.T) {
	broken := &session.Error{Code: "bad-profile", Message: "fake_a does not work with it"}
	ended := &session.Error{Code: "no-symbols", Message: "no symbols fit", Hint: "make some"}
	fakes := session.Fitting{System: "linux", Plugins: []string{"fake_a", "fake_b"}, Others: []string{"linux.pslist.PsList"}}
	some := &fakeSession{fitting: fakes, runs: map[string]func(context.Context, session.Request) *fakeRun{
		"fake_a": always(func() *fakeRun { return failing(broken) }),
		"fake_b": always(func() *fakeRun { return rows() }),
	}}
	status, stdout, stderr := some.volint("run", "-f", "x", "--all")
	if status != 0 || !strings.Contains(stderr, "does not apply: fake_a does not work with it") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if !strings.HasPrefix(stdout, "fake_b\n------\n") {
		t.Errorf("stdout %s", stdout)
	}
	if strings.Count(stderr, "summary: left out ") != 1 {
		t.Errorf("what was left out is not told in one line: %s", stderr)
	}
	// Volatility 2 has neither of the fakes.
	two := &fakeSession{fitting: session.Fitting{System: "linux", Plugins: []string{"linux_pslist"}}, runs: map[string]func(context.Context, session.Request) *fakeRun{
		"linux_pslist_task": always(func() *fakeRun { return rows(1) }),
	}}
	status, _, stderr = two.volint("run", "-f", "x", "--volatility", "2", "--all")
	if status != 0 || strings.Contains(stderr, "fake") {
		t.Errorf("status %d, %s", status, stderr)
	}
	none := &fakeSession{fitting: fakes, runs: map[string]func(context.Context, session.Request) *fakeRun{}}
	for _, name := range []string{"fake_a", "fake_b"} {
		none.runs[name] = always(func() *fakeRun { return failing(ended) })
	}
	status, _, stderr = none.volint("run", "-f", "x", "--all")
	if status != 1 || !strings.HasSuffix(stderr, "error: no symbols fit\nhint: make some\n") {
		t.Errorf("status %d, %s", status, stderr)
	}
	// Without a kernel, what needs none is run, and the reason is the error.
	some.fitting.System, some.fitting.Why = "", ended
	status, stdout, stderr = some.volint("run", "-f", "x", "--all")
	if status != 1 || !strings.HasPrefix(stdout, "fake_b\n") || !strings.HasSuffix(stderr, "error: no symbols fit\nhint: make some\n") {
		t.Errorf("status %d, %s, %s", status, stdout, stderr)
	}
}

// Each plugin is run once, by the message that is its own; what is for other memory,
// is not there, or needs an option, is counted.
func TestChoose(t *testing.T) {
	command := func(name, plugin2, plugin3 string, aliases ...string) row.Command {
		return row.Command{
			Name: name, Message: &row.Message{FullName: "test." + name},
			Volatility2: row.Plugin{Offered: plugin2 != "-", Name: strings.Trim(plugin2, "-")},
			Volatility3: row.Plugin{Offered: plugin3 != "-", Name: strings.Trim(plugin3, "-"), Aliases: aliases},
		}
	}
	commands := []row.Command{
		command("by_name", "", ""),
		command("layerwriter", "-", "layerwriter.LayerWriter"),
		command("linux.bash", "linux_bash", "linux.bash.Bash"),
		command("linux.gone", "-", "linux.gone.Gone"),
		command("linux_kernel_opened_files", "linux_kernel_opened_files", "-"),
		command("linux.malware.malfind", "linux_malfind", "linux.malware.malfind.Malfind", "linux.malfind.Malfind"),
		command("linux.pslist", "linux_pslist", "linux.pslist.PsList"),
		command("linux_pslist", "linux_pslist", "linux.pslist.PsList"),
		command("linux_threads", "linux_pslist", "linux.pslist.PsList"),
		command("regexscan", "-", "regexscan.RegExScan"),
		command("windows.pslist", "pslist", "windows.pslist.PsList"),
	}
	run := func(version session.Version, fitting *session.Fitting) ([]string, string) {
		e := &everything{version: version, fitting: fitting}
		e.choose(slices.DeleteFunc(slices.Clone(commands), func(c row.Command) bool { return !in(&c, version).Offered }))
		var names []string
		for _, task := range e.tasks {
			names = append(names, task.label)
		}
		var told bytes.Buffer
		e.tellLeftOut(&ui{stderr: &told, verbose: true})
		return names, told.String()
	}
	got, told := run(session.Volatility3, &session.Fitting{
		System:  "linux",
		Plugins: []string{"linux.bash.Bash", "linux.malfind.Malfind", "linux.pslist.PsList", "layerwriter.LayerWriter", "regexscan.RegExScan"},
		Others:  []string{"windows.pslist.PsList"},
		Needs:   map[string][]string{"regexscan.RegExScan": {"pattern"}},
	})
	if diff := cmp.Diff([]string{"by_name", "linux.bash", "linux.malware.malfind", "linux.pslist"}, got); diff != "" {
		t.Errorf("Volatility 3 runs (-want +got):\n%s", diff)
	}
	want := `summary: left out 6 commands: 1 for other systems, 1 that copy the memory, 1 that need an option, 1 that this Volatility 3 does not have, 2 whose plugin another runs
note: left out, for other systems: windows.pslist
note: left out, that copy the memory: layerwriter
note: left out, that need an option: regexscan
note: left out, that this Volatility 3 does not have: linux.gone
note: left out, whose plugin another runs: linux_pslist, linux_threads
`
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("what is told (-want +got):\n%s", diff)
	}
	got, told = run(session.Volatility2, &session.Fitting{
		System: "linux", Plugins: []string{"linux_pslist", "linux_bash", "linux_kernel_opened_files"}, Others: []string{"linux_malfind", "pslist"},
	})
	if diff := cmp.Diff([]string{"by_name", "linux.bash", "linux_pslist"}, got); diff != "" {
		t.Errorf("Volatility 2 runs (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(told, "summary: left out 5 commands: 1 for other systems, 1 that come to no end, 1 that do not work with the profile, 2 whose plugin another runs\n") {
		t.Errorf("what is told: %s", told)
	}
	if got, _ := run(session.Volatility3, nil); len(got) != 7 {
		t.Errorf("where nothing can be told, %v are run", got)
	}
}

// The system of a command, by its plugins' names or by its file.
func TestSystemOf(t *testing.T) {
	in := func(file string) func() []byte {
		return func() []byte {
			set := append([]byte{10, 3, 10, 1, 'x'}, 10, byte(len(file)+2), 10, byte(len(file)))
			return append(set, file...)
		}
	}
	for _, test := range []struct {
		plugin2, plugin3, file, want string
	}{
		{"linux_pslist", "linux.pslist.PsList", "", "linux"},
		{"pslist", "windows.pslist.PsList", "", "windows"},
		{"", "banners.Banners", "", "any"},
		{"linux_slabinfo", "", "", "linux"},
		{"mac_tasks", "", "", "mac"},
		{"connections", "", "volint/volatility2/v1/windows.proto", "windows"},
		{"imagecopy", "", "volint/volatility2/v1/generic.proto", "any"},
		{"connections", "", "mine.proto", "any"},
	} {
		c := row.Command{
			Volatility2: row.Plugin{Name: test.plugin2}, Volatility3: row.Plugin{Name: test.plugin3},
			Message: &row.Message{Descriptors: in(test.file)},
		}
		if got := systemOf(&c); got != test.want {
			t.Errorf("%s, %s in %q are for %q, want %q", test.plugin2, test.plugin3, test.file, got, test.want)
		}
	}
	if got := protoFileOf(&row.Message{Descriptors: func() []byte { return []byte{10, 200} }}); got != "" {
		t.Errorf("a broken descriptor is of file %q", got)
	}
}
