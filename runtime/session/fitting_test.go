package session_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// What fits the fixture is what is for Linux, or for no system by name; Volatility 3
// says besides what must be given.
func TestFitting(t *testing.T) {
	for _, tt := range setups {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := open(t, tt.config(t))
			got, err := s.Fitting(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got.System != "linux" || got.Why != nil {
				t.Errorf("it is of %q, %v", got.System, got.Why)
			}
			fit, not := []string{"linux.pslist.PsList", "banners.Banners"}, []string{"windows.pslist.PsList", "mac.pslist.PsList"}
			if strings.Contains(tt.name, "2") {
				fit, not = []string{"linux_pslist", "imagecopy"}, []string{"pslist", "mac_pslist"}
			}
			for _, name := range fit {
				if !slices.Contains(got.Plugins, name) {
					t.Errorf("%s does not fit", name)
				}
			}
			for _, name := range not {
				if slices.Contains(got.Plugins, name) || !slices.Contains(got.Others, name) {
					t.Errorf("%s fits", name)
				}
			}
			if !slices.IsSorted(got.Plugins) || !slices.IsSorted(got.Others) {
				t.Error("the plugins are not sorted")
			}
			if tt.name == "Volatility 3" {
				if diff := cmp.Diff([]string{"pattern"}, got.Needs["regexscan.RegExScan"]); diff != "" {
					t.Errorf("what a plugin needs (-want +got):\n%s", diff)
				}
			}
			if _, needs := got.Needs[fit[0]]; needs {
				t.Errorf("%s needs %v", fit[0], got.Needs[fit[0]])
			}
		})
	}
}

// Memory without a kernel has no system, and the reason is told.
func TestFittingNothing(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.raw")
	if err := os.WriteFile(empty, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := volatility3(t)
	cfg.Image = empty
	got, err := open(t, cfg).Fitting(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got.System != "" || got.Why == nil || got.Why.Code != "not-memory" || got.Why.Hint == "" {
		t.Errorf("it is of %q, %+v", got.System, got.Why)
	}
	if slices.Contains(got.Plugins, "linux.pslist.PsList") || !slices.Contains(got.Plugins, "banners.Banners") {
		t.Errorf("what fits is %v", got.Plugins)
	}
	cfg = volatility2(t)
	cfg.Profile = "None"
	if _, err := open(t, cfg).Fitting(context.Background(), nil); err == nil || err.(*session.Error).Code != "bad-profile" {
		t.Errorf("a profile that there is not: %v", err)
	}
}
