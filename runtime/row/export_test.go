package row

import "unsafe"

// What tests from outside look at.

// Varints are the two ways to read a varint: that of decoders, and that of what
// tells their mistakes.
var Varints = map[string]func(b []byte, i int) (uint64, int){
	"varint": varint,
	"varintAt": func(b []byte, i int) (uint64, int) {
		v, next := varintAt(unsafe.Pointer(unsafe.SliceData(b)), i, len(b))
		if next < 0 || next > len(b) {
			return 0, ^i
		}
		return v, next
	},
}

var (
	AppendVarint    = appendVarint
	AppendZigzag32  = appendZigzag32
	AppendZigzag64  = appendZigzag64
	Unzigzag32      = unzigzag32
	Unzigzag64      = unzigzag64
	AppendTimestamp = appendTimestamp
)

// Skip returns the index behind a value, or one that is negative and why.
func Skip(b []byte, i int, tag uint64) (int, error) {
	j, err := skip(b, i, tag, 0)
	if err != nil {
		return ^i, err
	}
	return j, nil
}
