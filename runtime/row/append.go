package row

// appendVarint appends a varint of as few bytes as will do.
func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendZigzag32 appends a sint32.
func appendZigzag32(b []byte, v int32) []byte {
	return appendVarint(b, uint64(uint32(v<<1)^uint32(v>>31)))
}

// appendZigzag64 appends a sint64.
func appendZigzag64(b []byte, v int64) []byte {
	return appendVarint(b, uint64(v<<1)^uint64(v>>63))
}
