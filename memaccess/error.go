package memaccess

import "fmt"

// Error says what is wrong with memory or its server, and what to do about it.
type Error struct {
	// Msg is what is wrong, and where: a path, an offset, an address.
	Msg string
	// Advice is what to do, in one line, or "".
	Advice string
	// Err is what made it so, or nil. Msg has its words already.
	Err error
}

func (e *Error) Error() string { return e.Msg }

// Hint says what to do, in one line, or nothing.
func (e *Error) Hint() string { return e.Advice }

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error. A %w among the verbs is what made it so.
func Errorf(hint, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	cause := err
	if inner, ok := err.(interface{ Unwrap() error }); ok {
		cause = inner.Unwrap()
	} else {
		cause = nil
	}
	return &Error{Msg: err.Error(), Advice: hint, Err: cause}
}
