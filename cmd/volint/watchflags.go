package main

import (
	"strings"

	"github.com/spf13/pflag"
)

// flagsBehind reads those of volint's flags that stand right behind the command's
// name, and returns the arguments without them.
func flagsBehind(f *pflag.FlagSet, args []string) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	words := args[1:]
	n := 0
	for n < len(words) {
		flag := flagOf(f, words[n])
		if flag == nil {
			break
		}
		n++
		if alone := strings.Contains(words[n-1], "=") || flag.NoOptDefVal != "" || isShort(words[n-1]) && len(words[n-1]) > 2; !alone {
			n = min(n+1, len(words))
		}
	}
	return append([]string{args[0]}, words[n:]...), f.Parse(words[:n])
}

// flagOf is the flag that a word names, or nil.
func flagOf(f *pflag.FlagSet, word string) *pflag.Flag {
	switch {
	case strings.HasPrefix(word, "--") && len(word) > 2:
		name, _, _ := strings.Cut(word[2:], "=")
		return f.Lookup(name)
	case isShort(word):
		return f.ShorthandLookup(word[1:2])
	}
	return nil
}

func isShort(word string) bool {
	return len(word) > 1 && word[0] == '-' && word[1] != '-'
}
