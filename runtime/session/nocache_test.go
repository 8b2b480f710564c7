package session_test

import (
	"context"
	"testing"

	"github.com/volint/volint/runtime/session"
)

// Volatility 3 makes a folder in the user's cache when it is imported. Where that can't
// be, as in a home that is read-only, commands run all the same.
func TestNoCacheFolder(t *testing.T) {
	for _, setup := range setups[:2] {
		t.Run(setup.name, func(t *testing.T) {
			cfg := setup.config(t)
			cfg.Cache = ""
			t.Setenv("XDG_CACHE_HOME", "/proc/none")
			t.Setenv("TMPDIR", t.TempDir())
			if frames, err := attempt(cfg, session.Request{Message: pslist}); err != nil || len(frames) == 0 {
				t.Errorf("%d bytes of rows, %v", len(frames), err)
			}
			if report := session.Doctor(context.Background(), cfg); !report.Good() {
				t.Errorf("the doctor: %v", sentences(report))
			}
		})
	}
}
