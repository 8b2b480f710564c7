package plan

import (
	"slices"
	"strings"
)

// checkCommands compares the commands of the request with one another.
func (b *builder) checkCommands() {
	names := map[string]*Message{}
	claims := [2]claims{}
	for _, f := range b.files {
		for i, m := range f.Messages {
			if m.Command == "" {
				continue
			}
			// Messages that nobody called a command may well have one name: they are
			// of two packages, and whoever asks for the name is told of both.
			if other := names[m.Command]; other != nil && (b.named[m] || b.named[other]) {
				b.errorf(optionPos(f.descs[i].Desc, 1), `give one of them another name: option (volint.volrender.v1.command).name = "..."`,
					"messages %q (%s) and %q have one command name, %q", other.Name, other.Pos, m.Name, m.Command)
			}
			names[m.Command] = m
			for v, s := range []*Source{m.Volatility2, m.Volatility3} {
				for j, plugin := range s.plugins() {
					pos := optionPos(f.descs[i].Desc, versions[v].source, 1)
					if j > 0 {
						pos = optionPos(f.descs[i].Desc, versions[v].source, 6, int32(j-1))
					}
					claims[v].add(plugin, claim{m, pos})
				}
			}
		}
	}
	for v := range versions {
		for _, plugin := range claims[v].plugins {
			b.checkRivals(versions[v], plugin, claims[v].of[plugin])
		}
	}
}

// claim is a message that takes its rows from a plugin, and where it says so.
type claim struct {
	*Message
	pos Pos
}

// claims are those of one version, in the order of the request.
type claims struct {
	plugins []string
	of      map[string][]claim
}

func (c *claims) add(plugin string, by claim) {
	if c.of == nil {
		c.of = map[string][]claim{}
	}
	before := c.of[plugin]
	if before == nil {
		c.plugins = append(c.plugins, plugin)
	}
	if n := len(before); n > 0 && before[n-1].Message == by.Message {
		return // who gives one name twice is told so elsewhere
	}
	c.of[plugin] = append(before, by)
}

// plugins are the exact names that a source has of its plugin; none where it is
// looked up by the message's name, or is not there.
func (s *Source) plugins() []string {
	if s == nil || s.Plugin == "" {
		return nil
	}
	return append([]string{s.Plugin}, s.Aliases...)
}

// checkRivals refuses several messages for one plugin of which none, or more than
// one, is the plugin's own: who names the plugin alone could not be served.
func (b *builder) checkRivals(v version, plugin string, claims []claim) {
	own := 0
	for _, c := range claims {
		if isOwn(c.Command, plugin) {
			own++
		}
	}
	if len(claims) == 1 || own == 1 {
		return
	}
	first, last := claims[0], claims[len(claims)-1]
	hint := `give one of them the plugin's name: option (volint.volrender.v1.command).name = "` + ownName(plugin) + `"; or join the two messages`
	if own > 1 {
		owners := slices.DeleteFunc(slices.Clone(claims), func(c claim) bool { return !isOwn(c.Command, plugin) })
		first, last = owners[0], owners[1]
		hint = "give one of them a command name that is not the plugin's, or join the two messages"
	}
	b.errorf(last.pos, hint, "messages %q (%s) and %q are both for plugin %q of %s", first.Name, first.Pos, last.Name, plugin, v.title)
}

// isOwn reports whether a command has its plugin's name, for Volatility 3 with its
// class or without: then it is the plugin's own.
func isOwn(command, plugin string) bool { return command == plugin || command == ownName(plugin) }

// ownName is a plugin's name as people type it: less its class.
func ownName(plugin string) string {
	if at := strings.LastIndexByte(plugin, '.'); at >= 0 {
		return plugin[:at]
	}
	return plugin
}
