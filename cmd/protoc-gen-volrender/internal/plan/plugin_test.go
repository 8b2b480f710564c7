package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plan"
	"github.com/volint/volint/cmd/protoc-gen-volrender/internal/plugintest"
)

const twoForOne = `syntax = "proto2";
import "volint/volrender/v1/options.proto";
message Few {
	option (volint.volrender.v1.command) = {
		volatility2: {plugin: "linux_pslist"}
		volatility3: {plugin: "linux.pslist.PsList"}
	};
	optional uint32 pid = 1;
}
message Whole {
	option (volint.volrender.v1.command) = {
		name: "linux.pslist"
		volatility2: {plugin: "linux_pslist"}
		volatility3: {
			plugin: "linux.pslist.PsList"
			aliases: ["linux.tasks.PsList", "linux.old.tasks.PsList"]
			options: [
				{name: "pid" type: OPTION_TYPE_INT list: true doc: "Of these processes alone"},
				{name: "sort" choices: ["pid", "name"] required: true}
			]
		}
	};
	optional uint32 pid = 1;
}
`

// One message is the plugin's own under Volatility 2, the other under 3; names
// that are alike but for their punctuation are two names.
func TestTwoMessagesForOnePlugin(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{"m.proto": twoForOne})
	var got []string
	for _, m := range p.Files[0].Commands() {
		got = append(got, m.Command)
	}
	if diff := cmp.Diff([]string{"linux_pslist", "linux.pslist"}, got); diff != "" {
		t.Errorf("commands (-want +got):\n%s", diff)
	}
}

func TestAliasesAndOptions(t *testing.T) {
	p := plugintest.Plan(t, map[string]string{"m.proto": twoForOne})
	whole := p.Files[0].Messages[1]
	if diff := cmp.Diff([]string{"linux.tasks.PsList", "linux.old.tasks.PsList"}, whole.Volatility3.Aliases); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
	want := []plan.PluginOption{
		{Name: "pid", Type: plan.IntOption, List: true, Doc: "Of these processes alone"},
		{Name: "sort", Required: true, Choices: []string{"pid", "name"}},
	}
	if diff := cmp.Diff(want, whole.Volatility3.Options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	if s := whole.Volatility2; s.Aliases != nil || s.Options != nil {
		t.Errorf("Volatility 2 has those of 3: %+v", s)
	}
}
