package pygen

import (
	"bytes"
	"strings"
	"testing"
)

// The seed's function, which makes protobuf's own objects, writes the reference.
func TestVolatility2EqualsTheSeed(t *testing.T) {
	reference := vol2(t, addPlugins(t, 2, t.TempDir()), "seed", "linux_pslist")
	reference.wantStatus(t, 0)
	if n := len(rows(t, reference.Frames, descriptor(t, shippedSchema(t), "volatility_render.linux_pslist_task"))); n != 29 {
		t.Fatalf("the reference has %d rows, want 29", n)
	}
	bare := map[string]string{"panda_vol_int.proto": bareSeed}
	for name, folder := range map[string]string{
		"shipped schema":      generated(t, 2, Options{}, shippedSchema(t)),
		"shipped, with _pb2":  addPlugins(t, 2, generated(t, 2, Options{PB2: true}, shippedSchema(t))),
		"bare seed, by table": generated(t, 2, Options{}, bare),
		"bare, with _pb2":     addPlugins(t, 2, generated(t, 2, Options{PB2: true}, bare)),
	} {
		t.Run(name, func(t *testing.T) {
			res := vol2(t, folder, "protobuf", "linux_pslist")
			res.wantStatus(t, 0)
			if !bytes.Equal(res.Frames, reference.Frames) {
				t.Errorf("%d bytes that differ from the reference's %d; stderr:\n%s", len(res.Frames), len(reference.Frames), res.Stderr)
			}
			if said := res.lines("warning", "error"); len(said) > 0 {
				t.Errorf("said %q", said)
			}
		})
	}
}

func TestVolatility2WithoutPB2(t *testing.T) {
	res := vol2(t, generated(t, 2, Options{PB2: true}, shippedSchema(t)), "protobuf", "linux_pslist")
	res.wantRefused(t, "panda_vol_int_pb2", "protoc --python_out")
}

// Commands that derive from one with a message must not get it.
func TestVolatility2DispatchesOnTheExactCommand(t *testing.T) {
	folder := generated(t, 2, Options{}, shippedSchema(t))
	commands := []forked{{Command: "linux_pstree"}, {Command: "linux_memmap"}, {Command: "linux_psaux"}}
	for i, res := range vol2Forked(t, folder, commands) {
		t.Run(commands[i].Command, func(t *testing.T) {
			res.wantRefused(t, commands[i].Command, "linux_pslist")
			if !res.NoFile {
				t.Error("an empty file is left, which looks like a result")
			}
		})
	}
}

func TestVolatility2PassesOptionsAndDescriptor(t *testing.T) {
	results := vol2Forked(t, generated(t, 2, Options{}, shippedSchema(t)), []forked{
		{"linux_pslist", map[string]string{"VOLATILITY_PID": "1"}},
		{"linux_pslist", map[string]string{"VOLATILITY_PID": "1", "VOLRENDER_FD": "none"}},
		{"linux_pslist", map[string]string{"VOLATILITY_PID": "1", "VOLRENDER_FD": "2"}},
	})
	out := rows(t, results[0].Frames, descriptor(t, shippedSchema(t), "volatility_render.linux_pslist_task"))
	if len(out) != 1 || field(out[0], "name").String() != "init" {
		t.Errorf("rows %v; stderr:\n%s", out, results[0].Stderr)
	}
	results[1].wantRefused(t, "VOLRENDER_FD", "none")
	if len(results[2].Frames) > 0 || !strings.Contains(results[2].Stderr, string(results[0].Frames)) {
		t.Error("the frames did not go to the descriptor")
	}
}

// The commands in runtime/python/tests, each with what it is to show.
func TestVolatility2Plugins(t *testing.T) {
	folder := addPlugins(t, 2, generated(t, 2, Options{}, testSchema(t)))
	tests := []struct {
		forked
		check func(t *testing.T, res result)
	}{
		{forked{Command: "volint_hostile"}, func(t *testing.T, res result) { checkHostile(t, res, 500) }},
		{forked{Command: "volint_child"}, func(t *testing.T, res result) { res.wantRefused(t, "volint_child", "volint_hostile") }},
		{forked{Command: "volint_values"}, func(t *testing.T, res result) { golden(t, "testdata/values2.txt", describe(t, res)) }},
		{forked{Command: "volint_times"}, func(t *testing.T, res result) { checkTimes(t, res, "2026-01-01 00:00:38 UTC+0000") }},
		{forked{Command: "volint_times --tz=-0130"}, func(t *testing.T, res result) { checkTimes(t, res, "2025-12-31 22:30:38 -0130") }},
		{forked{Command: "volint_times --tz=CET-1CEST,M3.5.0,M10.5.0/3"}, func(t *testing.T, res result) { checkTimes(t, res, "2026-01-01 01:00:38 CET") }},
		{forked{Command: "volint_times --tz=<-03>3"}, func(t *testing.T, res result) { checkTimes(t, res, "2025-12-31 21:00:38 -03") }},
		{forked{Command: "volint_spoken"}, func(t *testing.T, res result) { checkSpoken(t, res) }},
		{forked{Command: "volint_tree"}, func(t *testing.T, res result) {
			checkTree(t, res, "volint.test.Tree", []uint64{0, 1, 2, 1, 0, 1, 0})
		}},
		{forked{Command: "volint_table_row"}, checkTableRow},
		{forked{Command: "volint_words"}, func(t *testing.T, res result) { res.wantRefused(t, "volint_words", "no table", "rows") }},
		{forked{Command: "volint_raises"}, func(t *testing.T, res result) {
			checkFailure(t, res, "volint.test.Raises", "volint_raises failed after 3 rows: RuntimeError")
		}},
		{forked{Command: "volint_leaves"}, func(t *testing.T, res result) {
			checkFailure(t, res, "volint.test.Leaves", "volint_leaves failed after 3 rows: SystemExit")
		}},
		{forked{Command: "volint_missing"}, func(t *testing.T, res result) {
			res.wantStatus(t, 0)
			checkMissing(t, res, "volint.test.Missing", "shoe_size", "volint_missing", "Level")
		}},
		{forked{"volint_missing", map[string]string{"VOLRENDER_STRICT": "1"}}, func(t *testing.T, res result) {
			res.wantRefused(t, "shoe_size", "Level")
		}},
		{forked{Command: "volint_nothing"}, func(t *testing.T, res result) {
			res.wantRefused(t, "shoe_size, weight", "Level")
		}},
	}
	var runs []forked
	for _, test := range tests {
		runs = append(runs, test.forked)
	}
	results := vol2Forked(t, folder, runs)
	for i, test := range tests {
		t.Run(test.Command, func(t *testing.T) { test.check(t, results[i]) })
	}
}

// A plugin that only prints its table is listened to while it prints.
func checkTableRow(t *testing.T, res result) {
	res.wantStatus(t, 0)
	out := rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.TableRow"))
	if len(out) != 3 || field(out[2], "text").String() != "row 2" || field(out[2], "place").Uint() != 0xffff888000158002 {
		t.Errorf("rows %v", out)
	}
}
