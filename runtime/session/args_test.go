package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/runtime/session"
)

// faultsOptions are those of the plugin in testdata/volatility3.
type faultsOptions struct {
	Mode   string   `option:"mode"`
	Rows   *int64   `option:"rows"`
	Pid    []int64  `option:"pid"`
	Text   []string `option:"text"`
	Choice string   `option:"choice"`
	Flag   bool     `option:"flag"`
	note   string
}

func TestArgs(t *testing.T) {
	type all struct {
		Float float64  `option:"float"`
		Small float32  `option:"small"`
		Uint  uint64   `option:"uint"`
		Int8  int8     `option:"int8"`
		Raw   []byte   `option:"raw"`
		Raws  [][]byte `option:"raws"`
		Bool  *bool    `option:"bool"`
		Text  *string  `option:"text"`
		Other int
	}
	type required struct {
		Base int64  `option:"base,required"`
		Name string `option:"name,required"`
	}
	type number int
	type named struct {
		Numbers []number `option:"numbers"`
	}
	zero, no, yes, empty := int64(0), false, true, ""
	tests := []struct {
		options any
		want    []string
	}{
		{options: nil},
		{options: (*faultsOptions)(nil)},
		{options: faultsOptions{note: "not an option"}},
		{options: struct{}{}},
		{options: faultsOptions{Pid: []int64{1, 20}}, want: []string{"--pid=1", "--pid=20"}},
		{options: &faultsOptions{Rows: &zero, Flag: true}, want: []string{"--rows=0", "--flag"}},
		{options: faultsOptions{Text: []string{"", "-x", "a=b", "--pid"}, Pid: []int64{-1}},
			want: []string{"--pid=-1", "--text=", "--text=-x", "--text=a=b", "--text=--pid"}},
		{options: all{Float: 0.5, Small: 0.1, Uint: 1<<64 - 1, Int8: -128, Raw: []byte("raw"), Raws: [][]byte{{'a'}, {}}, Other: 5},
			want: []string{"--float=0.5", "--small=0.1", "--uint=18446744073709551615", "--int8=-128", "--raw=raw", "--raws=a", "--raws="}},
		{options: all{Bool: &no, Text: &empty}, want: []string{"--text="}},
		{options: all{Bool: &yes}, want: []string{"--bool"}},
		{options: required{}, want: []string{"--base=0", "--name="}},
		{options: struct {
			N *int64 `option:"n"`
		}{session.Int(0)}, want: []string{"--n=0"}},
		{options: named{Numbers: []number{7}}, want: []string{"--numbers=7"}},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, session.Args(tt.options)); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", tt.options, diff)
		}
	}
}

// A type that can't be options is the programmer's mistake, and told as such.
func TestArgsRefuses(t *testing.T) {
	type inner struct{ X int }
	tests := []struct {
		options any
		want    string
	}{
		{5, "options are a struct, not int"},
		{[]string{"--pid"}, "options are a struct, not []string"},
		{struct {
			X inner `option:"x"`
		}{}, "X: an option can't be a session_test.inner"},
		{struct {
			X map[string]int `option:"x"`
		}{}, "X: an option can't be a map[string]int"},
		{struct {
			X [][]int `option:"x"`
		}{}, "X: an option can't be a [][]int"},
		{struct {
			X **int `option:"x"`
		}{}, "X: an option can't be a **int"},
		{struct {
			X int `option:"--x"`
		}{}, `X: "--x" is no option's name`},
		{struct {
			X int `option:"x,optional"`
		}{}, `X: "x,optional" is no option's name`},
		{struct {
			X int `option:""`
		}{}, `X: "" is no option's name`},
		{struct {
			X int `option:"x"`
			Y int `option:"x"`
		}{}, "Y: the option x is the field X already"},
		{struct {
			x int `option:"x"`
		}{}, "x: a field that is not exported"},
	}
	for _, tt := range tests {
		said := func() (said string) {
			defer func() { said = fmt.Sprint(recover()) }()
			session.Args(tt.options)
			return ""
		}()
		if !strings.HasPrefix(said, "session.Args: ") || !strings.Contains(said, tt.want) {
			t.Errorf("%T: %q, want %q", tt.options, said, tt.want)
		}
	}
}

// What Args makes reaches the plugin as it was meant.
func TestArgsReachThePlugin(t *testing.T) {
	args := session.Args(faultsOptions{Mode: "options", Pid: []int64{1, 16}, Text: []string{"-x", "--flag", "a b"}, Choice: "b", Flag: true})
	for _, config := range []func(testing.TB) session.Config{faults3, faults3Oldest} {
		stream, _, err := all(t, config(t), session.Request{Message: faultsRow, Args: args})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"pid=[1, 16]", "text=['-x', '--flag', 'a b']", "choice='b'", "file=None", "flag=True"}
		if diff := cmp.Diff(want, names(t, stream)); diff != "" {
			t.Errorf("options (-want +got):\n%s", diff)
		}
	}
	run, err := open(t, faults2(t)).Start(context.Background(), session.Request{Message: faultsRow, Args: session.Args(struct {
		Pid string `option:"pid"`
	}{"1,2"})})
	if err != nil {
		t.Fatal(err)
	}
	if result, err := run.Wait(); err != nil || result.Rows != 3 {
		t.Errorf("Volatility 2: %+v, %v", result, err)
	}
}
