package row

import (
	"errors"
	"fmt"
	"io"
)

// Why a frame's content can't be decoded.
var (
	// ErrTruncated: the message ends inside a value.
	ErrTruncated = errors.New("the message ends inside a value")
	// ErrOverflow: a varint of more than 64 bits.
	ErrOverflow = errors.New("a varint has more than 64 bits")
	// ErrTag: a field number that protobuf does not allow.
	ErrTag = errors.New("the field number is not between 1 and 536870911")
	// ErrLongTag: a field number that is written in more bytes than any needs.
	ErrLongTag = errors.New("the tag has more than 5 bytes")
	// ErrWireType: one of the two wire types that mean nothing.
	ErrWireType = errors.New("the wire type is 6 or 7, which mean nothing")
	// ErrGroup: a group that ends without a start or with another field's end.
	ErrGroup = errors.New("a group's end has no start")
	// ErrNesting: messages or groups in one another, too deep.
	ErrNesting = errors.New("more than 100 messages or groups lie in one another")
	// ErrUTF8: a string that is not UTF-8.
	ErrUTF8 = errors.New("the string is not UTF-8")
	// ErrTimestamp: a malformed google.protobuf.Timestamp.
	ErrTimestamp = errors.New("the Timestamp is malformed")
	// ErrRequired: a required field that is not there.
	ErrRequired = errors.New("the field is required and not there")
)

// ErrTooLong says that a frame claims to be longer than the limit.
var ErrTooLong = errors.New("the frame is longer than the limit")

// DecodeError tells why a message can't be decoded.
type DecodeError struct {
	// Message is the message's full protobuf name.
	Message string
	// Field is the field's name, or its number where the message has no such
	// field, or "" where there is none yet.
	Field string
	// Offset is the place in the message of what is wrong, in bytes from its
	// start; the message's length for a field that is missing.
	Offset int
	// Err is the reason: one of the package's Err variables.
	Err error
}

func (e *DecodeError) Error() string {
	field := ""
	if e.Field != "" {
		field = ", field " + e.Field
	}
	return fmt.Sprintf("%s%s, at byte %d: %v", e.Message, field, e.Offset, e.Err)
}

// Unwrap returns the reason.
func (e *DecodeError) Unwrap() error { return e.Err }

// RowError tells that a frame arrived whole and its content can't be decoded.
// The stream goes on.
type RowError struct {
	// Frame is the frame's number, from 1.
	Frame int64
	// Offset is where the frame starts in the stream, in bytes.
	Offset int64
	// Err is what the decoder said, mostly a *DecodeError.
	Err error
}

func (e *RowError) Error() string {
	return fmt.Sprintf("frame %d, from byte %d of the stream: %v", e.Frame, e.Offset, e.Err)
}

// Unwrap returns what the decoder said.
func (e *RowError) Unwrap() error { return e.Err }

// FrameError tells that a stream of frames is broken. Nothing can be read after
// it; the frames before it are whole.
type FrameError struct {
	// Frame is the number, from 1, of the frame that is broken.
	Frame int64
	// Start is where that frame starts in the stream, in bytes.
	Start int64
	// Offset is where the trouble is: the stream's end for one that is cut, Start
	// for a length above the limit.
	Offset int64
	// Err is the reason: io.ErrUnexpectedEOF, ErrTooLong, or what the reader said.
	Err error

	detail string
}

func (e *FrameError) Error() string {
	text := e.detail
	if text == "" {
		text = e.Err.Error()
	}
	return fmt.Sprintf("frame %d, from byte %d of the stream: at byte %d: %s", e.Frame, e.Start, e.Offset, text)
}

// Unwrap returns the reason.
func (e *FrameError) Unwrap() error { return e.Err }

// cutError is the FrameError of a stream that ends inside a frame: got of want
// bytes of the length or of the message are there.
func cutError(frame, start, end int64, what string, got, want int64) *FrameError {
	return &FrameError{
		Frame: frame, Start: start, Offset: end, Err: io.ErrUnexpectedEOF,
		detail: fmt.Sprintf("the stream ends after %d of %d bytes of the %s", got, want, what),
	}
}

func tooLongError(frame, start, length, limit int64) *FrameError {
	return &FrameError{
		Frame: frame, Start: start, Offset: start, Err: ErrTooLong,
		detail: fmt.Sprintf("the frame claims %d bytes and the limit is %d", length, limit),
	}
}
