package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// next is the word that starts another command.
const next = "+"

// task is one of the commands of a command line.
type task struct {
	// label is what it is called: the command's name, and a number where it is not
	// the first of that name.
	label   string
	command row.Command
	args    []string
	written
}

// title is how people know it.
func (t *task) title() string { return strings.Join(append([]string{t.label}, t.args...), " ") }

// parseTasks reads the part of a command line that says what is to run. Names side
// by side are commands; the first option and all that follows it belong to the last
// of them, up to a lone "+".
func parseTasks(words []string) ([]task, error) {
	var tasks []task
	labels := labels{}
	for _, group := range groups(words) {
		names := len(group)
		if i := slices.IndexFunc(group, isOption); i >= 0 {
			names = i
		}
		if names == 0 {
			return nil, noName(group)
		}
		for i, name := range group[:names] {
			command, err := findCommand(name)
			if err != nil {
				return nil, err
			}
			t := task{label: labels.of(command), command: command, args: []string{}}
			if i == names-1 {
				t.args = ownOptions(group[names:])
			}
			tasks = append(tasks, t)
		}
	}
	return tasks, nil
}

// labels counts the commands of each name.
type labels map[string]int

func (l labels) of(c row.Command) string {
	if l[c.Name]++; l[c.Name] > 1 {
		return fmt.Sprintf("%s-%d", c.Name, l[c.Name])
	}
	return c.Name
}

// groups are the words between the "+"s.
func groups(words []string) [][]string {
	all := [][]string{nil}
	for _, word := range words {
		if word == next {
			all = append(all, nil)
			continue
		}
		all[len(all)-1] = append(all[len(all)-1], word)
	}
	return all
}

func isOption(word string) bool { return strings.HasPrefix(word, "-") }

func noName(group []string) error {
	const hint = "a command's name comes first: linux_pslist --pid 1 + linux_pslist --pid 20"
	if len(group) == 0 {
		return misuse(hint, "there is no command beside a +")
	}
	return misuse(hint, "there is no command before %s", group[0])
}

// ownOptions are the command's own options: what follows its name, without a "--"
// that sets them apart.
func ownOptions(words []string) []string {
	if len(words) > 0 && words[0] == "--" {
		words = words[1:]
	}
	return append([]string{}, words...)
}

// ownFlags are flags of volint's that are easily put after the command.
var ownFlags = []string{
	"-o", "--output", "--format", "--strict", "--verbose", "--pause", "--max-hold", "--timeout", "--files", "--all", "-j", "--jobs",
	"--memory-limit", "--cache", "--volatility", "--python", "--profile", "--plugins", "--symbols", "--every", "--count",
}

// misplaced adds to an error about the plugin's options that one of them is
// volint's own.
func misplaced(err error, args []string) error {
	var bad *session.Error
	if !errors.As(err, &bad) || bad.Code != "bad-option" {
		return err
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if slices.Contains(ownFlags, name) {
			return fail("put "+name+" before the command: what follows the command are its own options", "%s", bad.Message)
		}
	}
	return err
}
