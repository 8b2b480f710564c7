package session_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/volint/volint/runtime/session"
)

// All plugins' tables are told, those too that lack a package; an unknown plugin is
// refused.
func TestTablesOfAllPlugins(t *testing.T) {
	want := []struct {
		plugins, typed, aliases int
		how                     map[string]int
	}{
		{197, 197, 28, map[string]int{"both": 195, "source": 2}},
		{195, 195, 28, map[string]int{"both": 193, "source": 2}},
		{265, 220, 0, map[string]int{"both": 192, "source": 1, "text": 27, "": 45}}, // see the worker's tests
	}
	for i, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config(t)
			cfg.Plugins = nil // the tests' own
			opened := open(t, cfg)
			all, err := opened.Tables(context.Background(), "")
			if err != nil {
				t.Fatal(err)
			}
			plugins, typed, aliases, how := 0, 0, 0, map[string]int{}
			for _, p := range all {
				plugins++
				how[p.How]++
				if len(p.Columns) > 0 {
					typed++
				}
				if p.Successor != "" {
					aliases++
				}
				if (len(p.Columns) > 0) != (p.Reason == "") {
					t.Errorf("%s: %d columns, reason %q", p.Plugin, len(p.Columns), p.Reason)
				}
			}
			if plugins != want[i].plugins || typed != want[i].typed || aliases != want[i].aliases {
				t.Errorf("%d plugins, %d with columns, %d deprecated names; want %+v", plugins, typed, aliases, want[i])
			}
			if diff := cmp.Diff(want[i].how, how); diff != "" {
				t.Errorf("where columns were found (-want +got):\n%s", diff)
			}
			if _, err := opened.Tables(context.Background(), "linux.pslst"); code(err) != "unknown-plugin" {
				t.Errorf("an unknown plugin: %v", err)
			}
		})
	}
}

// A plugin's table is told by any name of it, and so are its options.
func TestTablesOfAPlugin(t *testing.T) {
	want := []session.PluginTable{{
		Plugin: "windows.privileges.Privs", Doc: "Lists process token privileges", How: "both",
		Columns: []session.Column{
			{Title: "PID", Type: "int"}, {Title: "Process", Type: "str"}, {Title: "Value", Type: "int"},
			{Title: "Privilege", Type: "str"}, {Title: "Attributes", Type: "str"}, {Title: "Description", Type: "str"},
		},
		Options: []session.Option{
			{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "Filter on specific process IDs"},
		},
	}}
	for _, s := range setups[:2] {
		cfg := s.config(t)
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			opened := open(t, cfg)
			for _, name := range []string{"windows.privileges.Privs", "windows.privileges"} {
				got, err := opened.Tables(context.Background(), name)
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
					t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
				}
			}
		})
	}
}
