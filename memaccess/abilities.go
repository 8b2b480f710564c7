package memaccess

// A source may implement Writer or Pauser and yet be of something that takes no
// writes, or can't be stopped, which shows only when it is opened: so does Client.
// It says so by these methods.
type (
	mayWrite interface{ CanWrite() bool }
	mayPause interface{ CanPause() bool }
)

// WriterOf returns the source as a Writer, and false where it can't be written.
func WriterOf(source Source) (Writer, bool) {
	w, ok := source.(Writer)
	if may, says := source.(mayWrite); says && !may.CanWrite() {
		return nil, false
	}
	return w, ok
}

// PauserOf returns the source as a Pauser, and false where its guest can't be
// stopped.
func PauserOf(source Source) (Pauser, bool) {
	p, ok := source.(Pauser)
	if may, says := source.(mayPause); says && !may.CanPause() {
		return nil, false
	}
	return p, ok
}
