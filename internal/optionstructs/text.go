package optionstructs

import (
	"strings"
	"unicode"
)

// width is how long a comment's line may be.
const width = 88

// wrap makes a paragraph lines of a comment.
func wrap(paragraph string) []string {
	var lines []string
	line := "//"
	for _, word := range strings.Fields(oneLine(paragraph)) {
		if len(line)+1+len(word) > width && line != "//" {
			lines = append(lines, line)
			line = "//"
		}
		line += " " + word
	}
	return append(lines, line)
}

// oneLine is text on one line, without characters that a Go file can't have, or
// that would show a reader something else than the compiler sees.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsGraphic(r) && r != unicode.ReplacementChar:
			return r
		}
		return -1
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

func firstParagraph(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
	return first
}

// ended is a sentence with its end.
func ended(sentence string) string {
	if strings.HasSuffix(sentence, ".") {
		return sentence
	}
	return sentence + "."
}
