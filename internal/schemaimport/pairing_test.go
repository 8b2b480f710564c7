package schemaimport

import "testing"

func TestPairing(t *testing.T) {
	for _, test := range []struct {
		name       string
		two, three string
		want       bool
	}{
		{"the same name", "linux_bash", "linux.bash.Bash", true},
		{"below malware", "linux_check_idt", "linux.malware.check_idt.Check_idt", true},
		{"without a family", "dlllist", "windows.dlllist.DllList", true},
		{"by its class", "vadinfo", "windows.vads.VadInfo", true},
		{"another family", "mac_bash", "linux.bash.Bash", false},
		{"of no family", "yarascan", "yarascan.YaraScan", true},
		{"another name", "linux_bash_hash", "linux.bash.Bash", false},
		{"Windows' own", "bash", "linux.bash.Bash", false},
	} {
		if got := calledAlike(test.two, test.three); got != test.want {
			t.Errorf("%s: calledAlike(%q, %q) is %t", test.name, test.two, test.three, got)
		}
	}
}

// The columns have to confirm what the names say, and rules come before both.
func TestPairedColumns(t *testing.T) {
	checkModel(t, `volint/volatility2/v1/linux.proto
  LinuxEnvars linux_envars: -, linux_envars
    environment string "Environment"
    process string "Process"
    number int64 "Number"
volint/volatility2/v1/windows.proto
  Netscan netscan: -, netscan
    proto string "Proto"
    local_addr string "LocalAddr"
volint/volatility3/v1/linux.proto
  LinuxElfs linux.elfs: linux.elfs.Elfs, linux_elfs
    pid int64 "PID" "Pid" key
    process string "Process" "Name"
    start uint64 "Start" "Start" canonical_address key
    needed string - "Needed"
  LinuxEnvars linux.envars: linux.envars.Envars, -
    pid int64 "PID" key
    comm string "COMM"
    key string "KEY" key
    value string "VALUE"
  LinuxLsof linux.lsof: linux.lsof.Lsof, linux_lsof
    offset uint64 "Offset" - canonical_address
    pid int64 "PID" "Pid" key
    offset_volatility2 uint64 - "Offset" canonical_address
  LinuxPsscan linux.psscan: linux.psscan.PsScan, linux_psscan
    offset_p uint64 "OFFSET (P)" "Offset" address key
    offset_v uint64 "OFFSET (V)" - canonical_address
volint/volatility3/v1/windows.proto
  WindowsNetscan windows.netscan: windows.netscan.NetScan, -
    proto string "Proto"
    local_addr string "LocalAddr"
`,
		release(3, "2.28.2",
			table("linux.elfs.Elfs", "PID:int", "Process:str", "Start:Hex"),
			table("linux.envars.Envars", "PID:int", "COMM:str", "KEY:str", "VALUE:str"),
			table("linux.lsof.Lsof", "Offset:Hex", "PID:int"),
			table("linux.psscan.PsScan", "OFFSET (P):Hex", "OFFSET (V):Hex"),
			table("windows.netscan.NetScan", "Proto:str", "LocalAddr:str"),
		),
		release(2, "2.6.1",
			table("linux_elfs", "Pid:int", "Name:str", "Start:Address", "Needed:str"),
			table("linux_envars", "Environment:str", "Process:str", "Number:int"),
			table("linux_lsof", "Offset:Address", "Pid:int"),
			table("linux_psscan", "Offset:Address"),
			table("netscan", "Proto:str", "LocalAddr:str"),
		),
	)
}

// A value of Volatility 2 has to fit the field that Volatility 3's column has.
func TestCompatible(t *testing.T) {
	for _, test := range []struct {
		two, three string
		want       bool
	}{
		{"int", "int", true}, {"str", "int", true}, {"Bytes", "int", false},
		{"Address", "Hex", true}, {"str", "bool", true}, {"int", "bool", true},
		{"str", "datetime", true}, {"int", "datetime", false},
		{"Bytes", "LayerData", true}, {"int", "bytes", false},
		{"Bytes", "str", false}, {"int", "str", true}, {"str", "Disassembly", false},
	} {
		two, three := &column{}, &column{}
		two.Type, three.Type = test.two, test.three
		if got := compatible(two, three); got != test.want {
			t.Errorf("%s in the field for %s: %t", test.two, test.three, got)
		}
	}
}

// Plugins that write text only and are in the data have expressions.
func TestWritten(t *testing.T) {
	checkModel(t, `volint/volatility2/v1/linux.proto
  LinuxArp linux_arp: -, linux_arp
    ip string "" key
    mac string "" key
    interface string "" key
volint/volatility3/v1/linux.proto
  LinuxLsmod linux.lsmod: linux.lsmod.Lsmod, linux_lsmod
    offset uint64 "Offset" "" canonical_address key
    module_name string "Module Name" ""
    taints string "Taints" -
    code_size int64 - ""
    params string - ""
    tree_depth uint32 - depth
`,
		func() Installed {
			i := release(3, "2.28.2", table("linux.lsmod.Lsmod", "Offset:Hex", "Module Name:str", "Taints:str"))
			i.Tables[0].Tree = true
			return i
		}(),
		release(2, "2.6.1", table("linux_lsmod"), table("linux_arp")),
	)
}
