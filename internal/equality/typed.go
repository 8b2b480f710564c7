package equality

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/volint/volint/runtime/row"
	"github.com/volint/volint/runtime/session"
)

// Typed is what a command found as rows of a message.
type Typed struct {
	Message row.Command
	Rows    []row.Row
	// Files and Failed are as in a Table.
	Files  []string
	Failed string
	// Missing are the fields whose column the plugin does not have, and Lost the values
	// that could not be written, with the reason.
	Missing, Lost []string
}

// InMessage runs a command in a session whose files go to a folder, with a message for
// its rows.
func InMessage(ctx context.Context, s session.Runner, files string, c Command, message row.Command) (Typed, error) {
	t := Typed{Message: message}
	files, err := folderBelow(files)
	if err != nil {
		return t, err
	}
	run, err := s.Start(ctx, session.Request{Message: message.Message.FullName, Plugin: c.Plugin, Args: c.Args, Files: files})
	if err != nil {
		return t, err
	}
	defer run.Close()
	for r, err := range row.RowsOf(row.NewReader(run.Frames()), message.New) {
		if err != nil {
			t.Failed = err.Error()
			break
		}
		t.Rows = append(t.Rows, r)
	}
	result, err := run.Wait()
	if err != nil {
		t.Failed = err.Error()
	}
	t.Missing = result.Missing
	for _, l := range result.Lost {
		t.Lost = append(t.Lost, fmt.Sprintf("%s: %s (%d)", l.Field, l.Reason, l.Count))
	}
	if t.Files, err = ofResult(result.Files, files); err != nil {
		return t, fmt.Errorf("%s: %w", c, err)
	}
	return t, ctx.Err()
}

// difference says in what typed rows first differ from the table that Volatility shows;
// "" where they do not, or neither came to be. The error is for a table that can't be
// read.
func (t Typed) difference(of *columns, rules Rules, want Table) (string, error) {
	switch {
	case t.Failed != "" && want.Failed != "":
		return "", nil
	case t.Failed != "":
		return "it fails: " + t.Failed, nil
	case want.Failed != "":
		return "Volatility fails: " + want.Failed, nil
	}
	said, err := t.rowsDiffer(of, rules, want.Rows)
	missing := of.missing(t.Message.Message, t.Missing)
	switch {
	case err != nil:
		return "", err
	case said == "" && len(missing) > 0:
		said = "no column for " + strings.Join(missing, ", ")
	case said == "" && !slices.Equal(t.Files, want.Files):
		said = "other files were written"
	}
	if said != "" && len(t.Lost) > 0 {
		said += "; not written: " + strings.Join(t.Lost, ", ")
	}
	return said, nil
}

func (t Typed) rowsDiffer(of *columns, rules Rules, want []string) (string, error) {
	for i, text := range want {
		if i >= len(t.Rows) {
			break
		}
		shown, err := parseRow(text)
		if err != nil {
			return "", err
		}
		if said := of.difference(rules, t.Rows[i], shown); said != "" {
			return fmt.Sprintf("row %d: %s", i+1, said), nil
		}
	}
	if len(t.Rows) != len(want) {
		return fmt.Sprintf("%d rows, and Volatility shows %d", len(t.Rows), len(want)), nil
	}
	return "", nil
}
