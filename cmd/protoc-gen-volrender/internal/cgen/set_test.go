package cgen

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
)

// TestSetters: presence bits in every word of them, and the members of a oneof,
// which may be messages and have no bit.
func TestSetters(t *testing.T) {
	var source strings.Builder
	source.WriteString("syntax = \"proto3\"; package p; message m {\n")
	for i := 1; i <= 31; i++ {
		fmt.Fprintf(&source, "  optional bool f%d = %d;\n", i, i)
	}
	source.WriteString("  oneof o { bytes a = 41; p b = 42; double c = 43; }\n  p d = 44;\n  bool e = 45;\n}\nmessage p {}\n")
	m := plugintest.Plan(t, map[string]string{"m.proto": source.String()}).Files[0].Messages[0]
	got := map[string]setterView{}
	for _, s := range newMessage(m).Setters {
		got[strings.TrimPrefix(s.Function, "p_m_set_")] = s
	}
	want := map[string]setterView{
		"f31": {Index: 30, Value: "bool value", Lines: []string{"row->f31 = value;", "row->has[0] |= UINT32_C(0x40000000);"}},
		"a": {Index: 31, Value: "volint_str value", Lines: []string{
			"row->b = NULL;", "row->has[1] &= ~UINT32_C(0x1);", "row->a = value;", "row->has[0] |= UINT32_C(0x80000000);"}},
		"b": {Index: 32, Value: "const p_p *value", Lines: []string{
			"row->has[0] &= ~UINT32_C(0x80000000);", "row->has[1] &= ~UINT32_C(0x1);", "row->b = value;"}},
		"d": {Index: 34, Value: "const p_p *value", Lines: []string{"row->d = value;"}},
	}
	for name, s := range want {
		s.Function, s.Clear, s.Message = "p_m_set_"+name, "p_m_clear_"+name, "p_m"
		if diff := cmp.Diff(s, got[name]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if s, ok := got["e"]; ok {
		t.Errorf("%s is there: a field without presence is set as it is", s.Function)
	}
}
