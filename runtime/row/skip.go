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
	// maxTag is how many bytes a tag has at most.
	maxTag = 5
)

// readTag reads the tag at i. One that ends but means nothing has an index behind
// it, beside the error.
func readTag(b []byte, i int) (tag uint64, next int, err error) {
	tag, next = varint(b, i)
	switch {
	case next < 0:
		return 0, -1, varintFault(b, i)
	case tag>>3 > maxField || tag < 1<<3:
		return tag, next, ErrTag
	case next-i > maxTag:
		return tag, next, ErrLongTag
	}
	return tag, next, nil
}

// skip returns the index behind the value at i, which belongs to tag, or why there
// is none. So many messages lie around it.
func skip(b []byte, i int, tag uint64, depth int) (int, error) {
	var j int
	switch tag & 7 {
	case wireVarint:
		_, j = varint(b, i)
	case wireFixed64:
		j = i + 8
	case wireBytes:
		_, j = blob(b, i)
	case wireFixed32:
		j = i + 4
	case wireStartGroup:
		return skipGroup(b, i, tag, depth+1)
	case wireEndGroup:
		return 0, ErrGroup
	default:
		return 0, ErrWireType
	}
	if j > len(b) {
		return 0, ErrTruncated
	}
	if j < 0 {
		return 0, varintFault(b, i)
	}
	return j, nil
}

// skipGroup passes over a group's fields and its end.
func skipGroup(b []byte, i int, start uint64, depth int) (int, error) {
	if depth > maxDepth {
		return 0, ErrNesting
	}
	for {
		tag, j, err := readTag(b, i)
		if err != nil {
			return 0, err
		}
		if tag&7 == wireEndGroup {
			if tag>>3 != start>>3 {
				return 0, ErrGroup
			}
			return j, nil
		}
		if i, err = skip(b, j, tag, depth); err != nil {
			return 0, err
		}
	}
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
