package session_test

import (
	"context"
	"testing"
)

// All plugins' tables are told, and an unknown plugin is refused.
func TestTablesOfAllPlugins(t *testing.T) {
	for _, s := range setups {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			session := open(t, s.config(t))
			all, err := session.Tables(context.Background(), "")
			if err != nil {
				t.Fatal(err)
			}
			if len(all) < 195 {
				t.Errorf("%d plugins", len(all))
			}
			if _, err := session.Tables(context.Background(), "linux.pslst"); code(err) != "unknown-plugin" {
				t.Errorf("an unknown plugin: %v", err)
			}
		})
	}
}
