package session_test

import (
	"context"
	"testing"

	"github.com/volint/volint/runtime/session"
)

// Two commands of one session tell how far they are to different functions.
func TestProgressOfOneRequest(t *testing.T) {
	common, own := 0, 0
	cfg := volatility3(t)
	cfg.Progress = func(float64, string) { common++ }
	r := open(t, cfg)
	request := session.Request{Message: "volatility_render.linux_pslist_task"}
	request.Progress = func(float64, string) { own++ }
	run, err := r.Start(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Wait(); err != nil {
		t.Fatal(err)
	}
	if own == 0 || common != 0 {
		t.Errorf("%d calls of the request's function, %d of the session's; want some and none", own, common)
	}
}

func TestWhichVersion(t *testing.T) {
	t.Setenv("VOLINT_VOLATILITY", "")
	for _, tt := range []struct {
		config session.Config
		env    string
		want   session.Version
	}{
		{session.Config{}, "", session.Volatility3},
		{session.Config{Profile: "Linux"}, "", session.Volatility2},
		{session.Config{Profile: "Linux"}, "3", session.Volatility3},
		{session.Config{Version: session.Volatility2}, "3", session.Volatility2},
	} {
		t.Setenv("VOLINT_VOLATILITY", tt.env)
		if got, err := tt.config.WhichVersion(); got != tt.want || err != nil {
			t.Errorf("%+v with %q: %d, %v; want %d", tt.config, tt.env, got, err, tt.want)
		}
	}
}
