package row_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/volint/volint/golden/scalars/go/scalarsrow"
	"github.com/volint/volint/golden/shapes/go/shapesrow"
)

// lengths are those of texts around which they are copied in another way.
var lengths = []int{0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 127, 128, 300}

// TestAppendNumbers: numbers of each length in bytes, and those around them, are
// written as protobuf-go does.
func TestAppendNumbers(t *testing.T) {
	for shift := range 64 {
		for _, v := range []uint64{1 << shift, 1<<shift - 1, math.MaxUint64 << shift} {
			var m scalarsrow.Proto3
			m.AInt32, m.AInt64, m.AUint32, m.AUint64 = int32(v), int64(v), uint32(v), v
			m.ASint32, m.ASint64, m.AFixed32, m.AFixed64 = int32(v), int64(v), uint32(v), v
			var want []byte
			for i, number := range []uint64{
				uint64(int64(int32(v))), v, uint64(uint32(v)), v,
				protowire.EncodeZigZag(int64(int32(v))), protowire.EncodeZigZag(int64(v)),
			} {
				if number != 0 {
					field := m.Message().Fields[2+i]
					want = protowire.AppendTag(want, protowire.Number(field.Number), protowire.VarintType)
					want = protowire.AppendVarint(want, number)
				}
			}
			if uint32(v) != 0 {
				number := protowire.Number(m.Message().Fields[8].Number)
				want = protowire.AppendFixed32(protowire.AppendTag(want, number, protowire.Fixed32Type), uint32(v))
			}
			if v != 0 {
				number := protowire.Number(m.Message().Fields[9].Number)
				want = protowire.AppendFixed64(protowire.AppendTag(want, number, protowire.Fixed64Type), v)
			}
			if got := m.Append(make([]byte, 0, 200)); !bytes.Equal(got, want) {
				t.Errorf("%#x is written as\n%x, want\n%x", v, got, want)
			}
		}
	}
}

// TestAppendEndsWithNumber: nothing is written behind one, however long it is.
func TestAppendEndsWithNumber(t *testing.T) {
	for shift := range 64 {
		m := scalarsrow.Proto3{AUint64: 1 << shift}
		buffer := bytes.Repeat([]byte{0xee}, 40)
		want := 1 + protowire.SizeVarint(m.AUint64)
		if got := m.Append(buffer[:0]); len(got) != want || bytes.Count(buffer[want:], []byte{0xee}) != len(buffer)-want {
			t.Errorf("%#x: %x of %x", m.AUint64, got, buffer)
		}
	}
}

// TestAppendLastBit: a field whose presence bit is the last of its word is written
// where it is zero, and only where it is there.
func TestAppendLastBit(t *testing.T) {
	var m scalarsrow.Wide
	m.SetFiller_64(false)
	if got := m.Append(nil); string(got) != "\x80\x04\x00" {
		t.Errorf("written as %x", got)
	}
	m.ClearFiller_64()
	if got := m.Append(nil); len(got) != 0 {
		t.Errorf("without it: %x", got)
	}
}

// TestAppendKeepsWhatLiesBehind: whatever room there is, the bytes are the same,
// and what the buffer holds in front of them and behind them stays.
func TestAppendKeepsWhatLiesBehind(t *testing.T) {
	var flat scalarsrow.Proto3
	flat.AInt64, flat.AUint32, flat.ASint32, flat.AFixed64, flat.ABool = -1, 300, -70000, 1, true
	rows := []interface{ Append([]byte) []byte }{&flat, full()}
	for _, n := range lengths {
		m := &scalarsrow.Proto3{AUint32: 5, AString: strings.Repeat("s", n), ABytes: bytes.Repeat([]byte("b"), n)}
		rows = append(rows, m)
	}
	for i, m := range rows {
		want := m.Append(nil)
		for _, room := range slices.Concat(lengths, around(len(want))) {
			buffer := bytes.Repeat([]byte{0xee}, 3+room+16)
			got := m.Append(buffer[: 3 : 3+room])
			if !bytes.Equal(got[3:], want) || !bytes.Equal(got[:3], []byte{0xee, 0xee, 0xee}) {
				t.Errorf("row %d, with room for %d bytes: %x, want %x", i, room, got[3:], want)
			}
			used := 0
			if &got[0] == &buffer[0] {
				used = len(want)
			} else if room >= len(want) {
				t.Errorf("row %d moves out of %d bytes, of which it needs %d", i, room, len(want))
			}
			// A row that does not fit may leave its beginning.
			if behind := buffer[3+max(used, min(room, len(want))):]; bytes.Count(behind, []byte{0xee}) != len(behind) {
				t.Errorf("row %d, with room for %d bytes: what lies behind is written to: %x", i, room, behind)
			}
		}
	}
}

// around returns lengths near n, where the end of the room is near the end of the
// row.
func around(n int) (all []int) {
	for i := max(0, n-20); i < n+20; i++ {
		all = append(all, i)
	}
	return all
}

// TestAppendSortsEntries: keys that start alike, and negative ones.
func TestAppendSortsEntries(t *testing.T) {
	var m, entry shapesrow.Shapes3
	keys := []string{"", "\x00", "a", "a\x00", "a\x00b", "abcdefgh", "abcdefgh\x00", "abcdefghi", "abcdefgz", "b"}
	numbers := []int64{math.MinInt64, -2, -1, 0, 1, math.MaxInt64}
	m.Environment, m.Shares, m.Outcomes = map[string]string{}, map[int64]float64{}, map[int32]shapesrow.State{}
	var want []byte
	for _, key := range keys {
		m.Environment[key] = key
		entry.Environment = map[string]string{key: key}
		want = entry.Append(want)
	}
	entry.Reset()
	for _, key := range numbers {
		m.Shares[key] = float64(key)
		entry.Shares = map[int64]float64{key: float64(key)}
		want = entry.Append(want)
	}
	entry.Reset()
	for _, key := range []int32{math.MinInt32, -1, 0, math.MaxInt32} {
		m.Outcomes[key] = shapesrow.State(1)
		entry.Outcomes = map[int32]shapesrow.State{key: 1}
		want = entry.Append(want)
	}
	if got := m.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("written as\n%q, want\n%q", got, want)
	}
}

// TestAppendManyEntries: more than the memory that is kept, by many at once.
func TestAppendManyEntries(t *testing.T) {
	m := shapesrow.Shapes3{Environment: map[string]string{}}
	for i := range 3000 {
		m.Environment[fmt.Sprintf("%08d", i)] = "x"
	}
	want := m.Append(nil)
	done := make(chan []byte)
	for range 4 {
		go func() { done <- m.Append(nil) }()
	}
	for range 4 {
		if got := <-done; !bytes.Equal(got, want) {
			t.Error("another goroutine has other bytes")
		}
	}
	if first := want[bytes.IndexByte(want, '0'):]; string(first[:8]) != "00000000" {
		t.Errorf("the first key is %q", first[:8])
	}
}
