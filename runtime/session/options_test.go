package session_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// optionsOf are what a plugin takes, or all plugins.
func optionsOf(t testing.TB, cfg session.Config, plugin string) ([]session.PluginOptions, error) {
	t.Helper()
	return open(t, cfg).Options(context.Background(), plugin)
}

// A plugin's options have the kinds, defaults and choices that the plugin says,
// by whatever name it is asked for.
func TestOptionsOfAPlugin(t *testing.T) {
	of3 := session.PluginOptions{Plugin: "faults.Faults", Doc: "A plugin that goes wrong as it is told.", Options: []session.Option{
		{Name: "mode", Kind: "string", Optional: true, Default: "", Doc: "what goes wrong"},
		{Name: "rows", Kind: "int", Optional: true, Default: 3.0, Doc: "how many rows"},
		{Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "numbers"},
		{Name: "text", Kind: "list", Element: "string", Optional: true, Doc: "words"},
		{Name: "choice", Kind: "choice", Optional: true, Default: "a", Choices: []string{"a", "b"}, Doc: "one of two"},
		{Name: "file", Kind: "uri", Optional: true, Doc: "a file"},
		{Name: "flag", Kind: "bool", Optional: true, Default: false, Doc: "yes or no"},
	}}
	of2 := session.PluginOptions{Plugin: "faults", Doc: "A command that goes wrong as it is told.", Options: []session.Option{
		{Name: "mode", Kind: "string", Optional: true, Default: "", Doc: "what goes wrong"},
		{Name: "rows", Kind: "int", Optional: true, Default: 3.0, Doc: "how many rows"},
		{Name: "pid", Kind: "string", Optional: true, Doc: "numbers"},
	}}
	tests := []struct {
		config func(testing.TB) session.Config
		plugin string
		want   session.PluginOptions
	}{
		{config: faults3, plugin: "faults.Faults", want: of3},
		{config: faults3, plugin: "faults", want: of3},
		{config: faults3, plugin: faultsRow, want: of3},
		{config: faults3Oldest, plugin: "faults", want: of3},
		{config: faults2, plugin: "faults", want: of2},
		{config: faults2, plugin: "volint.test.faults_more", want: of2},
	}
	for _, tt := range tests {
		cfg := tt.config(t)
		t.Run(tt.plugin, func(t *testing.T) {
			t.Parallel()
			got, err := optionsOf(t, cfg, tt.plugin)
			if diff := cmp.Diff([]session.PluginOptions{tt.want}, got); err != nil || diff != "" {
				t.Errorf("Volatility %d: %v, options (-want +got):\n%s", cfg.Version, err, diff)
			}
		})
	}
}

// All plugins are listed with theirs, two with different options of one name too;
// an unknown one is refused with names like it.
func TestOptionsOfAllPlugins(t *testing.T) {
	want := map[session.Version]map[string]session.Option{
		session.Volatility3: {
			"linux.pslist.PsList":       {Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "Filter on specific process IDs"},
			"linux.malfind.Malfind":     {Name: "pid", Kind: "list", Element: "int", Optional: true, Doc: "Filter on specific process IDs"},
			"linux.elfs.Elfs":           {Name: "dump", Kind: "bool", Optional: true, Default: false, Doc: "Extract listed processes"},
			"vmscan.Vmscan":             {Name: "log-threshold", Kind: "int", Optional: true, Default: 2.0},
			"regexscan.RegExScan":       {Name: "pattern", Kind: "string", Doc: "RegEx pattern"},
			"mac.pslist.PsList":         {Name: "pslist-method", Kind: "choice", Optional: true, Default: "tasks"},
			"windows.strings.Strings":   {Name: "strings-file", Kind: "uri", Doc: "Strings file"},
			"windows.consoles.Consoles": {Name: "max-buffers", Kind: "list", Element: "int", Optional: true, Default: []any{4.0}},
		},
		session.Volatility2: {
			"linux_pslist": {Name: "pid", Kind: "string", Optional: true, Doc: "Operate on these Process IDs (comma-separated)"},
			"threads":      {Name: "filter", Kind: "string", Optional: true, Doc: "Tags to filter (comma-separated)"},
			"dlldump":      {Name: "memory", Kind: "bool", Optional: true, Default: false, Doc: "Carve as a memory sample rather than exe/disk"},
		},
	}
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			cfg := s.config(t)
			all, err := optionsOf(t, cfg, "")
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]session.Option{}
			for _, p := range all {
				for _, o := range p.Options {
					if o.Name == want[cfg.Version][p.Plugin].Name {
						got[p.Plugin] = o
					}
				}
			}
			for plugin, want := range want[cfg.Version] {
				if got := got[plugin]; want.Kind != got.Kind || want.Element != got.Element || want.Optional != got.Optional ||
					!cmp.Equal(want.Default, got.Default) || want.Doc != "" && want.Doc != got.Doc {
					t.Errorf("%s: %+v, want %+v", plugin, got, want)
				}
			}
			if _, err := optionsOf(t, cfg, "linux.pslst"); code(err) != "unknown-plugin" {
				t.Errorf("an unknown plugin: %v", err)
			}
		})
	}
}
