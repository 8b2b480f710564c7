package memaccess

// Range is memory to read: Data is filled from Addr on. Where Err is set, what
// Data holds means nothing.
type Range struct {
	Addr uint64
	Data []byte
	Err  error
}

// VectorReader is a Source that reads many ranges at once, faster than one after
// another.
type VectorReader interface {
	Source
	// ReadVector fills the ranges and sets Err in each, to nil where all of it was
	// read. It returns the first Err of them that is not nil.
	ReadVector(ranges []Range) error
}

// ReadAll fills the ranges and sets Err in each, at once where the source can and
// else one after another. It returns the first Err of them that is not nil. One
// range that can't be read costs no other.
func ReadAll(source Source, ranges []Range) error {
	if v, ok := source.(VectorReader); ok {
		return v.ReadVector(ranges)
	}
	for i := range ranges {
		r := &ranges[i]
		r.Err = readFull(source, r.Data, r.Addr)
	}
	return firstError(ranges)
}

func firstError(ranges []Range) error {
	for i := range ranges {
		if ranges[i].Err != nil {
			return ranges[i].Err
		}
	}
	return nil
}
