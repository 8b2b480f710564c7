package schemaimport

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// checkModel compares what Model makes of installed, in lines.
func checkModel(t *testing.T, want string, installed ...Installed) []*File {
	t.Helper()
	files, untyped, err := Model(installed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, show(files, untyped)); diff != "" {
		t.Error(diff)
	}
	return files
}

// Columns are those of all releases, a type is that of the newest, and what only an older
// one has is deprecated.
func TestReleases(t *testing.T) {
	files := checkModel(t, `volint/volatility3/v1/generic.proto
  Gone gone: gone.Gone, -
    count int64 "Count"
  Mine mine: mine.Mine, -
    where uint64 "Where" canonical_address
    size int64 "Size"
    more string "More"
    now uint64 "Now" sometimes hexadecimal
    old string "Old" sometimes deprecated
3's never.Never has no columns
`,
		release(3, "2.9.0", table("mine.Mine", "Old:str", "Size:str", "WHERE:Hex"), table("never.Never"), table("gone.Gone", "Count:int")),
		release(3, "2.28.2", table("mine.Mine", "Where:Hex@virtual", "Size:int", "More:str", "~Now:Hex"), table("never.Never")),
	)
	gone, mine := files[0].Messages[0], files[0].Messages[1]
	if want := "Lists gone.Gone.\n\nThe table of Volatility 3's gone.Gone (up to 2.9.0)."; gone.Doc != want {
		t.Errorf("the comment is %q, want %q", gone.Doc, want)
	}
	if want := "The column \"Old\". There up to release 2.9.0."; mine.Fields[4].Doc != want {
		t.Errorf("the comment is %q, want %q", mine.Fields[4].Doc, want)
	}
}

// A plugin that was called otherwise is the same plugin, whether or not a release knew.
func TestAliases(t *testing.T) {
	renamed := table("a.old.Old", "X:int", "Y:int")
	renamed.Successor = "a.mid.Mid"
	again := table("a.mid.Mid", "X:int", "Y:int")
	again.Successor = "a.new.New"
	lost := table("b.lost.Lost", "Z:int")
	lost.Successor = "b.nowhere.Nowhere"
	ring := table("c.ring.Ring", "R:int")
	ring.Successor = "c.ring.Ring"
	checkModel(t, `volint/volatility3/v1/generic.proto
  ANew a.new: a.new.New alias a.mid.Mid alias a.old.Old, -
    x int64 "X"
    y int64 "Y"
    was int64 "Was" sometimes deprecated
  BLost b.lost: b.lost.Lost, -
    z int64 "Z"
  CRing c.ring: c.ring.Ring, -
    r int64 "R"
`,
		release(3, "2.28.2", renamed, again, table("a.new.New", "X:int", "Y:int"), lost, ring),
		release(3, "2.27.0", table("a.old.Old", "X:str", "Was:int")),
	)
}

// Columns that can't be told apart have one field, and the comment says so.
func TestColumnsThatClash(t *testing.T) {
	files := checkModel(t, `volint/volatility2/v1/windows.proto
  Mine mine: -, mine
    handler uint64 "Handler" address
    handler2 string "Handler 2"
    v string "(V)"
    a_b string "A b"
    tree_depth string "Tree Depth"
    tree_depth2 uint32 depth
`,
		func() Installed {
			i := release(2, "2.6.1", table("mine", "Handler:Address", "handler:str", "…:str", "Handler 2:str", "(V):str", "A b:str", "AB:str", "Tree Depth:str"))
			i.Tables[0].Tree = true
			return i
		}())
	want := "Lists mine.\n\nThe table of Volatility 2's mine.\n\n" +
		"Volatility 2 has a second column \"handler\", which can't be told from the\nfirst.\n\n" +
		"Volatility 2 has a second column \"AB\", which can't be told from the first.\n\n" +
		"Volatility 2 has columns without a letter or digit in their titles, which\nhave no field."
	if got := files[0].Messages[0].Doc; got != want {
		t.Errorf("the comment is\n%s\nwant\n%s", got, want)
	}
}

func TestNewer(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"2.28.2", "2.27.0", true}, {"2.9", "2.28.2", false}, {"2.10", "2.9.9", true},
		{"2.6.1", "2.6.1", false}, {"2.6.1", "2.6", true}, {"2.6", "2.6.1", false},
		{"2.28.2", "2.28.dev", false}, {"", "1", false},
	} {
		if got := newer(test.a, test.b); got != test.want {
			t.Errorf("newer(%q, %q) is %t", test.a, test.b, got)
		}
	}
}

func TestModelRefuses(t *testing.T) {
	if _, _, err := Model(nil); err == nil {
		t.Error("no Volatility is taken")
	}
	if _, _, err := Model([]Installed{{Version: 4}}); err == nil {
		t.Error("Volatility 4 is taken")
	}
}

// What a plugin says of itself goes into comments and may be anything.
func TestHostileText(t *testing.T) {
	mine := table("mine.Mine", "A\nb */ //\x1b[31m:int")
	mine.Doc = "\n\n  Does\tthis\nand\r that\u2028\x00 \n \n\n and more"
	mine.Options = []session.Option{{Name: "pid", Kind: "list", Element: "int", Doc: "two\nlines", Optional: true}, {Name: "must", Kind: "odd"}}
	files, _, err := Model([]Installed{release(3, "1", mine)})
	if err != nil {
		t.Fatal(err)
	}
	m := files[0].Messages[0]
	if want := "Does this and that.\n\nThe table of Volatility 3's mine.Mine."; m.Doc != want {
		t.Errorf("the comment is %q, want %q", m.Doc, want)
	}
	if want := `The column "A b */ // [31m".`; m.Fields[0].Doc != want {
		t.Errorf("the field's comment is %q, want %q", m.Fields[0].Doc, want)
	}
	var got []string
	for _, o := range m.Command.Volatility3.Options {
		got = append(got, o.String())
	}
	if len(got) != 2 || !m.Command.Volatility3.Options[0].GetList() || m.Command.Volatility3.Options[0].GetDoc() != "two lines." || !m.Command.Volatility3.Options[1].GetRequired() {
		t.Errorf("the options are %v", got)
	}
}
