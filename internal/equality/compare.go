package equality

import (
	"context"
	"fmt"
	"strings"

	"github.com/volint/volint/runtime/session"
)

// Comparison holds what commands of sessions find beside what Volatility shows by
// itself. It may be used by many goroutines.
type Comparison struct {
	Version session.Version
	// Reference is what Volatility shows of a command by itself: Store.Get.
	Reference func(context.Context, Command) (Table, error)
	// Known is what Reference's tables are in short, as far as that is known: one that
	// a session's table agrees with is not asked for.
	Known map[string]Digest
	// Messages are those that rows may have; nil leaves typed rows out.
	Messages *Messages
	Rules    Rules
}

// Compare runs a command in a session whose files go to a folder: for its table, and
// for rows of its message.
func (c *Comparison) Compare(ctx context.Context, s session.Runner, files string, command Command) (Outcome, error) {
	got, cold, err := InSession(ctx, s, files, command)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Rows: len(got.Rows), Failed: got.Failed, Cold: cold}
	want := got
	if digest, ok := c.Known[command.String()]; !ok || digest != DigestOf(got) {
		if want, err = c.Reference(ctx, command); err != nil {
			return Outcome{}, err
		}
		o.Rows, o.Failed = len(want.Rows), want.Failed
		if o.Different = difference(want, got); o.Different != "" {
			want = got // so that typed rows are judged by themselves
		}
	}
	if c.Messages == nil {
		return o, nil
	}
	return o, c.typed(ctx, s, files, command, want, &o)
}

// typed compares the rows of a command's message with a table: Volatility's, or where
// the session has another that one.
func (c *Comparison) typed(ctx context.Context, s session.Runner, files string, command Command, want Table, o *Outcome) error {
	message, columns, ok := c.Messages.For(c.Version, command.Plugin)
	if !ok || !columns && want.Failed == "" {
		return nil
	}
	o.Message = message.Message.FullName
	typed, err := InMessage(ctx, s, files, command, message)
	if err != nil {
		return err
	}
	if want.Failed != "" && typed.Failed == "" {
		o.TypedOnly, o.Rows = true, len(typed.Rows)
		return nil
	}
	o.TypedDifferent, err = typed.difference(c.Messages.columns(message, c.Version), c.Rules, want)
	return err
}

// difference says in what a session's table first differs from Volatility's own; ""
// where they are the same.
func difference(want, got Table) string {
	if want.Same(got) {
		return ""
	}
	if want.Failed != "" || got.Failed != "" {
		return fmt.Sprintf("Volatility %s, and the session %s", want.verdict(), got.verdict())
	}
	for i := range min(len(want.Rows), len(got.Rows)) {
		if want.Rows[i] != got.Rows[i] {
			return fmt.Sprintf("row %d: %s", i+1, rowDifference(want.Rows[i], got.Rows[i]))
		}
	}
	if len(want.Rows) != len(got.Rows) {
		return fmt.Sprintf("%d rows, and Volatility shows %d", len(got.Rows), len(want.Rows))
	}
	return fmt.Sprintf("the files are %s, and Volatility writes %s", strings.Join(got.Files, ", "), strings.Join(want.Files, ", "))
}

func (t Table) verdict() string {
	if t.Failed != "" {
		return "fails: " + t.Failed
	}
	return fmt.Sprintf("has %d rows", len(t.Rows))
}

// rowDifference says in what two rows in canonical form differ.
func rowDifference(want, got string) string {
	a, b := strings.Split(want, "\t"), strings.Split(got, "\t")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("it has %s, and Volatility shows %s", brief(b[i]), brief(a[i]))
		}
	}
	return fmt.Sprintf("it has %d columns, and Volatility shows %d", len(b)-1, len(a)-1)
}
