package row_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/row"
)

func command(name, message, plugin2, plugin3 string) row.Command {
	return row.Command{
		Name: name, Message: &row.Message{FullName: message},
		Volatility2: row.Plugin{Offered: true, Name: plugin2},
		Volatility3: row.Plugin{Offered: true, Name: plugin3},
	}
}

func registry(commands ...row.Command) *row.Registry {
	r := new(row.Registry)
	r.Register(commands...)
	return r
}

var plugins = registry(
	command("linux_pslist", "volatility_render.linux_pslist_task", "linux_pslist", "linux.pslist.PsList"),
	command("linux_lsof", "volatility_render.linux_lsof_file", "", ""),
	command("LinuxPsauxRow", "volatility_render.LinuxPsauxRow", "", ""),
	command("windows.pslist", "volint.windows.v1.Process", "", "windows.pslist.PsList"),
	command("windows.netscan.a", "volint.windows.v1.A", "", "windows.netscan.NetScan"),
	command("windows.netscan.b", "volint.windows.v1.B", "", "windows.netscan.NetStat"),
)

func TestFind(t *testing.T) {
	for asked, want := range map[string]string{
		"linux_pslist":                        "linux_pslist",
		"linux.pslist":                        "linux_pslist",
		"linux.pslist.PsList":                 "linux_pslist",
		"LinuxPslist":                         "linux_pslist",
		"linux_pslist_task":                   "linux_pslist",
		"volatility_render.linux_pslist_task": "linux_pslist",
		"linux_lsof":                          "linux_lsof",
		"linux.lsof":                          "linux_lsof",
		"linux.lsof.Lsof":                     "linux_lsof",
		"linux_lsof_file":                     "linux_lsof",
		"linux_psaux":                         "LinuxPsauxRow",
		"linux.psaux.PsAux":                   "LinuxPsauxRow",
		"windows.pslist":                      "windows.pslist",
		"windows_pslist":                      "windows.pslist",
		"windows.netscan.NetStat":             "windows.netscan.b",
	} {
		if c, err := plugins.Find(asked); err != nil || c.Name != want {
			t.Errorf("Find(%q) = %q, %v; want %q", asked, c.Name, err, want)
		}
	}
}

// several are commands as the shipped schemas have them: two messages for one plugin,
// plugins that have other names, and versions that spell a name each in its own way.
var several = func() *row.Registry {
	aliased := func(c row.Command, aliases ...string) row.Command {
		c.Volatility3.Aliases = aliases
		return c
	}
	only2 := func(c row.Command) row.Command {
		c.Volatility3 = row.Plugin{}
		return c
	}
	return registry(
		command("linux_pslist", "volatility_render.linux_pslist_task", "linux_pslist", "linux.pslist.PsList"),
		command("linux.pslist", "v3.LinuxPslist", "linux_pslist", "linux.pslist.PsList"),
		aliased(command("windows.malware.malfind", "v3.WindowsMalwareMalfind", "malfind", "windows.malware.malfind.Malfind"), "windows.malfind.Malfind"),
		aliased(command("linux.malware.malfind", "v3.LinuxMalwareMalfind", "", "linux.malware.malfind.Malfind"), "linux.malfind.Malfind"),
		only2(command("linux_malfind", "v2.LinuxMalfind", "linux_malfind", "")),
		command("linux.ip.Addr", "v3.LinuxIpAddr", "linux_ifconfig", "linux.ip.Addr"),
		command("linux.ip.Link", "v3.LinuxIpLink", "", "linux.ip.Link"),
		command("windows.pslist", "v3.WindowsPslist", "pslist", "windows.pslist.PsList"),
	)
}()

func TestFindAmongSeveral(t *testing.T) {
	for asked, want := range map[string]string{
		"linux_pslist":                    "linux_pslist",
		"LINUX_PSLIST":                    "linux_pslist",
		"linux-pslist":                    "linux_pslist",
		"linux_pslist_task":               "linux_pslist",
		"linux.pslist":                    "linux.pslist",
		"Linux.PsList":                    "linux.pslist",
		"linux.pslist.PsList":             "linux.pslist",
		"linux.pslist.pslist":             "linux.pslist",
		"linux_pslist_PsList":             "linux.pslist",
		"LinuxPslist":                     "linux.pslist",
		"linuxpslist":                     "linux.pslist",
		"v3.LinuxPslist":                  "linux.pslist",
		"malfind":                         "windows.malware.malfind",
		"windows.malfind":                 "windows.malware.malfind",
		"windows.malfind.Malfind":         "windows.malware.malfind",
		"windows_malfind":                 "windows.malware.malfind",
		"windows.malware.malfind.Malfind": "windows.malware.malfind",
		"linux.malfind":                   "linux.malware.malfind",
		"linux_malfind":                   "linux_malfind",
		"linux_ifconfig":                  "linux.ip.Addr",
		"linux.ip.link":                   "linux.ip.Link",
		"pslist":                          "windows.pslist",
	} {
		if c, err := several.Find(asked); err != nil || c.Name != want {
			t.Errorf("Find(%q) = %q, %v; want %q", asked, c.Name, err, want)
		}
	}
	for asked, want := range map[string][]string{
		"linux.ip": {"linux.ip.Addr", "linux.ip.Link"},
	} {
		_, err := several.Find(asked)
		if diff := cmp.Diff(error(&row.AmbiguousError{Name: asked, Names: want}), err); diff != "" {
			t.Errorf("Find(%q) (-want +got):\n%s", asked, diff)
		}
	}
	// A message whose plugin is named is not looked up by its first words.
	if _, err := several.Find("linux"); !errors.As(err, new(*row.NotFoundError)) {
		t.Errorf("Find(linux): %v", err)
	}
}

