package livetest_test

import (
	"testing"

	"github.com/volint/volint/internal/livetest"
)

// The dump has the guest's own processes, and is the same for whoever asks again.
func TestImage(t *testing.T) {
	path := livetest.Image(t)
	checkKnown(t, rows(t, volatility3.command(t, path)))
	if again := livetest.Image(t); again != path {
		t.Errorf("the dump is first %s and then %s", path, again)
	}
}
