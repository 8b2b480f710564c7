package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// written is where the files go that a command's plugin writes, and their list.
type written struct {
	// folder is the command's own, made for the first file; "" leaves it to the session.
	folder string
	// list is a file of JSON; "" for none.
	list string
}

// written is where -o DIR has the files of a command: beside its rows, in a folder
// where no guest can choose the name of the rows' file.
func (o *runOptions) written(label string) written {
	if o.output == "" {
		return written{}
	}
	w := written{list: filepath.Join(o.output, label+".files.json")}
	// Volatility 2's commands write as soon as they have a folder, and all of them would.
	version, _ := o.config.WhichVersion()
	if o.config.Files == "" && !(o.all && version == session.Volatility2) {
		w.folder = filepath.Join(o.output, label+".files")
	}
	return w
}

// writeList writes the list of a command's files. One of an earlier run does not stay,
// where there are none.
func (w written) writeList(files []session.File) error {
	if w.list == "" {
		return nil
	}
	if _, err := os.Stat(w.list); err != nil && len(files) == 0 {
		return nil
	}
	out, err := openOutput(w.list, nil)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteByte('[')
	for i, f := range files {
		line, _ := json.Marshal(f) // of text and numbers
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteByte('\n')
		text.Write(line)
	}
	text.WriteString("\n]\n")
	if _, err := io.WriteString(out, text.String()); err != nil {
		out.abandon()
		return cannotWrite(err)
	}
	return out.finish()
}

// isFolder reports whether -o names a folder also for a single command: there is one,
// or its name ends as one's does.
func isFolder(name string) bool {
	if strings.HasSuffix(name, "/") || strings.HasSuffix(name, string(filepath.Separator)) {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
