package schemaimport

import (
	"strings"
	"testing"
)

func TestFieldNames(t *testing.T) {
	for title, want := range map[string]string{
		"PID":                  "pid",
		"PPid":                 "ppid",
		"PIDs":                 "pids",
		"OFFSET (V)":           "offset_v",
		"Offset(P)":            "offset_p",
		"StartTime":            "start_time",
		"CREATION TIME":        "creation_time",
		"ImageFileName":        "image_file_name",
		"I/O":                  "io",
		"PASS/FAIL":            "pass_fail",
		"MAJOR:MINOR":          "major_minor",
		"Is Active?":           "is_active",
		"Dest. IP":             "dest_ip",
		"<active_objs>":        "active_objs",
		"Stack Size (bytes)":   "stack_size_bytes",
		"Win32StartAddress":    "win32_start_address",
		"rc4HmacInitialize":    "rc4_hmac_initialize",
		"Full MBR MD5":         "full_mbr_md5",
		"SHA1":                 "sha1",
		"LastModifyTime2":      "last_modify_time2",
		"Param 0":              "param0",
		"PageVAddr":            "page_vaddr",
		"GetCellRoutineModule": "getcellroutine_module",
		"EPROCESS_SeAudit":     "eprocess_se_audit",
		"KPCRs":                "kpcrs",
		"_x_":                  "x",
		"64bit":                "column_64bit",
		"…":                    "column",
		"Größe":                "gr_e",
	} {
		if got := fieldNames(title, false)[0]; got != want {
			t.Errorf("the field for %q is %s, want %s", title, got, want)
		}
	}
}

// Names are lower_snake_case as buf's linter wants it, whatever the title: it has no two
// underscores, none at an end, and none before a digit.
func TestFieldNamesOfAnything(t *testing.T) {
	for _, title := range []string{"a__b", "A-1", "1", "1 2", "x\x00y", "Ünïcode Tïtle", "ABCDef", "aBC", "A1B2", "V2 ", "s", "ABs", "%s", "日本", "A.B.C", "X/Y/Z"} {
		name := fieldNames(title, false)[0]
		for i, c := range []byte(name) {
			ok := c >= 'a' && c <= 'z' || c >= '0' && c <= '9' && i > 0 && name[i-1] != '_' ||
				c == '_' && i > 0 && name[i-1] != '_' && i < len(name)-1
			if !ok && !strings.HasPrefix(name, "column_") {
				t.Errorf("the field for %q is %s", title, name)
			}
		}
		if name == "" {
			t.Errorf("%q has no name", title)
		}
	}
}

func TestNames(t *testing.T) {
	for _, test := range []struct {
		plugins []string // dots: Volatility 3
		want    string
	}{
		{[]string{"linux.pslist.PsList"}, "LinuxPslist linux.pslist"},
		{[]string{"windows.registry.hivelist.HiveList"}, "WindowsRegistryHivelist windows.registry.hivelist"},
		{[]string{"linux.malware.check_afinfo.Check_afinfo"}, "LinuxMalwareCheckAfinfo linux.malware.check_afinfo"},
		{[]string{"linux.ip.Addr", "linux.ip.Link"}, "LinuxIpAddr linux.ip.Addr, LinuxIpLink linux.ip.Link"},
		{[]string{"linux.ip.Addr"}, "LinuxIpAddr linux.ip"},
		{[]string{"mac.proc_maps.Maps"}, "MacProcMaps mac.proc_maps"},
		{[]string{"linux.tracing.ftrace.CheckFtrace"}, "LinuxTracingFtrace linux.tracing.ftrace"},
		{[]string{"linux_slabinfo"}, "LinuxSlabinfo linux_slabinfo"},
		{[]string{"apihooks"}, "Apihooks apihooks"},
		{[]string{"mine.Mine"}, "Mine mine"},
		{[]string{"Mine"}, "Mine Mine"},
		{[]string{"a.b_c.D", "a.b.CD"}, "ABCd a.b, ABCD2 a.b_c"},
		// The first to be called yarascan is the one that has no other name.
		{[]string{"yarascan.YaraScan", "yarascan"}, "Yarascan yarascan, Yarascan yarascan.YaraScan"},
		{[]string{"7zip.Zip"}, "Plugin7zip 7zip"},
		{[]string{"__"}, "Plugin __"},
	} {
		var subjects []*subject
		for _, name := range test.plugins {
			p := &plugin{name: name}
			if strings.Contains(name, ".") || name == "Mine" {
				subjects = append(subjects, &subject{three: p})
			} else {
				subjects = append(subjects, &subject{two: p})
			}
		}
		name(subjects)
		var got []string
		for _, s := range subjects {
			got = append(got, s.message+" "+s.command)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%v are %s, want %s", test.plugins, strings.Join(got, ", "), test.want)
		}
	}
}