// What is registered after somebody looked is found too.
func TestRegisterLate(t *testing.T) {
	r := registry(command("a", "v1.A", "", ""))
	if _, err := r.Find("b"); err == nil {
		t.Fatal("b was found before it was there")
	}
	r.Register(command("b", "v1.B", "", ""))
	if c, err := r.Find("b"); err != nil || c.Name != "b" {
		t.Errorf("Find(b) = %q, %v", c.Name, err)
	}
	r.Commands()[0].Name = "changed"
	if r.Commands()[0].Name != "a" {
		t.Error("who changes what Commands returned changes the registry")
	}
}

func TestOwns(t *testing.T) {
	for _, test := range []struct {
		name, plugin string
		want         bool
	}{
		{"linux_pslist", "linux_pslist", true},
		{"linux_pslist", "linux.pslist.PsList", false},
		{"linux.pslist", "linux.pslist.PsList", true},
		{"linux.ip.Addr", "linux.ip.Addr", true},
		{"linux.ip", "linux.pslist", false},
		{"", "", false},
	} {
		c := row.Command{Name: test.name}
		if got := c.Owns(test.plugin); got != test.want {
			t.Errorf("%q owns %q: %v", test.name, test.plugin, got)
		}
	}
}

// A shipped volint has some hundred commands, and looks for a few.
func BenchmarkRegistry(b *testing.B) {
	var commands []row.Command
	for i := range 450 {
		name := fmt.Sprintf("plugin%d", i)
		commands = append(commands, command("linux."+name, "volint.volatility3.v1.Linux_"+name, "linux_"+name, "linux."+name+".Plugin"))
	}
	for name, use := range map[string]func(r *row.Registry){
		"register": func(r *row.Registry) {},
		"list":     func(r *row.Registry) { r.Commands() },
		"find":     func(r *row.Registry) { _, _ = r.Find("linux.plugin7") },
		"fold":     func(r *row.Registry) { _, _ = r.Find("Linux-Plugin7") },
		"miss":     func(r *row.Registry) { _, _ = r.Find("linux.pslits") },
	} {
		b.Run("first "+name, func(b *testing.B) {
			for b.Loop() {
				use(registry(commands...))
			}
		})
		r := registry(commands...)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				use(r)
			}
		})
	}
}

func TestFindNone(t *testing.T) {
	for asked, want := range map[string][]string{
		"linux_pslits":       {"linux_pslist"},
		"pslist":             {"linux_pslist", "windows.pslist"},
		"linux.psauxx":       {"LinuxPsauxRow"},
		"mac_tasks":          nil,
		"":                   nil,
		"...":                nil,
		"linux_pslist_extra": {"linux_pslist"},
		"windows.pslits":     {"windows.pslist"},
	} {
		_, err := plugins.Find(asked)
		var e *row.NotFoundError
		if !errors.As(err, &e) || e.Name != asked {
			t.Errorf("Find(%q): error %v", asked, err)
			continue
		}
		if diff := cmp.Diff(want, e.Near); diff != "" {
			t.Errorf("Find(%q): near names (-want +got):\n%s", asked, diff)
		}
	}
}

func TestFindTwo(t *testing.T) {
	_, err := plugins.Find("windows.netscan")
	want := &row.AmbiguousError{Name: "windows.netscan", Names: []string{"windows.netscan.a", "windows.netscan.b"}}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
	same := registry(command("ps", "a.Ps", "", ""), command("ps", "b.Ps", "", ""))
	_, err = same.Find("ps")
	if diff := cmp.Diff(error(&row.AmbiguousError{Name: "ps", Names: []string{"a.Ps", "b.Ps"}}), err); diff != "" {
		t.Error(diff)
	}
	if c, err := same.Find("b.Ps"); err != nil || c.Message.FullName != "b.Ps" {
		t.Errorf("%v, %v", c, err)
	}
}

func TestRegister(t *testing.T) {
	r := registry(command("b", "v1.B", "", ""), command("a", "v1.A", "", ""))
	r.Register(command("other", "v1.B", "", ""), command("a", "v0.A", "", ""))
	var got []string
	for _, c := range r.Commands() {
		got = append(got, c.Name+" "+c.Message.FullName)
	}
	if diff := cmp.Diff([]string{"a v0.A", "a v1.A", "b v1.B"}, got); diff != "" {
		t.Error(diff)
	}
	if c, err := row.Find("linux_pslist"); err != nil || c.New().Message() != c.Message {
		t.Errorf("the package that this test imports is not in the default registry: %v", err)
	}
}

func TestHints(t *testing.T) {
	for _, test := range []struct {
		err interface {
			error
			Hint() string
		}
		text, hint string
	}{
		{&row.NotFoundError{Name: "x"}, `there is no command "x"`, "`volint commands` lists the commands there are"},
		{&row.NotFoundError{Name: "x", Near: []string{"a", "b"}}, `there is no command "x"`, "did you mean a or b?"},
		{&row.AmbiguousError{Name: "x", Names: []string{"a", "b"}}, `2 commands could be "x"`, "say which: a or b"},
		{&row.AmbiguousError{Name: "x", Names: strings.Split("abcdefghij", "")}, `10 commands could be "x"`,
			"say which: a or b or c or d or e or f or g or h, or one of 2 others"},
	} {
		if test.err.Error() != test.text || test.err.Hint() != test.hint {
			t.Errorf("%s\n%s", test.err.Error(), test.err.Hint())
		}
	}
}
