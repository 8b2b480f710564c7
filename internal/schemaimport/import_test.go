package schemaimport

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	volrenderv1 "github.com/volint/volint/gen/go/volint/volrender/v1"
	"github.com/volint/volint/runtime/session"
)

// table is a plugin's table; columns are "title:type", with "?KIND" for each kind of
// absence, "@ADDRESS" for an address, and "~" before one that is there sometimes.
func table(plugin string, columns ...string) session.PluginTable {
	t := session.PluginTable{Plugin: plugin, Doc: "Lists " + plugin}
	for _, c := range columns {
		c, address, _ := strings.Cut(c, "@")
		parts := strings.Split(c, "?")
		title, typ, _ := strings.Cut(parts[0], ":")
		title, sometimes := strings.CutPrefix(title, "~")
		t.Columns = append(t.Columns, session.Column{Title: title, Type: typ, Absent: parts[1:], Address: address, Sometimes: sometimes})
	}
	return t
}

func release(version session.Version, release string, tables ...session.PluginTable) Installed {
	return Installed{Version: version, Release: release, Tables: tables}
}

// show is what Model made, in lines.
func show(files []*File, untyped []Untyped) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s\n", f.Path)
		for _, m := range f.Messages {
			fmt.Fprintf(&b, "  %s %s: %s, %s\n", m.Name, m.Command.GetName(), showSource(m.Command.GetVolatility3()), showSource(m.Command.GetVolatility2()))
			for _, field := range m.Fields {
				fmt.Fprintf(&b, "    %s\n", showField(field))
			}
		}
	}
	for _, u := range untyped {
		fmt.Fprintf(&b, "%d's %s %s\n", u.Version, u.Plugin, u.Reason)
	}
	return b.String()
}

func showSource(s *volrenderv1.Source) string {
	if s.GetNone() {
		return "-"
	}
	return strings.Join(append([]string{s.GetPlugin()}, s.GetAliases()...), " alias ")
}

func showField(f *Field) string {
	parts := []string{f.Name, f.Type}
	cell := func(c *volrenderv1.Cell) {
		switch {
		case c.GetNone():
			parts = append(parts, "-")
		case c != nil:
			parts = append(parts, fmt.Sprintf("%q", c.GetColumn()))
			if c.GetSometimes() {
				parts = append(parts, "sometimes")
			}
		}
	}
	cell(f.Option.GetVolatility3())
	cell(f.Option.GetVolatility2())
	if m := f.Option.GetMeaning(); m != 0 {
		parts = append(parts, strings.ToLower(strings.TrimPrefix(m.String(), "MEANING_")))
	}
	for _, flag := range []struct {
		is   bool
		word string
	}{
		{f.Option.GetAbsentValue() != 0, "sentinel"},
		{f.Option.GetKey(), "key"},
		{f.Option.GetTreeDepth(), "depth"},
		{f.Deprecated, "deprecated"},
	} {
		if flag.is {
			parts = append(parts, flag.word)
		}
	}
	if a := f.Option.GetAbsence(); a != "" {
		parts = append(parts, "see "+a)
	}
	return strings.Join(parts, " ")
}

func TestModel(t *testing.T) {
	three := release(3, "2.28.2",
		table("linux.pslist.PsList", "OFFSET (V):Hex", "PID:int", "COMM:str", "UID:int?not-available", "CREATION TIME:datetime", "File output:str"),
		table("linux.malware.malfind.Malfind", "PID:int", "Start:Hex", "Hexdump:HexBytes", "Disasm:Disassembly"),
		table("linux.malfind.Malfind", "PID:int", "Start:Hex", "Hexdump:HexBytes", "Disasm:Disassembly"),
		table("windows.vadyarascan.VadYaraScan", "Offset:Hex", "PID:int", "Rule:str", "Component:str", "Value:LayerData?unreadable?unparsable"),
		table("mine.Mine", "Where:Hex@physical", "Much:int?not-applicable", "Count:float", "Sure:bool", "What:Else", "Flags:Hex"),
	)
	three.Tables[2].Successor = "linux.malware.malfind.Malfind"
	three.Tables[3].Tree = true
	two := release(2, "2.6.1",
		table("linux_pslist", "Offset:Address", "Name:str", "Pid:int", "Uid:str", "DTB:Address", "StartTime:str"),
		table("linux_dmesg"),
		table("limeinfo", "Memory Start:Address", "Size:Address"),
		table("handles", "Offset(V):Address", "Pid:int", "Access:Hex"),
	)
	two.Tables[1].Reason = "writes text only"
	files, untyped, err := Model([]Installed{two, three})
	if err != nil {
		t.Fatal(err)
	}
	want := `volint/volatility2/v1/generic.proto
  Limeinfo limeinfo: -, limeinfo
    memory_start uint64 "Memory Start" address key
    size uint64 "Size" hexadecimal
volint/volatility2/v1/windows.proto
  Handles handles: -, handles
    offset_v uint64 "Offset(V)" canonical_address key
    pid int64 "Pid"
    access uint64 "Access" hexadecimal
volint/volatility3/v1/generic.proto
  Mine mine: mine.Mine, -
    where uint64 "Where" address
    much int64 "Much"
    count double "Count"
    sure bool "Sure"
    what string "What"
    flags uint64 "Flags" hexadecimal
volint/volatility3/v1/linux.proto
  LinuxMalwareMalfind linux.malware.malfind: linux.malware.malfind.Malfind alias linux.malfind.Malfind, -
    pid int64 "PID" key
    start uint64 "Start" canonical_address key
    hexdump bytes "Hexdump"
    disasm volint.volrender.v1.Disassembly "Disasm"
  LinuxPslist linux.pslist: linux.pslist.PsList, linux_pslist
    offset_v uint64 "OFFSET (V)" "Offset" canonical_address key
    pid int64 "PID" "Pid" key
    comm string "COMM" "Name"
    uid int64 "UID" "Uid"
    creation_time google.protobuf.Timestamp "CREATION TIME" "StartTime"
    file_output string "File output" -
    dtb uint64 - "DTB" address sentinel
volint/volatility3/v1/windows.proto
  WindowsVadyarascan windows.vadyarascan: windows.vadyarascan.VadYaraScan, -
    offset uint64 "Offset" canonical_address key
    pid int64 "PID" key
    rule string "Rule" key
    component string "Component" key
    value bytes "Value" see value_absence
    tree_depth uint32 depth
    value_absence volint.volrender.v1.Absence
2's linux_dmesg writes text only
`
	if diff := cmp.Diff(want, show(files, untyped)); diff != "" {
		t.Error(diff)
	}
}
