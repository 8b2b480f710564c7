package row

// varint reads a varint of 64 bits at i, and returns it and the index behind it;
// a malformed one has a negative index. As protobuf says, it has at most 10 bytes,
// it may be longer than it need be, and fields of fewer bits take the low ones.
//
// It is how a varint is read where speed does not matter: see varintAt.
func varint(b []byte, i int) (uint64, int) {
	var v uint64
	for shift, j := uint(0), i; uint(j) < uint(len(b)) && shift < 64; shift, j = shift+7, j+1 {
		c := uint64(b[j])
		if c >= 0x80 {
			v |= (c & 0x7f) << shift
			continue
		}
		if shift == 63 && c > 1 {
			break
		}
		return v | c<<shift, j + 1
	}
	return 0, ^i
}

// blob reads a length and that many bytes.
func blob(b []byte, i int) ([]byte, int) {
	n, j := varint(b, i)
	if j < 0 || n > uint64(len(b)-j) {
		return nil, ^i
	}
	return b[j : j+int(n)], j + int(n)
}

// unzigzag32 and unzigzag64 undo the encoding of sint32 and sint64.
func unzigzag32(v uint64) int32 { return int32(uint32(v)>>1) ^ -int32(v&1) }

func unzigzag64(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
