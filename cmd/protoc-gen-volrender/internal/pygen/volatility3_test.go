package pygen

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// eachVolatility3 runs a test on the newest and on the oldest release.
func eachVolatility3(t *testing.T, test func(t *testing.T, vol string)) {
	for _, name := range slices.Sorted(maps.Keys(volatility3)) {
		t.Run(name, func(t *testing.T) { test(t, volatility3[name](t)) })
	}
}

func pslist(t testing.TB, frames []byte) map[uint64]*dynamicpb.Message {
	t.Helper()
	out := map[uint64]*dynamicpb.Message{}
	for _, m := range rows(t, frames, descriptor(t, shippedSchema(t), "volatility_render.linux_pslist_task")) {
		out[field(m, "pid").Uint()] = m
	}
	return out
}

// Both versions see the same processes in the same places; Volatility 2 alone
// lists a zombie that was reaped already, and reckons start times in its own way.
func TestVolatility3EqualsVolatility2(t *testing.T) {
	second := vol2(t, generated(t, 2, Options{}, shippedSchema(t)), "protobuf", "linux_pslist")
	want := pslist(t, second.Frames)
	folder := generated(t, 3, Options{}, shippedSchema(t))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, append(onImage(t), "linux.pslist")...)
		res.wantStatus(t, 0)
		if said := res.lines("warning", "error"); len(said) > 0 {
			t.Errorf("said %q", said)
		}
		got := pslist(t, res.Frames)
		if len(got) != 28 {
			t.Errorf("%d processes, want 28", len(got))
		}
		for pid, m := range got {
			for _, name := range []protoreflect.Name{"offset", "name", "uid", "gid", "dtb"} {
				if w := want[pid]; w == nil || !field(m, name).Equal(field(w, name)) {
					t.Fatalf("pid %d: %s is %v, Volatility 2 has %v", pid, name, field(m, name), w)
				}
			}
			if start := field(m, "start_time").Uint(); start < 1767225000 || start > 1767225600+86400 {
				t.Fatalf("pid %d started at %d", pid, start)
			}
		}
	})
}

func TestVolatility3AppliesOptions(t *testing.T) {
	folder := generated(t, 3, Options{}, shippedSchema(t))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, append(onImage(t), "linux.pslist", "--pid", "1", "23")...)
		res.wantStatus(t, 0)
		if got := pslist(t, res.Frames); len(got) != 2 || got[1] == nil || got[23] == nil {
			t.Errorf("rows %v", got)
		}
	})
}

// Other commands, other renderers and the help are as without the folder, but for
// the renderer's name.
func TestVolatility3KeepsOutOfTheWay(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, shippedSchema(t)))
	other := addPlugins(t, 3, t.TempDir())
	eachVolatility3(t, func(t *testing.T, vol string) {
		for name, args := range map[string][]string{
			"json":  {"-r", "json", "volint_test.Tree"},
			"quick": {"volint_test.Tree"},
			"help":  {"--help"},
		} {
			t.Run(name, func(t *testing.T) {
				with, without := vol3Raw(t, nil, vol, append([]string{"-p", folder}, args...)...), vol3Raw(t, nil, vol, append([]string{"-p", other}, args...)...)
				if !slices.Equal(comparable(with.Stdout), comparable(without.Stdout)) || with.Stderr != without.Stderr || with.Status != 0 {
					t.Errorf("status %d\n%s\n%s\nwithout the folder\n%s\n%s", with.Status, with.Stdout, with.Stderr, without.Stdout, without.Stderr)
				}
			})
		}
		t.Run("plugin without a message", func(t *testing.T) {
			res := vol3(t, vol, folder, append(onImage(t), "linux.pstree")...)
			res.wantRefused(t, "linux.pstree.PsTree", "linux.pslist.PsList")
		})
	})
}

// comparable takes out what differs from run to run: the list of renderers, which
// is in no fixed order, how the help is broken into lines, and the order of JSON.
func comparable(out string) []string {
	before, rest, found := strings.Cut(out, "Determines how to render the output (")
	if found {
		_, rest, _ = strings.Cut(rest, ")")
	}
	return strings.Fields(before + rest)
}

