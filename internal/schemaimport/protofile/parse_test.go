package protofile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/volint/volint/internal/schemaimport"
	"github.com/volint/volint/internal/schemaimport/protofile"
)

func TestParseMistakes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"message {", "x.proto:1:9: "},
		{"syntax = \"proto4\";", "x.proto:1:10: "},
		{"edition = \"2024\";", "x.proto:1:11: "},
		{"syntax = \"proto3\";\n\nmessage A {\n  string a = 1;\n  string b = 1;\n}", "x.proto:5:14: "},
		{"message A { option (volint.volrender.v1.command) = {volatility3: {rows: 1}}; }", "x.proto:1:13: the option (volint.volrender.v1.command) can't be read"},
		{"message A { optional string a = 1 [(volint.volrender.v1.field).meaning = NOSUCH]; }", "x.proto:1:36: the option (volint.volrender.v1.field).meaning can't be read"},
		{"message A { string a = 1", "x.proto:1:25: "},
		{"\x00\xff", "x.proto:1:1: "},
	} {
		_, err := protofile.Parse("x.proto", []byte(c.text))
		var mistake *protofile.Mistake
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), c.want) || mistake.Hint == "" {
			t.Errorf("%s: %v", c.text, err)
		}
	}
}

// TestNumbers holds that new fields get numbers that nothing else has.
func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		body  string
		given []int
		want  int
	}{
		{"", nil, 1},
		{"string a = 1; string b = 5;", nil, 6},
		{"string a = 1; reserved 9, 20 to 30;", nil, 31},
		{"string a = 1; reserved 2 to max;", nil, 0},
		{"string a = 2; reserved 3 to max;", nil, 1},
		{"string a = 18999;", nil, 20000},
		{"string a = 19;", []int{20, 21}, 22},
		{"oneof o { string a = 3; } map<string, string> m = 7; repeated string r = 6;", nil, 8},
		{"string a = 536870911;", nil, 1},
		{"string a = 1; string b = 536870911; string c = 536870910;", nil, 2},
	} {
		f, err := protofile.Parse("x.proto", []byte("syntax = \"proto3\";\nmessage A { "+c.body+" }"))
		if err != nil {
			t.Fatal(err)
		}
		got := f.Messages[0].NextNumber(c.given)
		if c.want == 2 || c.body == "string a = 536870911;" { // the lowest that is free
			if got < 1 || got > 536870909 {
				t.Errorf("%s: %d", c.body, got)
			}
			continue
		}
		if got != c.want {
			t.Errorf("%s: %d, not %d", c.body, got, c.want)
		}
	}
}

// TestPrintHostileWords prints what a plugin may say of itself: it stays a comment, and
// a title stays a title.
func TestPrintHostileWords(t *testing.T) {
	title := "a\"b\\c\n\x01\xffd*/"
	w := &schemaimport.File{Path: "x.proto", Package: "x.v1", Doc: "One.\r\n\n*/ message X {}\u2028y\x00\xff  ", GoPackage: "a\"b"}
	m := one(t, "x.proto", "x.v1", "a.A").Messages[0]
	m.Doc = "// twice\nmessage Y {}\rz"
	m.Fields[0].Option.Volatility3.Column = &title
	w.Messages = append(w.Messages, m)
	text, err := protofile.Print(w)
	if err != nil {
		t.Fatal(err)
	}
	f, err := protofile.Parse("x.proto", text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if len(f.Messages) != 1 || len(f.Messages[0].Fields) != 1 {
		t.Errorf("what was said became code:\n%s", text)
	}
	if got := f.Messages[0].Fields[0].Option.GetVolatility3().GetColumn(); got != title {
		t.Errorf("the title became %q, not %q", got, title)
	}
}
