package row

// The wire types.
const (
	wireVarint     = 0
	wireFixed64    = 1
	wireBytes      = 2
	wireStartGroup = 3
	wireEndGroup   = 4
	wireFixed32    = 5
)

const (
	// maxField is the highest field number there may be.
	maxField = 1<<29 - 1
	// maxNesting is how deep groups may lie in one another: the limit of Go's
	// protobuf package, so that both refuse the same frames.
	maxNesting = 10001
)

// Skip passes over the value of a field that the decoder does not know, or that
// has another wire type than it knows; i is behind the tag. An index that is
// negative already stays as it is.
func Skip(b []byte, i int, tag uint64) int {
	if i < 0 {
		return i
	}
	if tag>>3 > maxField {
		return ^i
	}
	j, reason := skip(b, i, tag, 0)
	if reason != nil {
		return ^i
	}
	return j
}

// skip returns the index behind a value, or why there is none.
func skip(b []byte, i int, tag uint64, depth int) (int, error) {
	if tag < 1<<3 {
		return 0, ErrTag
	}
	switch tag & 7 {
	case wireVarint:
		_, j := Varint(b, i)
		return found(b, i, j)
	case wireFixed64:
		_, j := Fixed64(b, i)
		return found(b, i, j)
	case wireBytes:
		_, j := Blob(b, i)
		return found(b, i, j)
	case wireFixed32:
		_, j := Fixed32(b, i)
		return found(b, i, j)
	case wireStartGroup:
		return skipGroup(b, i, tag, depth+1)
	case wireEndGroup:
		return 0, ErrGroup
	}
	return 0, ErrWireType
}

// skipGroup passes over a group's fields and its end.
func skipGroup(b []byte, i int, start uint64, depth int) (int, error) {
	if depth > maxNesting {
		return 0, ErrNesting
	}
	for {
		tag, j := Varint(b, i)
		if j < 0 {
			return 0, varintFault(b, i)
		}
		if tag>>3 > 1<<31-1 || tag < 1<<3 {
			return 0, ErrTag
		}
		if tag&7 == wireEndGroup {
			if tag>>3 != start>>3 {
				return 0, ErrGroup
			}
			return j, nil
		}
		var reason error
		if i, reason = skip(b, j, tag, depth); reason != nil {
			return 0, reason
		}
	}
}

// found turns the index that a reading function gave into an index or a reason.
func found(b []byte, i, j int) (int, error) {
	if j >= 0 {
		return j, nil
	}
	return 0, varintFault(b, i)
}

// varintFault tells why no varint, or no value that starts with one, starts at
// i: ten bytes that don't end it are too many; anything else was cut.
func varintFault(b []byte, i int) error {
	if len(b)-i >= 10 && b[i+9] > 1 && allGoOn(b[i:i+9]) {
		return ErrOverflow
	}
	return ErrTruncated
}

// allGoOn reports whether each byte says that the varint goes on.
func allGoOn(b []byte) bool {
	for _, c := range b {
		if c < 0x80 {
			return false
		}
	}
	return true
}
