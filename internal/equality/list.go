package equality

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// extra are commands with options: of plugins that need some, and of some that go
// another way with them.
var extra = map[session.Version][]string{
	session.Volatility3: {
		"linux.pslist.PsList --pid 1 2", "linux.pslist.PsList --threads --decorate-comm",
		"linux.elfs.Elfs --pid 1 --dump", "linux.proc.Maps --pid 1 --dump",
		"linux.mountinfo.MountInfo --mount-format", "linux.psaux.PsAux --pid 1",
		"linux.pagecache.Files --type DIR", "linux.pagecache.InodePages --find /init --dump",
		"linux.vmaregexscan.VmaRegExScan --pid 1 --pattern E.F", "regexscan.RegExScan --pattern swapper/0",
		"yarascan.YaraScan --yara-string swapper/0", "linux.vmayarascan.VmaYaraScan --pid 1 --yara-string ELF",
	},
	session.Volatility2: {"linux_pslist -p 1", "linux_lsof -p 1"},
}

// needing are plugins that run with options only.
var needing = []string{
	"linux.vmaregexscan.VmaRegExScan", "regexscan.RegExScan", "linux.module_extract.ModuleExtract",
	"yarascan.YaraScan", "linux.vmayarascan.VmaYaraScan",
}

// Endless are plugins that are not run, with the reason.
var Endless = map[string]string{
	"linux_kernel_opened_files": "`vol.py` itself comes to no end, and takes all memory there is",
	"linux_volshell":            "it is a dialogue",
}

var (
	// listed3 is a plugin in the help of Volatility 3, and listed2 in that of 2, which
	// has them below a headline.
	listed3 = regexp.MustCompile(`(?m)^    ([a-z]\w*(?:\.\w+)+)`)
	listed2 = regexp.MustCompile(`(?m)^\t\t(\w+) *\t`)
)

// Commands are all commands for Linux and for any system, sorted, as Volatility's
// own help lists them.
func (v *Volatility) Commands(ctx context.Context) ([]Command, error) {
	plugins, err := v.Plugged(ctx)
	if err != nil {
		return nil, err
	}
	lines := slices.Clone(extra[v.Version])
	for _, plugin := range plugins {
		if IsFor("linux", plugin) && !slices.Contains(needing, plugin) {
			lines = append(lines, plugin)
		}
	}
	slices.Sort(lines)
	var commands []Command
	for _, line := range lines {
		commands = append(commands, ParseCommand(line))
	}
	return commands, nil
}

// Plugged are the plugins that Volatility's own help lists, but the Endless ones.
func (v *Volatility) Plugged(ctx context.Context) ([]string, error) {
	pattern := listed3
	if v.Version == session.Volatility2 {
		pattern = listed2
	}
	out, err := exec.CommandContext(ctx, v.Python, append(v.start(), "-h")...).Output()
	if err != nil {
		return nil, fmt.Errorf("%s -h: %w", v.Program, err)
	}
	var plugins []string
	for _, match := range pattern.FindAllSubmatch(out, -1) {
		if name := string(match[1]); Endless[name] == "" {
			plugins = append(plugins, name)
		}
	}
	if len(plugins) == 0 {
		return nil, fmt.Errorf("%s -h lists no plugins", v.Program)
	}
	return plugins, nil
}

// Systems are the systems that Volatility 3 has plugins for.
var Systems = []string{"linux", "mac", "windows"}

// IsFor reports whether a plugin is for a system, or for any. Volatility 2 lists those
// of a profile's system alone.
func IsFor(system, plugin string) bool {
	first, _, ok := strings.Cut(plugin, ".")
	return !ok || first == system || !slices.Contains(Systems, first)
}
