package rows

import (
	"bytes"
	"reflect"
	"testing"
)

// unknownFields has a field of each wire type that no row has, with bytes that make
// no number.
var unknownFields = [][]byte{
	{0xf8, 0x01, 0x96, 0x01},
	append([]byte{0xf9, 0x01}, bytes.Repeat([]byte{0xff}, 8)...),
	append([]byte{0xfa, 0x01, 12}, bytes.Repeat([]byte{0xff}, 12)...),
	append([]byte{0xfd, 0x01}, bytes.Repeat([]byte{0xff}, 4)...),
	append([]byte{13<<3 | 1}, bytes.Repeat([]byte{0xff}, 8)...),
}

// fields cuts a message into its fields.
func fields(t *testing.T, b []byte) (out [][]byte) {
	t.Helper()
	for i := 0; i < len(b); {
		end := unknown(b, i)
		if end < 0 {
			t.Fatalf("%x is no message", b)
		}
		out = append(out, b[i:end])
		i = end
	}
	return out
}

// The loops by hand are a fair measure only where they take what any decoder takes:
// the fields in another order, and fields that they do not know.
func TestDecodeAnyOrder(t *testing.T) {
	anyOrder(t, Tasks()[:100])
	anyOrder(t, MixedRows()[:100])
	anyOrder(t, []Symbol{
		{Address: 1 << 63, Kind: "T", Size: 300, Has: 1, Name: "é", Description: "a text of more than 8 bytes"},
		{Address: 5, Exported: true, Subsystem: "core", Module: "kernel"},
	})
}

func anyOrder[T any, P interface {
	*T
	Row
}](t *testing.T, made []T) {
	t.Helper()
	for i := range made {
		frame := P(&made[i]).Append(nil)
		var other []byte
		for _, field := range fields(t, frame) {
			other = append(bytes.Clone(field), other...)
		}
		// A row of 20 fields knows field 13.
		known := unknownFields
		if reflect.TypeFor[T]() == reflect.TypeFor[Mixed]() {
			known = known[:4]
		}
		for _, field := range known {
			other = append(append(bytes.Clone(field), other...), field...)
		}
		got := new(T)
		if !P(got).Decode(other) || !reflect.DeepEqual(*got, made[i]) {
			t.Fatalf("%T of %x: got %+v, want %+v", got, other, *got, made[i])
		}
	}
}

// A message that ends inside a value is refused, wherever it ends.
func TestDecodeCut(t *testing.T) {
	for _, task := range Tasks()[:100] {
		frame := task.Append(nil)
		whole := map[int]bool{0: true}
		at := 0
		for _, field := range fields(t, frame) {
			at += len(field)
			whole[at] = true
		}
		for n := range frame {
			if got := new(Task).Decode(frame[:n:n]); got != whole[n] {
				t.Fatalf("the first %d bytes of %x: got %v, want %v", n, frame, got, whole[n])
			}
		}
	}
}

func TestDecodeUTF8(t *testing.T) {
	for _, bad := range []string{"\xff", "seven b\xc3", "a text of more than 8 bytes \xed\xa0\x80", "\xff a text of more"} {
		frame := (&Symbol{Name: bad}).Append(nil)
		if new(Symbol).Decode(frame) {
			t.Errorf("a symbol takes %q", bad)
		}
		frame = (&Mixed{Comm: bad}).Append(nil)
		if new(Mixed).Decode(frame) {
			t.Errorf("a mixed row takes %q", bad)
		}
	}
}
