package row_test

import (
	"strings"
	"testing"

	"github.com/volint/volint/runtime/row"
)

// use uses a codec for the first time, and returns what it has to say of the
// struct.
func use[T any](fields []row.Field, wire ...row.Wire) (panicked string) {
	defer func() {
		if p := recover(); p != nil {
			panicked = p.(string)
		}
	}()
	c := row.CodecOf[T](&row.Message{FullName: "M", Fields: fields, Wire: wire})
	_ = c.Decode(new(T), nil)
	return ""
}

// TestCodecRefuses: a struct that is not what its description says is never read
// or written.
func TestCodecRefuses(t *testing.T) {
	field := func(f row.Field) []row.Field {
		f.Name, f.Number = "x", 1
		return []row.Field{f}
	}
	number, text, nested := field(row.Field{Kind: row.Uint}), field(row.Field{Kind: row.String}), field(row.Field{Kind: row.Nested})
	list, table := field(row.Field{Kind: row.Nested, List: true}), field(row.Field{Kind: row.Uint, Key: row.String})
	for what, test := range map[string]struct{ got, want string }{
		"nothing wrong": {use[struct {
			X       uint64
			has     [1]uint64
			unknown int
		}](number), ""},
		"a field of another type": {use[struct {
			X       uint64
			has     [1]uint64
			unknown int
		}](text), "does not hold"},
		"a smaller field": {use[struct {
			X       uint16
			has     [1]uint64
			unknown int
		}](number), "does not hold"},
		"no field": {use[struct{ unknown int }](number), "does not hold"},
		"no count": {use[struct{ X uint64 }](number), "no count"},
		"no bits": {use[struct {
			X       uint64
			unknown int
		}](number), "0 words"},
		"other bits": {use[struct {
			X       uint64
			has     [1]int32
			unknown int
		}](number), "presence bits"},
		"too many bits": {use[struct {
			X       uint64
			has     [2]uint64
			unknown int
		}](number), "2 words"},
		"a message that is none": {use[struct {
			X       *int
			unknown int
		}](nested), "no message"},
		"a message, not a pointer": {use[struct {
			X       task
			unknown int
		}](nested), "no message"},
		"a message without spare": {use[struct {
			X       *task
			unknown int
		}](nested), "keeps no messages"},
		"another spare": {use[struct {
			X       *task
			unknown int
			spare   struct{ X *int }
		}](nested), "keeps no messages"},
		"no list": {use[struct {
			X       task
			unknown int
		}](list), "no slice"},
		"a list of other things": {use[struct {
			X       []*task
			unknown int
		}](list), "no slice of messages"},
		"a map without its type": {use[struct {
			X       map[string]uint64
			unknown int
		}](table), "not the map"},
		"a map of another type": {use[struct {
			X       map[string]uint64
			unknown int
		}](table, row.Wire{Entries: row.EntriesOf[string, uint32]{}}), "not the map"},
		"a map with other values": {use[struct {
			X       map[string]string
			unknown int
		}](table, row.Wire{Entries: row.EntriesOf[string, string]{}}), "does not hold"},
	} {
		if test.want == "" && test.got != "" || !strings.Contains(test.got, test.want) {
			t.Errorf("%s: %q, want %q", what, test.got, test.want)
		}
	}
}
