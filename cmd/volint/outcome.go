package main

import (
	"fmt"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// tell says what a result lacks, and which files there are.
func tell(r *session.Result, v voice) {
	for _, f := range r.Files {
		v.say("note", "wrote the file %s: %s, sha256 %s%s", f.Name, quantity(f.Size, "byte"), f.SHA256, namedBy(f))
	}
	for _, w := range r.Warnings {
		v.say("warning", "%s", w)
	}
	for _, l := range r.Lost {
		v.say("warning", "%d values of %s could not be written: %s", l.Count, l.Field, l.Reason)
	}
	if !r.Complete() {
		v.say("warning", "the result is incomplete")
	}
}

// namedBy tells which row names a file.
func namedBy(f session.File) string {
	if f.Row < 0 {
		return ""
	}
	return fmt.Sprintf(", named by row %d", f.Row)
}

// lacks is what a result lacks, in a few words; "" for nothing.
func lacks(r *session.Result) string {
	var parts []string
	if len(r.Missing) > 0 {
		parts = append(parts, "no column for "+strings.Join(r.Missing, ", "))
	}
	for _, l := range r.Lost {
		parts = append(parts, fmt.Sprintf("%d values of %s", l.Count, l.Field))
	}
	return strings.Join(parts, "; ")
}
