package pygen

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/volint/volint/runtime/row"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t testing.TB, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), refresh with -update:\n%s", path, diff)
	}
}

// checkHostile fails unless every name's bytes can be had back.
func checkHostile(t testing.TB, res result, count int) {
	t.Helper()
	out := rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.Hostile"))
	if len(out) != count {
		t.Fatalf("%d rows, want %d; stderr:\n%s", len(out), count, res.Stderr)
	}
	for i, m := range out {
		want, err := hex.DecodeString(field(m, "expect").String())
		if err != nil {
			t.Fatal(err)
		}
		text := field(m, "text").String()
		if got := row.Unescape(text); string(got) != string(want) || !utf8.ValidString(text) {
			t.Errorf("row %d: %q stands for %q, want %q", i, text, got, want)
		}
		if text != row.Escape(want) {
			t.Errorf("row %d: %q, and Go escapes to %q", i, text, row.Escape(want))
		}
		if got := field(m, "raw").Bytes(); string(got) != string(want) {
			t.Errorf("row %d: raw is %q, want %q", i, got, want)
		}
	}
}

func checkTree(t testing.TB, res result, message string, want []uint64) {
	t.Helper()
	var depths []uint64
	for _, m := range rows(t, res.Frames, descriptor(t, testSchema(t), protoreflect.FullName(message))) {
		depths = append(depths, field(m, "depth").Uint())
	}
	if diff := cmp.Diff(want, depths); diff != "" {
		t.Errorf("depths (-want +got):\n%s", diff)
	}
}

// checkFailure fails unless three rows arrived and the failure was told.
func checkFailure(t testing.TB, res result, message, want string) {
	t.Helper()
	if n := len(rows(t, res.Frames, descriptor(t, testSchema(t), protoreflect.FullName(message)))); n != 3 {
		t.Errorf("%d rows, want the 3 before the failure", n)
	}
	errs := res.lines("error")
	if res.Status == 0 || len(errs) != 1 || !strings.Contains(errs[0], want) || len(res.lines("hint")) != 1 {
		t.Errorf("status %d; stderr:\n%s", res.Status, res.Stderr)
	}
	if strings.Contains(res.Stderr, "\x1b") {
		t.Errorf("an escape character reached the terminal: %q", res.Stderr)
	}
}

// checkSpoken fails unless an expression that raises costs its value alone, and no
// expression changes what another sees.
func checkSpoken(t testing.TB, res result) {
	t.Helper()
	res.wantStatus(t, 0)
	var got []string
	for _, m := range rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.Spoken")) {
		has := m.Has(m.Descriptor().Fields().ByName("length"))
		got = append(got, fmt.Sprint(field(m, "text"), has, field(m, "why").Enum(), field(m, "Exception"), field(m, "error"), field(m, "_error")))
	}
	if diff := cmp.Diff([]string{"alpha false 1 xyz alpha alpha!", `beta\xff false 1 xyz beta\xff beta\xff!`}, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if said := res.lines("warning"); len(said) != 2 || !strings.Contains(said[0], "2 values of field broken could not be written: AttributeError") {
		t.Errorf("said %q", said)
	}
}

// checkMissing fails unless exactly one warning holds all the words, and the end
// says that the result is incomplete.
func checkMissing(t testing.TB, res result, message, field, plugin, column string) {
	t.Helper()
	found, incomplete := 0, 0
	for _, line := range res.lines("warning") {
		if strings.Contains(line, "incomplete") {
			incomplete++
		}
		if strings.Contains(line, message) && strings.Contains(line, " "+field+" ") && strings.Contains(line, plugin) && strings.Contains(line, column) {
			found++
		}
	}
	if found != 1 || incomplete != 1 {
		t.Errorf("%d warnings about %s, %d about the end; stderr:\n%s", found, field, incomplete, res.Stderr)
	}
}

// checkTimes fails unless all columns of volint_times have its times, whatever their
// text is.
func checkTimes(t testing.TB, res result, first string) {
	t.Helper()
	res.wantStatus(t, 0)
	if said := res.lines("warning", "error"); len(said) > 0 {
		t.Errorf("said %q", said)
	}
	out := rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.Times"))
	var got []string
	for _, m := range out {
		moment := func(name protoreflect.Name) string { return text(m, m.Descriptor().Fields().ByName(name)) }
		got = append(got, fmt.Sprint(moment("time"), " ", moment("seconds"), " ", moment("object")))
	}
	var want []string
	for _, seconds := range []int{1767225638, 1782864038, 1792888200, 1792891800} {
		want = append(want, fmt.Sprintf("%d.000000000 %[1]d %[1]d.000000000", seconds))
	}
	if diff := cmp.Diff(want, got); diff != "" || field(out[0], "text").String() != first {
		t.Errorf("the first is %q; rows (-want +got):\n%s", field(out[0], "text"), diff)
	}
}

// describe prints rows of Values, and what was said about them.
func describe(t testing.TB, res result) string {
	t.Helper()
	var b strings.Builder
	for _, m := range rows(t, res.Frames, descriptor(t, testSchema(t), "volint.test.Values")) {
		fmt.Fprintf(&b, "%s:", field(m, "case"))
		fields := m.Descriptor().Fields()
		for i := range fields.Len() {
			if f := fields.Get(i); f.Name() != "case" && m.Has(f) {
				fmt.Fprintf(&b, " %s=%s", f.Name(), text(m, f))
			}
		}
		b.WriteByte('\n')
	}
	for _, line := range res.lines("warning", "error") {
		b.WriteString(line + "\n")
	}
	return b.String()
}

func text(m *dynamicpb.Message, f protoreflect.FieldDescriptor) string {
	v := m.Get(f)
	switch f.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind:
		return fmt.Sprintf("%q", v.Interface())
	case protoreflect.Fixed64Kind:
		return fmt.Sprintf("%#x", v.Uint())
	case protoreflect.EnumKind:
		return fmt.Sprint(v.Enum())
	case protoreflect.MessageKind:
		fields := v.Message().Descriptor().Fields()
		if data := fields.ByName("data"); data != nil {
			part := func(name protoreflect.Name) any { return v.Message().Get(fields.ByName(name)).Interface() }
			return fmt.Sprintf("{%q %#x %q}", part("data"), part("address"), part("architecture"))
		}
		return fmt.Sprintf("%d.%09d", v.Message().Get(fields.ByName("seconds")).Int(), v.Message().Get(fields.ByName("nanos")).Int())
	}
	return v.String()
}
