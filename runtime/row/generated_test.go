package row_test

import (
	"math"
	"testing"

	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/runtime/row"
)

// TestBorrowing: which rows change with the frame that they came from.
func TestBorrowing(t *testing.T) {
	frame := taskNamed("init").Append(nil)
	var borrows, copied task
	if err := borrows.Decode(frame); err != nil {
		t.Fatal(err)
	}
	if err := copied.DecodeCopy(frame); err != nil {
		t.Fatal(err)
	}
	clone := borrows.Clone()
	if !clone.Equal(&borrows) || !copied.Equal(&borrows) {
		t.Error("a copy differs")
	}
	clear(frame)
	if borrows.Name == "init" {
		t.Error("Decode has copied")
	}
	if clone.Name != "init" || copied.Name != "init" {
		t.Errorf("copies changed: Clone %q, DecodeCopy %q", clone.Name, copied.Name)
	}
}

func TestPresence(t *testing.T) {
	var m task
	if m.HasDtb() || m.HasPid() {
		t.Error("an empty row has values")
	}
	m.SetDtb(math.MaxUint64)
	if m.HasDtb() || m.Value(5).Present() {
		t.Error("the number that stands for no value is one")
	}
	if got, want := string(m.Append(nil)), "\x30\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"; got != want {
		t.Errorf("it is written as %x, want %x", got, want)
	}
	m.SetDtb(0)
	if !m.HasDtb() || string(m.Append(nil)) != "\x30\x00" {
		t.Error("zero is no value")
	}
	other := m
	m.ClearDtb()
	if m.HasDtb() || len(m.Append(nil)) != 0 || m.Equal(&other) {
		t.Error("ClearDtb leaves something")
	}
	other.Reset()
	if !m.Equal(&other) {
		t.Error("Reset leaves something")
	}
}

// TestImplicitPresence: a field that can't be unset has a value, unless a number
// stands for none.
func TestImplicitPresence(t *testing.T) {
	var m scalarsrow.Proto3
	if !m.Value(2).Present() || !m.HasUid() || m.HasATimestamp() {
		t.Error("zero is no value")
	}
	m.Uid = math.MaxUint32
	if m.HasUid() || m.Value(17).Present() {
		t.Error("the number that stands for no value is one")
	}
}

func TestNegativeAbsentValue(t *testing.T) {
	var m scalarsrow.Proto2
	m.SetSigned(-1)
	if m.HasSigned() {
		t.Error("-1 is a value")
	}
	m.SetSigned(1)
	if !m.HasSigned() {
		t.Error("1 is no value")
	}
}

// TestRequired: fields in both words of presence bits are asked for, and the
// first that is missing is named.
func TestRequired(t *testing.T) {
	var m scalarsrow.Wide
	for _, step := range []struct {
		missing string
		set     func()
	}{
		{"first", func() { m.SetFirst(0) }},
		{"last", func() { m.SetLast(nil) }},
		{"behind", func() { m.SetBehind(scalarsrow.Two_TWO_NONE) }},
	} {
		frame := m.Append(nil)
		var got scalarsrow.Wide
		err, ok := got.Decode(frame).(*row.DecodeError)
		if !ok || err.Field != step.missing || err.Err != row.ErrRequired || err.Offset != len(frame) {
			t.Errorf("without %s: %v", step.missing, err)
		}
		step.set()
	}
	var got scalarsrow.Wide
	if err := got.Decode(m.Append(nil)); err != nil || !got.Equal(&m) {
		t.Error(err)
	}
}

func TestEqualNaN(t *testing.T) {
	var a, b scalarsrow.Proto3
	a.ADouble, b.ADouble = math.NaN(), math.NaN()
	if !a.Equal(&b) {
		t.Error("NaN differs from NaN")
	}
	b.ADouble = 1
	if a.Equal(&b) {
		t.Error("NaN equals 1")
	}
	a.ADouble, a.AFloat = 1, 2
	if a.Equal(&b) {
		t.Error("2 equals 0")
	}
}

func TestEnumString(t *testing.T) {
	for e, want := range map[scalarsrow.Two]string{
		scalarsrow.Two_TWO_NONE: "TWO_NONE", scalarsrow.Two_TWO_NEGATIVE: "TWO_NEGATIVE", 77: "77",
	} {
		if e.String() != want {
			t.Errorf("%d is %q, want %q", int32(e), e, want)
		}
	}
}
