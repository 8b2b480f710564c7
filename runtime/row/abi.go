package row

// CheckABI is the type of the constants by which generated code and this
// package make sure, when compiling, that they fit: a negative constant does not
// convert to it.
type CheckABI uint

// MinABI and MaxABI are the oldest and the newest generated code that this
// package serves. MaxABI grows only when generated code starts to need
// something new, MinABI when this package stops serving old code.
const (
	MinABI = 2
	MaxABI = 3
)
