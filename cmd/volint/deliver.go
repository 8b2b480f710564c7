package main

import (
	"errors"
	"fmt"

	"github.com/volint/volint/internal/format"
	"github.com/volint/volint/runtime/row"
)

// deliver opens the output, lets produce print rows to it, and ends it well or
// marks it as partial.
func (a *app) deliver(formatName, outputName string, command row.Command, produce func(format.Printer) (counts, error)) error {
	if err := checkFormat(formatName); err != nil {
		return err
	}
	out, err := openOutput(outputName, a.stdout)
	if err != nil {
		return err
	}
	printer, err := format.New(formatName, out, command)
	if err != nil {
		out.abandon()
		return err
	}
	return deliverTo(out, printer, a.ui, produce)
}

// voice is who hears what is to be told of a command: the ui, mostly.
type voice interface {
	say(mark, format string, args ...any)
}

// deliverTo is deliver to an output that is open.
func deliverTo(out *output, printer format.Printer, v voice, produce func(format.Printer) (counts, error)) error {
	c, err := produce(printer)
	if bad := c.err(); err == nil {
		err = bad
	} else if bad != nil {
		v.say("warning", "%v", bad)
	}
	if closeErr := printer.Close(err == nil); err == nil && closeErr != nil {
		err = writeError{closeErr}
	}
	warnUnknown(printer, v)
	if err == nil {
		return outputError(out.finish())
	}
	if name := out.abandon(); name != "" {
		v.say("note", "the rows that arrived (%d) are in %s", c.rows, name)
	}
	return outputError(err)
}

// warnUnknown tells of fields that were left out.
func warnUnknown(printer format.Printer, v voice) {
	if fields, rows := printer.Unknown(); fields > 0 {
		v.say("warning", "left out %s in %s that the schema does not have: is it older than what wrote the frames?",
			quantity(fields, "field"), quantity(rows, "row"))
	}
}

// quantity is a number and what there are so many of.
func quantity(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// outputError words an error of the output for the user.
func outputError(err error) error {
	var own *failure
	var w writeError
	if errors.As(err, &w) && !errors.As(err, &own) {
		return cannotWrite(w.error)
	}
	return err
}
