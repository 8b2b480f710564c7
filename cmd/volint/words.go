package main

import "strings"

// splitWords splits a line as a shell does: at spaces that stand in no quotes and
// behind no backslash. Nothing is replaced: there are no variables and no
// patterns.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	begun, quote := false, rune(0)
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			begun, escaped = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			begun, quote = true, r
		case r == ' ' || r == '\t':
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		default:
			begun = true
			word.WriteRune(r)
		}
	}
	if quote != 0 || escaped {
		return nil, misuse(`close the quote, or put a backslash before it: \'`, "the line ends inside a quote")
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}
