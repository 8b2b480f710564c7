package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVersion(t *testing.T) {
	tests := []struct {
		name   string
		config Config
		env    string
		want   Version
		bad    bool
	}{
		{name: "nothing", want: Volatility3},
		{name: "a profile", config: Config{Profile: "P"}, want: Volatility2},
		{name: "the environment", env: "2", want: Volatility2},
		{name: "the environment above a profile", config: Config{Profile: "P"}, env: "3", want: Volatility3},
		{name: "the setting above all", config: Config{Version: Volatility2}, env: "3", want: Volatility2},
		{name: "a bad setting", config: Config{Version: 4}, bad: true},
		{name: "a bad environment", env: "three", bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("VOLINT_VOLATILITY", tt.env)
			got, err := tt.config.resolve()
			if (err != nil) != tt.bad || err == nil && got.Version != tt.want {
				t.Errorf("resolve = %d, %v; want %d", got.Version, err, tt.want)
			}
		})
	}
}

func TestFoldersOfTheEnvironment(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dir := range []string{"a", "b", "c"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("VOLINT_PLUGINS", "a"+string(os.PathListSeparator)+"b")
	t.Setenv("VOLINT_SYMBOLS", "b")
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	at := func(names ...string) []string {
		paths := []string{}
		for _, name := range names {
			paths = append(paths, filepath.Join(here, name))
		}
		return paths
	}
	tests := []struct {
		name             string
		config           Config
		plugins, symbols []string
	}{
		{name: "Volatility 2", config: Config{Version: Volatility2}, plugins: at("a", "b"), symbols: at("b")},
		{name: "Volatility 3", config: Config{Version: Volatility3}, plugins: at(), symbols: at("b")},
		{name: "set", config: Config{Version: Volatility3, Plugins: []string{"c"}, Symbols: []string{"c"}}, plugins: at("c"), symbols: at("c")},
		{name: "set to none", config: Config{Version: Volatility2, Plugins: []string{}, Symbols: []string{}}, plugins: at(), symbols: at()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.config.resolve()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{tt.plugins, tt.symbols}, [][]string{got.Plugins, got.Symbols}); diff != "" {
				t.Errorf("folders (-want +got):\n%s", diff)
			}
		})
	}
}
