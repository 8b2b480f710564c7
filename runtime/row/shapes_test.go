package row_test

import (
	"bytes"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/golden/shapes/go/parts/partsrow"
	"github.com/volint/volint/golden/shapes/go/shapesrow"
	"github.com/volint/volint/runtime/row"
)

// full is a row in which each of the shapes has something.
func full() *shapesrow.Shapes3 {
	thread := func(tid uint32) *shapesrow.Shapes3_Thread {
		t := &shapesrow.Shapes3_Thread{Tid: tid, Frames: []shapesrow.Shapes3_Thread_Frame{{Pc: 1}, {Pc: math.MaxUint64}}}
		t.SetName("thread")
		return t
	}
	m := &shapesrow.Shapes3{
		Threads:     []shapesrow.Shapes3_Thread{*thread(1), {}, *thread(3)},
		Ints:        []int32{0, -1, math.MaxInt32},
		Sints:       []int32{0, -1, math.MinInt32},
		Fixeds:      []uint32{1, 2},
		Flags:       []bool{true, false, true},
		Floats:      []float32{1.5, -2},
		States:      []shapesrow.State{shapesrow.State_STATE_LOW, 77},
		Args:        []string{"a", "", strings.Repeat("x", 200)},
		Environment: map[string]string{"HOME": "/root", "": ""},
		ByTid:       map[uint32]*shapesrow.Shapes3_Thread{1: thread(1), 0: {}},
		Switches:    map[bool][]byte{true: {0xff}, false: nil},
		Seen:        map[string]row.Timestamp{"boot": {Seconds: -1, Nanos: 5}},
		Root: &shapesrow.Node{Id: 1, Left: &shapesrow.Node{Id: 2}, Children: []shapesrow.Node{{Id: 3}, {Id: 4}},
			Named: map[string]*shapesrow.Node{"x": {Id: 5, Left: &shapesrow.Node{}}}},
		Part: &partsrow.Part{Name: "part"},
		Far:  "far",
	}
	m.SetThread(thread(9))
	return m
}

