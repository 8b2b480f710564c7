package row_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/runtime/row"
)

func TestVarint(t *testing.T) {
	for _, test := range []struct {
		in    string
		value uint64
		next  int // the index behind it; negative where it is malformed
	}{
		{"\x00", 0, 1},
		{"\x7f", 127, 1},
		{"\x80\x01", 128, 2},
		{"\x80\x00", 0, 2}, // longer than it need be
		{"\xff\xff\xff\xff\x0f", math.MaxUint32, 5},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", math.MaxUint64, 10},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 0, 10},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 1 << 63, 10},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02", 0, -1}, // the 65th bit
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 0, -1},
		{"", 0, -1},
		{"\x80", 0, -1},
		{"\xff\xff\xff\xff\xff\xff\xff\xff\xff", 0, -1},
	} {
		before := strings.Repeat("\xff", 3)
		want := 3 + test.next
		if test.next < 0 {
			want = ^3
		}
		for name, read := range row.Varints {
			for _, behind := range []string{"", "\x01", "\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01"} {
				if behind != "" && test.next < 0 {
					continue // what is behind would end it
				}
				value, next := read([]byte(before+test.in+behind), 3)
				if value != test.value || next != want {
					t.Errorf("%s of %x, and %x: %d, index %d; want %d, %d", name, test.in, behind, value, next, test.value, want)
				}
			}
		}
	}
}

// FuzzVarint: as protobuf-go's own.
func FuzzVarint(f *testing.F) {
	f.Add([]byte{0x80, 0x01})
	f.Fuzz(func(t *testing.T, b []byte) {
		want, n := protowire.ConsumeVarint(b)
		if n < 0 {
			want, n = 0, ^0
		}
		for name, read := range row.Varints {
			if got, next := read(b, 0); got != want || next != n {
				t.Errorf("%s: %d, %d; want %d, %d", name, got, next, want, n)
			}
		}
	})
}

func TestAppendVarint(t *testing.T) {
	for shift := range 64 {
		for _, v := range []uint64{1 << shift, 1<<shift - 1, math.MaxUint64 << shift} {
			want := binary.AppendUvarint(nil, v)
			if got := row.AppendVarint(nil, v); !bytes.Equal(got, want) {
				t.Errorf("%d: %x, want %x", v, got, want)
			}
			room := bytes.Repeat([]byte{0xee}, 32)
			if row.AppendVarint(room[:1], v); !bytes.Equal(room[1+len(want):], bytes.Repeat([]byte{0xee}, 31-len(want))) {
				t.Errorf("%d: what lies behind is written to: %x", v, room)
			}
		}
	}
}

func TestZigzag(t *testing.T) {
	for _, v := range []int64{0, -1, 1, -2, math.MaxInt64, math.MinInt64, math.MaxInt32, math.MinInt32} {
		b := row.AppendZigzag64(nil, v)
		if got, n := row.Varints["varintAt"](b, 0); n != len(b) || row.Unzigzag64(got) != v || got != protowire.EncodeZigZag(v) {
			t.Errorf("%d comes back as %d", v, row.Unzigzag64(got))
		}
		b = row.AppendZigzag32(nil, int32(v))
		if got, n := row.Varints["varintAt"](b, 0); n != len(b) || row.Unzigzag32(got) != int32(v) {
			t.Errorf("%d comes back as %d", int32(v), row.Unzigzag32(got))
		}
	}
}

func TestMalformed(t *testing.T) {
	group := func(depth int) string {
		return strings.Repeat("\x83\x01", depth) + strings.Repeat("\x84\x01", depth)
	}
	name := "\x12\x04init"
	for _, test := range []struct {
		what, in string
		field    string
		offset   int
		err      error // nil: well-formed
	}{
		{what: "empty"},
		{what: "another wire type", in: "\x0a\x01x\x15abcd\x19abcdefgh"},
		{what: "unknown fields", in: "\x40\x01\x49abcdefgh\x52\x01x\x5dabcd" + group(1) + group(100)},
		{what: "a tag of five bytes", in: "\x88\x80\x80\x80\x00\x07"},
		{"a tag of six bytes", name + "\x88\x80\x80\x80\x80\x00\x07", "offset", 12, row.ErrLongTag},
		{"a tag of six bytes in a group", "\x83\x01\x88\x80\x80\x80\x80\x00\x07\x84\x01", "16", 2, row.ErrLongTag},
		{what: "the highest field", in: "\xf8\xff\xff\xff\x0f\x01"},
		{"groups too deep", name + group(101), "16", 8, row.ErrNesting},
		{"a value cut", name + "\x08\xff", "offset", 7, row.ErrTruncated},
		{"no value", name + "\x08", "offset", 7, row.ErrTruncated},
		{"text cut", "\x12\x04ini", "name", 1, row.ErrTruncated},
		{"a varint of 65 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "offset", 1, row.ErrOverflow},
		{"a tag cut", name + "\x88", "", 6, row.ErrTruncated},
		{"a tag of 65 bits", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "", 0, row.ErrOverflow},
		{"field 0", name + "\x00\x00", "0", 7, row.ErrTag},
		{"a field too high", "\x80\x80\x80\x80\x10\x01", "536870912", 5, row.ErrTag},
		{"a tag of 64 bits", "\x88\x80\x80\x80\x80\x80\x80\x80\x80\x01\x01", "1152921504606846977", 10, row.ErrTag},
		{"wire type 6", "\x0e\x01", "offset", 1, row.ErrWireType},
		{"wire type 7", "\x47\x01", "8", 1, row.ErrWireType},
		{"an end without a start", "\x84\x01", "16", 2, row.ErrGroup},
		{"another group's end", "\x83\x01\x8c\x01", "16", 2, row.ErrGroup},
		{"a group cut", "\x83\x01\x08", "16", 2, row.ErrTruncated},
		{"a group without an end", "\x83\x01", "16", 2, row.ErrTruncated},
		{"field 0 in a group", "\x83\x01\x00\x84\x01", "16", 2, row.ErrTag},
	} {
		t.Run(test.what, func(t *testing.T) {
			m := taskNamed("not empty")
			err := m.Decode([]byte(test.in))
			if test.err == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *row.DecodeError
			if !errors.As(err, &e) || e.Field != test.field || e.Offset != test.offset || !errors.Is(err, test.err) {
				t.Errorf("%v\nwant field %q, byte %d: %v", err, test.field, test.offset, test.err)
			}
			if !m.Equal(new(task)) {
				t.Errorf("the row is not empty: %+v", m)
			}
		})
	}
}

// FuzzSkip: what is passed over is what protobuf-go passes over.
func FuzzSkip(f *testing.F) {
	f.Add([]byte("\x83\x01\x08\x01\x84\x01\x42\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		number, typ, n := protowire.ConsumeTag(b)
		if n < 0 || number > protowire.MaxValidNumber {
			return
		}
		want := ^n
		if m := protowire.ConsumeFieldValue(number, typ, b[n:]); m >= 0 {
			want = n + m
		}
		got, err := row.Skip(b, n, protowire.EncodeTag(number, typ))
		if errors.Is(err, row.ErrNesting) || errors.Is(err, row.ErrLongTag) || errors.Is(err, row.ErrTag) {
			return // protobuf-go lets deeper groups pass, and odder tags within them
		}
		if got != want {
			t.Errorf("index %d, want %d", got, want)
		}
	})
}
