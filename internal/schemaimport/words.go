package schemaimport

import "strings"

func isWordRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// oneWord are what capitals would take apart, though people read it as one word.
var oneWord = []string{
	"PPid", "PPids", "VAddr", "PAddr", "EProcess", "SubSystem", "IOMem", "GetCellRoutine", "DTraced", "EFlags",
}

// words takes a title or a name apart: "ImageFileName" into image, file, name; "OFFSET
// (V)" into offset, v; "PIDs" into pids. Digits belong to the word before them.
func words(title string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(joined(title), func(r rune) bool { return !isWordRune(r) }) {
		for _, word := range humps(part) {
			if len(out) > 0 && word[0] >= '0' && word[0] <= '9' {
				out[len(out)-1] += strings.ToLower(word)
			} else {
				out = append(out, strings.ToLower(word))
			}
		}
	}
	return out
}

// joined is a title without the slash in "I/O".
func joined(title string) string {
	letter := func(i int) bool { return i >= 0 && i < len(title) && isWordRune(rune(title[i])) }
	var b strings.Builder
	for i := 0; i < len(title); i++ {
		if title[i] == '/' && letter(i-1) && letter(i+1) && !letter(i-2) && !letter(i+2) {
			continue
		}
		b.WriteByte(title[i])
	}
	return b.String()
}

// humps takes letters and digits apart where a capital begins a word.
func humps(s string) []string {
	var out []string
	for s != "" {
		n := hump(s)
		out = append(out, s[:n])
		s = s[n:]
	}
	return out
}

// hump is the length of the first word in letters and digits.
func hump(s string) int {
	for _, word := range oneWord {
		if strings.HasPrefix(s, word) && !(len(s) > len(word) && lower(s[len(word)])) {
			return len(word)
		}
	}
	capitals := 0
	for capitals < len(s) && !lower(s[capitals]) {
		capitals++
	}
	if capitals > 1 && capitals < len(s) && !digit(s[capitals-1]) {
		if s[capitals] == 's' && (capitals+1 == len(s) || !lower(s[capitals+1])) {
			return capitals + 1 // an abbreviation's plural
		}
		return capitals - 1 // the last capital begins the next word
	}
	n := capitals
	for n < len(s) && (lower(s[n]) || digit(s[n])) {
		n++
	}
	return n
}

func lower(c byte) bool { return c >= 'a' && c <= 'z' }
func digit(c byte) bool { return c >= '0' && c <= '9' }

// camel is words as the name of a type: LinuxPslist.
func camel(words []string) string {
	var b strings.Builder
	for _, word := range words {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}
