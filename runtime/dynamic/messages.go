package dynamic

import (
	"errors"
	"io"
	"iter"

	"google.golang.org/protobuf/proto"

	"github.com/volint/volint/runtime/row"
)

// Messages reads a stream of frames as messages of a type that protoc-gen-go
// made:
//
//	for task, err := range dynamic.Messages[*pandavolint.LinuxPslistTask](file) {
//
// Each message is new and owns all it has. As with row.Rows, a frame whose
// content can't be decoded gives nil and a *row.RowError, and the loop may go
// on; a stream that is broken ends with a *row.FrameError.
func Messages[T proto.Message](r io.Reader, options ...row.ReaderOption) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		reader := row.NewReader(r, options...)
		var none T
		if any(none) == nil {
			yield(none, errors.New("dynamic.Messages needs the type of a message, not an interface"))
			return
		}
		for frame, err := range reader.Frames() {
			message := none
			if err == nil {
				message, err = decode(none, reader, frame)
			}
			if !yield(message, err) {
				return
			}
		}
	}
}

// decode makes a message of the type of none of the frame that was read last.
func decode[T proto.Message](none T, reader *row.Reader, frame []byte) (T, error) {
	message := none.ProtoReflect().New().Interface().(T)
	if err := proto.Unmarshal(frame, message); err != nil {
		start := reader.Offset() - int64(len(frame)) - 4
		return none, &row.RowError{Frame: reader.Count(), Offset: start, Err: err}
	}
	return message, nil
}
