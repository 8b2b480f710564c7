package schemaimport

import (
	"sort"
	"strconv"
	"strings"

	"github.com/volint/volint/internal/option"
)

// name gives subjects the names of their messages and commands.
//
// A plugin of Volatility 3 is called by its module (`linux.pslist`, LinuxPslist), and by
// its class, too, where a module has several plugins or the class is called otherwise
// (`linux.ip.Addr`, LinuxIpAddr). One of Volatility 2 keeps its name (`linux_slabinfo`,
// LinuxSlabinfo).
func name(subjects []*subject) {
	sort.SliceStable(subjects, func(i, j int) bool { return subjects[i].plugins()[0] < subjects[j].plugins()[0] })
	inModule := map[string]int{}
	commands := map[string]bool{}
	for _, s := range subjects {
		if s.three != nil {
			module, _ := moduleAndClass(s.three.name)
			inModule[module]++
		} else {
			s.command = s.two.name // which can't be another
			commands[s.command] = true
		}
	}
	messages := map[bool]map[string]bool{false: {}, true: {}} // by package
	for _, s := range subjects {
		var wanted []string
		if s.three != nil {
			module, class := moduleAndClass(s.three.name)
			alone := inModule[module] == 1
			s.command = free(commands, commandNames(s.three.name, module, alone), ".")
			wanted = messageNames(module, class, alone)
		} else {
			wanted = []string{typeName(words(s.two.name))}
		}
		s.message = freeFolded(messages[s.three != nil], wanted)
	}
}

// moduleAndClass takes apart the name of a plugin of Volatility 3.
func moduleAndClass(plugin string) (module, class string) {
	if dot := strings.LastIndexByte(plugin, '.'); dot > 0 {
		return plugin[:dot], plugin[dot+1:]
	}
	return plugin, plugin
}

func commandNames(plugin, module string, alone bool) []string {
	if alone {
		return []string{module, plugin}
	}
	return []string{plugin}
}

// messageNames are the names that a plugin's message can have, the best first.
func messageNames(module, class string, alone bool) []string {
	var long []string
	for _, part := range strings.Split(module, ".") {
		long = append(long, words(part)...)
	}
	short := typeName(long)
	whole := typeName(append(long, words(class)...))
	if alone && alike(module[strings.LastIndexByte(module, '.')+1:], class) {
		return []string{short, whole}
	}
	return []string{whole}
}

// alike tells whether a class adds nothing to the name of its module: `pslist` and
// `PsList`, `ftrace` and `CheckFtrace`, `proc_maps` and `Maps`.
func alike(module, class string) bool {
	m, c := option.Fold(module), option.Fold(class)
	return strings.HasSuffix(m, c) || strings.HasSuffix(c, m) || strings.HasPrefix(c, m)
}

// typeName is words as the name of a message.
func typeName(words []string) string {
	name := camel(words)
	if name == "" || digit(name[0]) {
		name = "Plugin" + name
	}
	return name
}

// free is the first of the names wanted that is free, and takes it. Where none is, the
// last gets a number.
func free(taken map[string]bool, wanted []string, separator string) string {
	for _, name := range wanted {
		if !taken[name] {
			taken[name] = true
			return name
		}
	}
	last := wanted[len(wanted)-1]
	for n := 2; ; n++ {
		if name := last + separator + strconv.Itoa(n); !taken[name] {
			taken[name] = true
			return name
		}
	}
}

// freeFolded is free for names that must differ in more than capitals and underscores:
// several languages and JSON take such for the same.
func freeFolded(taken map[string]bool, wanted []string) string {
	for _, name := range wanted {
		if !taken[option.Fold(name)] {
			taken[option.Fold(name)] = true
			return name
		}
	}
	last := wanted[len(wanted)-1]
	for n := 2; ; n++ {
		if name := last + strconv.Itoa(n); !taken[option.Fold(name)] {
			taken[option.Fold(name)] = true
			return name
		}
	}
}

// fieldNames are the names that a column's field can have, the best first: `offset_v`
// for "OFFSET (V)".
func fieldNames(title string, two bool) []string {
	name := strings.Join(words(title), "_")
	switch {
	case name == "":
		name = "column"
	case digit(name[0]):
		name = "column_" + name
	}
	if two {
		return []string{name, name + "_volatility2"}
	}
	return []string{name}
}
