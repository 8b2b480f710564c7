package session

import (
	"context"
	"errors"
	"io"
	"iter"

	"github.com/volint/volint/runtime/row"
)

// Rows runs the command whose rows are T, a generated row type, and returns them
// as they come:
//
//	for task, err := range session.Rows[pandavolintrow.LinuxPslistTask](ctx, runner, "--pid", "1") {
//
// A row whose content can't be decoded is nil beside a *row.RowError, and the
// loop may go on. Any other error comes last and says how the command failed; it
// is an *Error mostly. Leaving the loop ends the command. Each iteration over the
// sequence runs the command anew.
//
// Start and [Read] do the same and leave the [Result] to be had.
func Rows[T any, P pointer[T]](ctx context.Context, runner Runner, args ...string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		request := Request{Message: P(new(T)).Message().FullName, Args: args}
		run, err := runner.Start(ctx, request)
		if err != nil {
			yield(nil, err)
			return
		}
		Read[T, P](run)(yield)
	}
}

// Read returns the rows of a command that was started, as [Rows] does. After the
// loop run.Wait returns the Result at once.
func Read[T any, P pointer[T]](run Run) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		defer run.Close()
		var broken error
		for r, err := range row.Rows[T, P](row.NewReader(run.Frames())) {
			var content *row.RowError
			if err != nil && !errors.As(err, &content) {
				broken = err
				break
			}
			if !yield(r, err) {
				return
			}
		}
		if err := end(run, broken); err != nil {
			yield(nil, err)
		}
	}
}

type pointer[T any] interface {
	*T
	row.Row
}

// end is how a command ended whose stream is at its end, or broken. Why a stream
// was cut is the worker's to tell; what else breaks one, nobody else knows.
func end(run Run, broken error) error {
	if broken != nil && !errors.Is(broken, io.ErrUnexpectedEOF) {
		return broken
	}
	if _, err := run.Wait(); err != nil {
		return err
	}
	return broken
}