func decoded(t *testing.T, frame []byte) *shapesrow.Shapes3 {
	t.Helper()
	m := new(shapesrow.Shapes3)
	if err := m.Decode(frame); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRoundTrip(t *testing.T) {
	want := full()
	frame := want.Append(nil)
	got := decoded(t, frame)
	if !got.Equal(want) || !want.Equal(got) {
		t.Errorf("read as\n%v, want\n%v", row.NestedValue(true, got), row.NestedValue(true, want))
	}
	if diff := cmp.Diff(frame, got.Append(nil)); diff != "" {
		t.Errorf("written again:\n%s", diff)
	}
	if got.Root.Named["x"].Left == nil || got.Threads[1].Frames != nil || got.ByTid[1].Frames[1].Pc != math.MaxUint64 {
		t.Errorf("read as %v", row.NestedValue(true, got))
	}
	for i := range want.Message().Fields {
		if !got.Value(i).Equal(want.Value(i)) {
			t.Errorf("field %d is %v, want %v", i, got.Value(i), want.Value(i))
		}
	}
}

// TestCloneIsDeep: what is done to a row, or to its frame, does not reach a clone.
func TestCloneIsDeep(t *testing.T) {
	frame := full().Append(nil)
	m := decoded(t, frame)
	clone := m.Clone()
	if !clone.Equal(m) || !clone.Equal(full()) {
		t.Fatal("the clone differs")
	}
	clear(frame)
	if err := m.Decode([]byte("\x10\x01")); err != nil {
		t.Fatal(err)
	}
	if !clone.Equal(full()) {
		t.Error("the clone has changed")
	}
}

// TestEqualParts: a difference in any of the parts is one.
func TestEqualParts(t *testing.T) {
	for what, change := range map[string]func(m *shapesrow.Shapes3){
		"length":         func(m *shapesrow.Shapes3) { m.Ints = m.Ints[:2] },
		"number":         func(m *shapesrow.Shapes3) { m.Ints[1] = 7 },
		"text":           func(m *shapesrow.Shapes3) { m.Args[0] = "b" },
		"message":        func(m *shapesrow.Shapes3) { m.Threads[2].Frames[0].Pc = 7 },
		"presence":       func(m *shapesrow.Shapes3) { m.Threads[0].ClearName() },
		"key":            func(m *shapesrow.Shapes3) { delete(m.Environment, ""); m.Environment["a"] = "" },
		"value":          func(m *shapesrow.Shapes3) { m.Environment["HOME"] = "/" },
		"bytes":          func(m *shapesrow.Shapes3) { m.Switches[true] = nil },
		"map's message":  func(m *shapesrow.Shapes3) { m.ByTid[0].Tid = 1 },
		"no message":     func(m *shapesrow.Shapes3) { m.Root.Left = nil },
		"oneof's member": func(m *shapesrow.Shapes3) { m.SetPath("") },
	} {
		m := full()
		if change(m); m.Equal(full()) || full().Equal(m) {
			t.Errorf("%s: no difference", what)
		}
	}
}

// TestNoAllocationsWarm: a row that is used again has its memory.
func TestNoAllocationsWarm(t *testing.T) {
	frames := [][]byte{full().Append(nil), new(shapesrow.Shapes3).Append(nil)}
	var m shapesrow.Shapes3
	read := func() {
		for _, frame := range frames {
			if err := m.Decode(frame); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 10 { // in a map, who gets whose memory changes from time to time
		read()
	}
	if n := testing.AllocsPerRun(20, read); n != 0 {
		t.Errorf("decoding allocates %v times", n)
	}
	if err := m.Decode(frames[0]); err != nil || !m.Equal(full()) {
		t.Errorf("%v\n%v", err, row.NestedValue(true, &m))
	}
}

// TestResetKeepsMemory: an emptied row equals a new one, and has its memory.
func TestResetKeepsMemory(t *testing.T) {
	frame := full().Append(nil)
	m := decoded(t, frame)
	m.Reset()
	if !m.Equal(new(shapesrow.Shapes3)) || m.Root != nil || len(m.Append(nil)) != 0 {
		t.Errorf("reset is %v", row.NestedValue(true, m))
	}
	if cap(m.Threads) < 3 || m.ByTid == nil {
		t.Error("the memory is gone")
	}
}

func tagged(number protowire.Number, typ protowire.Type, rest ...string) string {
	return string(protowire.AppendTag(nil, number, typ)) + strings.Join(rest, "")
}

func prefixed(body string) string { return string(protowire.AppendString(nil, body)) }

// message is a field with a message, or anything else that has a length.
func message(number protowire.Number, body ...string) string {
	return tagged(number, protowire.BytesType, prefixed(strings.Join(body, "")))
}

func TestMergeParts(t *testing.T) {
	frame := message(20, "\x08\x01", message(2, "\x08\x07")) + // root
		message(20, message(2, message(2, "\x08\x08")), message(3, "\x08\x09")) +
		message(20, "\x08\x02", message(3, "\x08\x0a")) +
		message(2, "\x01\x02") + tagged(2, protowire.VarintType, "\x03") + message(2, "\x04") + // ints
		message(19, message(1, "k"), message(2, "\x08\x05"), message(2, "\x10\x06")) + // seen
		message(15, "\x08\x01", message(2, "\x08\x05")) + message(15, "\x08\x01", message(2, message(3, "x"))) + // by_tid
		message(15, "\x08\x02", message(2, "\x08\x05"), message(2, message(3, "y"))) +
		message(14, message(1, "key")) + message(14, message(2, "value")) + message(14) + // environment
		message(18, "\x08\x02\x50\x01\x10\x01") // outcomes, with an unknown field
	m := decoded(t, []byte(frame))
	want := &shapesrow.Shapes3{
		Root: &shapesrow.Node{Id: 2, Left: &shapesrow.Node{Id: 7, Left: &shapesrow.Node{Id: 8}},
			Children: []shapesrow.Node{{Id: 9}, {Id: 10}}},
		Ints:        []int32{1, 2, 3, 4},
		Seen:        map[string]row.Timestamp{"k": {Seconds: 5, Nanos: 6}},
		ByTid:       map[uint32]*shapesrow.Shapes3_Thread{1: {}, 2: {Tid: 5}},
		Environment: map[string]string{"key": "", "": ""},
		Outcomes:    map[int32]shapesrow.State{1: shapesrow.State_STATE_RUNNING},
	}
	want.ByTid[1].SetName("x")
	want.ByTid[2].SetName("y")
	if !m.Equal(want) {
		t.Errorf("read as %v,\nwant %v", row.NestedValue(true, m), row.NestedValue(true, want))
	}
	if m.UnknownFields() != 1 {
		t.Errorf("%d unknown fields", m.UnknownFields())
	}
}

func TestUnknownWithin(t *testing.T) {
	unknown := "\x98\x06\x01"                                     // field 99
	group := "\x9b\x06" + strings.Repeat(unknown, 3) + "\x9c\x06" // one, whatever is in it
	frame := unknown + group + message(20, unknown, message(2, group)) + message(1, unknown) +
		message(19, message(1, "k"), message(2, unknown)) + message(29, unknown) + message(27, unknown)
	m := decoded(t, []byte(frame))
	if m.UnknownFields() != 8 || m.Root.UnknownFields() != 2 || m.Root.Left.UnknownFields() != 1 || m.Threads[0].UnknownFields() != 1 {
		t.Errorf("unknown fields: %d, root %d", m.UnknownFields(), m.Root.UnknownFields())
	}
	if m = decoded(t, append(m.Append(nil), unknown...)); m.UnknownFields() != 1 || m.Root.UnknownFields() != 0 {
		t.Errorf("unknown fields: %d, want 1", m.UnknownFields())
	}
}

// TestOneof: one member at most is set, whoever sets it.
func TestOneof(t *testing.T) {
	var m shapesrow.Shapes3
	check := func(what string, number int32, has ...bool) {
		t.Helper()
		got := []bool{m.HasAddress(), m.HasPath(), m.HasThread(), m.HasState(), m.HasAt(), m.HasRaw()}
		if m.WhichContent() != number || !slices.Equal(got, has) {
			t.Errorf("%s: field %d, %v; want %d, %v", what, m.WhichContent(), got, number, has)
		}
	}
	check("empty", 0, false, false, false, false, false, false)
	m.SetPath("p")
	m.SetThread(&shapesrow.Shapes3_Thread{Tid: 1})
	check("a message", 27, false, false, true, false, false, false)
	m.SetAt(row.Timestamp{})
	check("a Timestamp", 29, false, false, false, false, true, false)
	m.ClearAt()
	check("cleared", 0, false, false, false, false, false, false)

	address, thread, path := tagged(25, 0, "\x07"), message(27, "\x08\x05"), message(26, "p")
	for _, test := range []struct {
		what, frame string
		want        func(m *shapesrow.Shapes3)
	}{
		{"the last member", address + thread + path, func(m *shapesrow.Shapes3) { m.SetPath("p") }},
		{"a message that was another's", thread + path + message(27, message(3, "n")), func(m *shapesrow.Shapes3) {
			thread := new(shapesrow.Shapes3_Thread)
			thread.SetName("n")
			m.SetThread(thread)
		}},
		{"a message twice", thread + message(27, message(3, "n")), func(m *shapesrow.Shapes3) {
			thread := &shapesrow.Shapes3_Thread{Tid: 5}
			thread.SetName("n")
			m.SetThread(thread)
		}},
		{"a Timestamp that was another's", message(29, "\x08\x05") + address + message(29, "\x10\x06"), func(m *shapesrow.Shapes3) {
			m.SetAt(row.Timestamp{Nanos: 6})
		}},
		{"none", "", func(*shapesrow.Shapes3) {}},
	} {
		var want shapesrow.Shapes3
		test.want(&want)
		for range 2 { // into a row that has other members, too
			if err := m.Decode([]byte(test.frame)); err != nil || !m.Equal(&want) {
				t.Errorf("%s: %v: %v, want %v", test.what, err, row.NestedValue(true, &m), row.NestedValue(true, &want))
			}
		}
	}
}

func TestDefaults(t *testing.T) {
	var m shapesrow.Shapes2
	if m.GetNice() != -20 || m.GetMode() != shapesrow.Mode_MODE_WRITE || !math.IsInf(float64(m.GetRatio()), 1) ||
		m.GetShare() != -1.5e-300 || !m.GetOn() || m.GetTop() != math.MaxUint64 || m.GetBottom() != math.MinInt64 ||
		!math.IsNaN(m.GetNotANumber()) || string(m.GetMagic()) != "\x00\x7fELF\xff" || m.GetShell() != "/bin/sh\n\"quoted\" ??= €" {
		t.Error("a default is wrong")
	}
	m.SetNice(0)
	m.SetOn(false)
	m.SetMagic(nil)
	if m.GetNice() != 0 || m.GetOn() || m.GetMagic() != nil {
		t.Error("a value gives way to the default")
	}
	defaults := map[string]string{}
	for _, f := range m.Message().Fields {
		if f.Default.Kind() != 0 {
			defaults[f.Name] = f.Default.String()
		}
	}
	want := map[string]string{
		"nice": "-20", "shell": `"/bin/sh\n\"quoted\" ??= \u20ac"`, "magic": `"\x00\x7fELF\xff"`, "mode": "MODE_WRITE", "ratio": "+Inf",
		"share": "-1.5e-300", "on": "true", "top": "18446744073709551615", "bottom": "-9223372036854775808", "not_a_number": "NaN",
	}
	if diff := cmp.Diff(want, defaults); diff != "" {
		t.Errorf("described (-want +got):\n%s", diff)
	}
}

// TestRequiredWithin: required fields of messages, and required messages.
func TestRequiredWithin(t *testing.T) {
	must := message(19)
	owner := func(body string) string {
		return tagged(12, protowire.StartGroupType, body) + tagged(12, protowire.EndGroupType)
	}
	for _, test := range []struct{ what, frame, missing string }{
		{"all", must + owner("\x08\x01"), ""},
		{"the message", owner("\x08\x01"), "must"},
		{"a field of a group", must + owner(""), "owner.uid"},
		{"a field in another piece", must + owner("") + owner("\x08\x01") + owner(""), ""},
		{"the message in another row", owner("\x08\x01"), "must"},
	} {
		var m shapesrow.Shapes2
		err := m.Decode([]byte(test.frame))
		var bad *row.DecodeError
		errors.As(err, &bad)
		switch {
		case test.missing == "" && err != nil:
			t.Errorf("%s: %v", test.what, err)
		case test.missing != "" && (bad == nil || bad.Field != test.missing || bad.Err != row.ErrRequired || bad.Offset != len(test.frame)):
			t.Errorf("%s: %v, want %s", test.what, err, test.missing)
		case test.missing != "" && !m.Equal(new(shapesrow.Shapes2)):
			t.Errorf("%s: the row is not empty", test.what)
		}
	}
}

// TestDepth: 100 messages may lie in one another below a row's own, of any kind.
func TestDepth(t *testing.T) {
	left := func(body string) string { return message(2, body) }
	child := func(body string) string { return message(3, body) }
	named := func(body string) string { return message(4, message(2, body)) }
	group := func(body string) string { return "\x9b\x06" + body + "\x9c\x06" }
	in := func(n int, around func(string) string, body string) string {
		for range n {
			body = around(body)
		}
		return body
	}
	for _, test := range []struct {
		what, frame string
		ok          bool
	}{
		{"messages", in(100, left, "\x08\x01"), true},
		{"messages too deep", in(101, left, "\x08\x01"), false},
		{"lists", in(100, child, ""), true},
		{"lists too deep", in(101, child, ""), false},
		{"maps, whose entries count", in(50, named, ""), true},
		{"maps too deep", in(50, named, child("")), false},
		{"an entry too deep", in(100, left, message(4)), false},
		{"groups that are unknown", in(100, group, ""), true},
		{"groups too deep", in(101, group, ""), false},
		{"groups in messages", in(60, left, in(40, group, "")), true},
		{"groups in messages, too deep", in(60, left, in(41, group, "")), false},
		{"far too deep", in(2000, left, ""), false},
	} {
		var m shapesrow.Node
		err := m.Decode([]byte(test.frame))
		if test.ok && err != nil || !test.ok && !errors.Is(err, row.ErrNesting) {
			t.Errorf("%s: %v", test.what, err)
		}
	}
	next := func(body string) string { return "\x13" + body + "\x14" }
	for depth, ok := range map[int]bool{98: true, 99: false} { // around them the row's first field, in them the last
		var m shapesrow.Shapes2023
		err := m.Decode([]byte("\x0b" + in(depth, next, "\x1b\x08\x01\x1c") + "\x0c" + "\x7b\x7c"))
		if ok && err != nil || !ok && !errors.Is(err, row.ErrNesting) {
			t.Errorf("%d groups: %v", depth, err)
		}
	}
}

func TestMalformedParts(t *testing.T) {
	start, end := tagged(12, protowire.StartGroupType), tagged(12, protowire.EndGroupType)
	for _, test := range []struct {
		what, in string
		field    string
		offset   int
		err      error
	}{
		{"a message cut", "\x72\x05\x08\x01", "leaf", 1, row.ErrTruncated},
		{"a number that leaves its message", "\x72\x02\x08\x80\x01\x00", "leaf.id", 3, row.ErrTruncated},
		{"a tag that leaves its message", "\x72\x01\x88\x01\x00", "leaf", 2, row.ErrTruncated},
		{"a message in a message", message(15, message(2, "\x0a")), "tree.left.id", 5, row.ErrTruncated},
		{"a list", message(16, message(1, "\xff")), "parts.name", 4, row.ErrUTF8},
		{"a packed list cut", message(1, "\x01\x80"), "addresses", 3, row.ErrTruncated},
		{"a packed number of 65 bits", message(1, "\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), "addresses", 3, row.ErrOverflow},
		{"packed doubles", message(7, "1234567"), "ratios", 2, row.ErrTruncated},
		{"a number of a list", tagged(3, 0, "\x80"), "numbers", 1, row.ErrTruncated},
		{"a text of a list", "\x22\x02x", "names", 1, row.ErrTruncated},
		{"a Timestamp of a list", message(8, "\x08\x80"), "times", 1, row.ErrTimestamp},
		{"a map's key", message(20, message(1, "x")[:2]), "counts", 4, row.ErrTruncated},
		{"a map's value", message(20, "\x10\x80"), "counts", 4, row.ErrTruncated},
		{"a map's tag", message(20, "\x80"), "counts", 3, row.ErrTruncated},
		{"a map's message", message(21, "\x12\x02\x08\x80"), "leaves.id", 6, row.ErrTruncated},
		{"an unknown field of an entry", message(20, "\x1f"), "counts", 4, row.ErrWireType},
		{"field 0 in an entry", message(20, "\x00\x01"), "counts", 4, row.ErrTag},
		{"a group without an end", start + "\x08\x01", "owner", 1, row.ErrTruncated},
		{"another group's end", start + "\x6c", "owner.13", 2, row.ErrGroup},
		{"a group's end in a message", message(14, end), "leaf.12", 3, row.ErrGroup},
		{"a group's end behind its message", message(15, "\x0b") + "\x0c", "tree.id", 3, row.ErrTruncated},
		{"a field in a group", start + "\x12\x05x" + end, "owner.login", 2, row.ErrTruncated},
		{"wire type 6 in a message", message(14, "\x0e"), "leaf.id", 3, row.ErrWireType},
	} {
		m := &shapesrow.Shapes2{Names: []string{"not empty"}}
		err := m.Decode([]byte(test.in))
		var e *row.DecodeError
		if !errors.As(err, &e) || e.Field != test.field || e.Offset != test.offset || e.Err != test.err {
			t.Errorf("%s: %v\nwant field %q, byte %d: %v", test.what, err, test.field, test.offset, test.err)
		}
		if !m.Equal(new(shapesrow.Shapes2)) {
			t.Errorf("%s: the row is not empty", test.what)
		}
	}
}

// TestCuts: of a message that is cut anywhere, what is left is read or refused;
// nothing but the frame is read.
func TestCuts(t *testing.T) {
	frame := full().Append(nil)
	var reused shapesrow.Shapes3
	for n := range frame {
		cut := bytes.Clone(frame[:n]) // so that a tool sees what reads behind it
		var m shapesrow.Shapes3
		err, errReused := m.Decode(cut), reused.Decode(cut)
		if (err == nil) != (errReused == nil) || !m.Equal(&reused) {
			t.Fatalf("%d bytes: %v; into a used row %v", n, err, errReused)
		}
		if err != nil && !errors.Is(err, row.ErrTruncated) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
}

// TestMemory: what a frame of n bytes makes Decode allocate, in all, is no more
// than twice n of the largest structs that a row can have in it: an element of a
// list takes two bytes of a frame at least, and a list grows by doubling.
func TestMemory(t *testing.T) {
	const n = 1 << 16
	for what, part := range map[string]string{
		"messages of a list": message(3), "entries": message(4, message(1, "k")), "messages": message(2), "deep ones": message(2, message(2)),
	} {
		frame := []byte(strings.Repeat(part, n/len(part)))
		var m shapesrow.Node
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := m.Decode(frame)
		runtime.ReadMemStats(&after)
		if limit := 2 * n * uint64(unsafe.Sizeof(m)); err != nil || after.TotalAlloc-before.TotalAlloc > limit {
			t.Errorf("%s: %v; %d bytes for %d, want at most %d", what, err, after.TotalAlloc-before.TotalAlloc, n, limit)
		}
	}
}
