package row_test

import (
	"errors"
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

func TestFindNone(t *testing.T) {
	for asked, want := range map[string][]string{
		"linux_pslits":       {"linux_pslist"},
		"pslist":             {"linux_pslist", "windows.pslist"},
		"linux.psauxx":       {"LinuxPsauxRow"},
		"mac_tasks":          nil,
		"":                   nil,
		"...":                nil,
		"linux_pslist_extra": {"linux_pslist"},
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
	} {
		if test.err.Error() != test.text || test.err.Hint() != test.hint {
			t.Errorf("%s\n%s", test.err.Error(), test.err.Hint())
		}
	}
}