func TestVolatility3TableModel(t *testing.T) {
	bare := map[string]string{"panda_vol_int.proto": bareSeed}
	folder := generated(t, 3, Options{}, bare)
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, append(onImage(t), "linux.pslist")...)
		res.wantStatus(t, 0)
		for _, name := range []string{"offset", "name", "dtb", "start_time"} {
			checkMissing(t, res, "volatility_render.linux_pslist_task", name, "linux.pslist.PsList", "OFFSET (V)")
		}
		out := rows(t, res.Frames, descriptor(t, bare, "volatility_render.linux_pslist_task"))
		if len(out) != 28 || field(out[27], "pid").Uint() != 30 {
			t.Errorf("rows %v", out)
		}
	})
}

// Filters choose rows by the text of the table, as in Volatility's own renderers.
func TestVolatility3Filters(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, "--filters", "Level,1", "volint_test.Tree")
		res.wantStatus(t, 0)
		checkTree(t, res, "volint.test.Tree", []uint64{1, 1})
		res = vol3(t, vol, folder, "--hide-columns", "Text", "--filters", "Case,dash", "volint_test.Values")
		if got := describe(t, res); !strings.HasPrefix(got, "dash: why_u64=1 data=") {
			t.Errorf("rows %s", got)
		}
		res = vol3(t, vol, folder, "--filters", "Number,1", "volint_test.Spoken")
		res.wantRefused(t, "--filters", "volint.test.Spoken")
	})
}

func TestVolatility3Expressions(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) { checkSpoken(t, vol3(t, vol, folder, "volint_test.Spoken")) })
}

func TestVolatility3HostileNames(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, "volint_test.Hostile")
		res.wantStatus(t, 0)
		checkHostile(t, res, 501)
		vol3(t, vol, folder, "volint_test.Child").wantRefused(t, "volint_test.Child", "volint_test.Hostile")
	})
}

func TestVolatility3Values(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, "volint_test.Values")
		res.wantStatus(t, 0)
		golden(t, "testdata/values3.txt", describe(t, res))
	})
}

// Rows of a generator that is no method of the plugin, and of a tree that is
// built already, find their plugin too.
func TestVolatility3Tree(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		for _, name := range []string{"Tree", "Populated"} {
			res := vol3(t, vol, folder, "volint_test."+name)
			res.wantStatus(t, 0)
			checkTree(t, res, "volint.test."+name, []uint64{0, 1, 2, 1, 0, 1, 0})
		}
	})
}

func TestVolatility3PluginFails(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, "volint_test.Raises")
		checkFailure(t, res, "volint.test.Raises", "volint_test.Raises failed after 3 rows: RuntimeError")
	})
}

func TestVolatility3MissingColumns(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	eachVolatility3(t, func(t *testing.T, vol string) {
		res := vol3(t, vol, folder, "volint_test.Missing")
		res.wantStatus(t, 0)
		checkMissing(t, res, "volint.test.Missing", "shoe_size", "volint_test.Missing", "Level")
		if n := len(rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.Missing"))); n != 7 {
			t.Errorf("%d rows", n)
		}
		vol3(t, vol, folder, "volint_test.Nothing").wantRefused(t, "shoe_size, weight", "Level")
		strict := vol3Raw(t, []string{"VOLRENDER_STRICT=1"}, vol, "-p", folder, "-r", "protobuf", "volint_test.Missing")
		strict.Frames = []byte(strict.Stdout)
		strict.wantRefused(t, "shoe_size", "Level")
	})
}

func TestVolatility3Descriptor(t *testing.T) {
	folder := addPlugins(t, 3, generated(t, 3, Options{}, testSchema(t)))
	vol := volatility3["newest"](t)
	args := []string{"-p", folder, "-r", "protobuf", "volint_test.Tree"}
	res := vol3Raw(t, []string{"VOLRENDER_FD=2"}, vol, args...)
	res.wantStatus(t, 0)
	if res.Stdout != "" || !bytes.Contains([]byte(res.Stderr), []byte("\x04\x00\x00\x00")) {
		t.Errorf("the frames did not go to the descriptor: %q, %q", res.Stdout, res.Stderr)
	}
	res = vol3Raw(t, []string{"VOLRENDER_FD=99"}, vol, args...)
	res.wantRefused(t, "VOLRENDER_FD=99")
}
