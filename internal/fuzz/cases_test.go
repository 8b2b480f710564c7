package fuzz

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/volint/volint/internal/fuzz/schema"
	"github.com/volint/volint/internal/testenv"
)

// A case is an archive below testdata/cases: why it is there, .proto files, and
// messages that were once read wrongly, by anybody. All tests try them first.

// readCases reads them all: their schemas, and the messages by the type's name.
func readCases() (all []schema.Schema, messages map[string][][]byte, err error) {
	paths, err := filepath.Glob(filepath.Join(testenv.Root(), "internal", "fuzz", "testdata", "cases", "*.txtar"))
	if err != nil || len(paths) == 0 {
		return nil, nil, fmt.Errorf("no cases: %w", err)
	}
	messages = map[string][][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		s := schema.Schema{Files: map[string]string{}}
		for _, f := range txtar.Parse(content).Files {
			if f.Name != "messages" {
				s.Files[f.Name] = string(f.Data)
			} else if s.Roots, err = readMessages(string(f.Data), messages); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		all = append(all, s)
	}
	return all, messages, nil
}

// readMessages reads lines of a type's name and the bytes of a message, and
// returns the types.
func readMessages(text string, messages map[string][][]byte) (roots []string, err error) {
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		message, err := hex.DecodeString(strings.Join(fields[1:], ""))
		if err != nil {
			return nil, err
		}
		if messages[fields[0]] == nil {
			roots = append(roots, fields[0])
		}
		messages[fields[0]] = append(messages[fields[0]], message)
	}
	return roots, nil
}
